// SPDX-License-Identifier: Apache-2.0
// Messages of the MongoDB wire protocol (reference control-plane A1.2), without any input or output.
//
//   int32 length | int32 request id | int32 response to | int32 opcode | ...
//   OP_MSG 2013         uint32 flags | section, section, ... | uint32 CRC-32C when bit 0 is set
//                       section: 0 | BSON    or    1 | int32 size | name NUL | BSON, BSON, ...
//   OP_QUERY 2004       int32 flags | "db.$cmd" NUL | int32 skip | int32 count | BSON [| BSON]
//   OP_REPLY 1          int32 flags | int64 cursor | int32 start | int32 count | BSON
//   OP_COMPRESSED 2012  int32 opcode | int32 size | uint8 compressor | bytes
//
// Everything that a peer says is checked before it is used: lengths in 64 bits against what is there, BSON by
// validate_bson (iterative, bounded depth). Thread: any; these are functions of bytes.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/wire/compression.h"
#include "base/result.h"
#include "bson/document.h"

namespace penstock {

inline constexpr size_t kMessageHeaderBytes = 16;
inline constexpr int32_t kOpReply = 1;
inline constexpr int32_t kOpQuery = 2004;
inline constexpr int32_t kOpCompressed = 2012;
inline constexpr int32_t kOpMsg = 2013;

// What is announced in hello.
inline constexpr size_t kMessageBytesMax = 48'000'000;
inline constexpr int32_t kWriteBatchMax = 100'000;

struct MessageLimits {
  size_t bytes_max;     // Of a message, also after it was decompressed.
  size_t document_max;  // Of a document in it.
  size_t depth_max;     // Levels of objects and arrays in a document.
};
// Before anybody has logged in (security S10), and after. A command may be a little larger and deeper than the
// documents in it.
inline constexpr MessageLimits kLimitsBeforeLogin{64 * 1024, 64 * 1024, 20};
inline constexpr MessageLimits kLimitsAfterLogin{kMessageBytesMax, kDocumentBytesMax + 16 * 1024, 200};

struct MessageHeader {
  int32_t length = 0;
  int32_t id = 0;
  int32_t response_to = 0;
  int32_t opcode = 0;
};

// A kind-1 section of OP_MSG: what stands in the command as an array of that name.
struct DocumentSequence {
  std::string_view name;
  std::vector<Document> documents;
};

struct Request {
  int32_t id = 0;
  int32_t opcode = kOpMsg;               // kOpMsg or kOpQuery: the answer comes in the same form.
  bool more_to_come = false;             // The peer wants no answer.
  std::optional<Compressor> compressor;  // It came so, and so may the answer.
  std::string_view db;                   // "$db", or of the namespace of OP_QUERY.
  Document body;
  std::vector<DocumentSequence> sequences;
  std::shared_ptr<const std::string> bytes;  // What all of this points into.
};

// The size of the message that `bytes` begin with; empty until its header is there. Error kProtocolError: this is no
// message, or one above bytes_max; nothing on this connection can be understood any more.
Result<std::optional<size_t>> message_size(std::string_view bytes, size_t bytes_max);

// Of a whole message, as message_size() gave it.
MessageHeader header_of(std::string_view message);

// A whole message as a request. `agreed`: the compressors that this peer may use. Errors: kProtocolError (the framing
// is wrong), kInvalidBson and kBsonObjectTooLarge (a document is), ErrorCode{40571} (no $db),
// kUnsupportedOpQueryCommand (OP_QUERY is for hello only).
Result<Request> read_request(std::string message, const MessageLimits& limits, std::span<const Compressor> agreed);

// True for an error after which the next message can still be understood.
bool framing_is_intact(const Error& error);

// Whole messages. `body` is a whole BSON document.
std::string write_msg(int32_t id, int32_t response_to, Document body, uint32_t flags = 0);
std::string write_reply(int32_t id, int32_t response_to, Document body);
// As OP_COMPRESSED; the same message if that would not be smaller.
std::string write_compressed(std::string message, Compressor compressor);

// The answer to a message in its own form; "" to one that wants none. It needs no more than a whole header, so that
// also a message that could not be read is answered.
std::string write_answer(std::string_view message, int32_t id, Document body);
// The same for one that was read: compressed if it was.
std::string write_answer(const Request& request, int32_t id, Document body);

}  // namespace penstock

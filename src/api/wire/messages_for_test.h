// SPDX-License-Identifier: Apache-2.0
// For tests: messages as a client writes them, and the bodies of what comes back.
#pragma once

#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "api/wire/message.h"
#include "bson/ejson.h"
#include "state/crc32c.h"

namespace penstock {

inline OwnedDocument doc(std::string_view text) {
  auto parsed = parse_filter(text);
  PS_CHECK(parsed.ok(), parsed.ok() ? "" : parsed.error().message());
  return std::move(*parsed);
}

inline std::string number_bytes(auto n) { return {reinterpret_cast<const char*>(&n), sizeof n}; }

// With its length put right.
inline std::string raw_message(int32_t opcode, std::string_view content, int32_t id = 7) {
  return number_bytes(static_cast<int32_t>(content.size() + 16)) + number_bytes(id) + number_bytes(int32_t{0}) +
         number_bytes(opcode) + std::string(content);
}

inline std::string body_section(Document body) { return std::string(1, '\0') + std::string(body.bytes()); }

inline std::string sequence_section(std::string_view name, const std::vector<OwnedDocument>& documents) {
  std::string content = std::string(name) + '\0';
  for (const OwnedDocument& each : documents)
    content += each.bytes();
  return "\1" + number_bytes(static_cast<int32_t>(content.size() + 4)) + content;
}

inline std::string msg(uint32_t flags, const std::string& sections) {
  return raw_message(kOpMsg, number_bytes(flags) + sections);
}

inline std::string msg(std::string_view command) { return write_msg(7, 0, doc(command)); }

inline std::string with_checksum(uint32_t flags, const std::string& sections) {
  std::string message = msg(flags | 1, sections + "1234");
  uint32_t crc = crc32c(std::string_view(message).substr(0, message.size() - 4));
  std::memcpy(message.data() + message.size() - 4, &crc, 4);
  return message;
}

inline std::string query(std::string_view ns, std::string_view command) {
  return raw_message(kOpQuery, number_bytes(int32_t{0}) + std::string(ns) + '\0' + number_bytes(int32_t{0}) +
                                   number_bytes(int32_t{-1}) + doc(command).bytes());
}

inline std::string compressed(int32_t opcode, int32_t size, int compressor, std::string_view bytes) {
  return raw_message(kOpCompressed, number_bytes(opcode) + number_bytes(size) +
                                        number_bytes(static_cast<uint8_t>(compressor)) + std::string(bytes));
}

// {a: {a: ... {}}}
inline OwnedDocument nested(size_t levels, std::string_view before = "ping") {
  DocumentBuilder b;
  b.append(before, Value::int32(1));
  b.append("$db", Value::string("admin"));
  std::vector<size_t> marks;
  for (size_t i = 1; i < levels; i++)
    marks.push_back(b.begin_object("a"));
  for (; !marks.empty(); marks.pop_back())
    b.end(marks.back());
  return OwnedDocument(b.take());
}

// The body of an answer, OP_MSG or OP_REPLY.
inline Document body_of(const std::string& message) {
  int32_t opcode = header_of(message).opcode;
  PS_CHECK(opcode == kOpMsg || opcode == kOpReply);
  std::string_view body = std::string_view(message).substr(opcode == kOpMsg ? 21 : 36);
  PS_CHECK(validate_bson(body, kMessageBytesMax, 200).ok());
  return Document(body.data());
}

}  // namespace penstock

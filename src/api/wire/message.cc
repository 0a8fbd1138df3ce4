// SPDX-License-Identifier: Apache-2.0
#include "api/wire/message.h"

#include <cstring>
#include <utility>

#include "state/crc32c.h"

namespace penstock {
namespace {

constexpr uint32_t kChecksumPresent = 1u << 0;
constexpr uint32_t kMoreToCome = 1u << 1;
constexpr uint32_t kRequiredBits = 0xFFFF;  // Of these an unknown one must be refused, of the others ignored.
constexpr int32_t kAwaitCapable = 8;        // Of OP_REPLY, always set.
constexpr size_t kSequencesMax = 16;        // Commands have at most two.
constexpr size_t kDbBytesMax = 63;

Error wrong(std::string_view what) { return Error(ErrorCode::kProtocolError, "malformed message: {}", what); }

// Reads a message from the front; every read is checked against what is left.
class Reader {
 public:
  Reader(std::string_view bytes, const MessageLimits& limits) : left_(bytes), limits_(limits) {}
  bool done() const { return left_.empty(); }
  size_t left() const { return left_.size(); }

  template <typename T>
  Result<T> number() {
    if (left_.size() < sizeof(T)) return wrong("it ends too early");
    T n;
    std::memcpy(&n, left_.data(), sizeof n);
    left_.remove_prefix(sizeof n);
    return n;
  }

  Result<std::string_view> c_string() {
    size_t nul = left_.find('\0');
    if (nul == std::string_view::npos) return wrong("a name is not ended");
    std::string_view text = left_.substr(0, nul);
    left_.remove_prefix(nul + 1);
    return text;
  }

  Result<Document> document() {
    std::string_view all = left_;
    PS_TRY(int32_t size, number<int32_t>());
    if (size < 5 || static_cast<size_t>(size) > all.size()) {
      return wrong(fmt::format("a document of {} bytes where {} are left", size, all.size()));
    }
    std::string_view bytes = all.substr(0, static_cast<size_t>(size));
    PS_TRY(validate_bson(bytes, limits_.document_max, limits_.depth_max));
    left_ = all.substr(bytes.size());
    return Document(bytes.data());
  }

  // Of the next `size` bytes, which it skips.
  Result<Reader> part(int64_t size) {
    if (size < 0 || size > static_cast<int64_t>(left_.size())) {
      return wrong(fmt::format("a section of {} bytes where {} are left", size, left_.size()));
    }
    Reader inner(left_.substr(0, static_cast<size_t>(size)), limits_);
    left_.remove_prefix(static_cast<size_t>(size));
    return inner;
  }

 private:
  std::string_view left_;
  MessageLimits limits_;
};

Result<DocumentSequence> read_sequence(Reader& reader) {
  PS_TRY(int32_t size, reader.number<int32_t>());
  PS_TRY(Reader inner, reader.part(int64_t{size} - int64_t{sizeof size}));
  DocumentSequence sequence;
  PS_TRY(sequence.name, inner.c_string());
  while (!inner.done()) {
    PS_TRY(Document document, inner.document());
    sequence.documents.push_back(document);
  }
  return sequence;
}

Result<void> check_sequences(const Request& request) {
  for (size_t i = 0; i < request.sequences.size(); i++) {
    std::string_view name = request.sequences[i].name;
    bool twice = request.body.has(name);
    for (size_t j = 0; j < i; j++)
      twice = twice || request.sequences[j].name == name;
    if (twice) return wrong("two sections have the same name");
  }
  return {};
}

Result<void> read_sections(Reader& reader, Request& request) {
  bool has_body = false;
  while (!reader.done()) {
    PS_TRY(uint8_t kind, reader.number<uint8_t>());
    if (kind == 0) {
      if (std::exchange(has_body, true)) return wrong("it has two bodies");
      PS_TRY(request.body, reader.document());
    } else if (kind == 1) {
      if (request.sequences.size() == kSequencesMax) return wrong("it has too many sections");
      PS_TRY(DocumentSequence sequence, read_sequence(reader));
      request.sequences.push_back(std::move(sequence));
    } else {
      return wrong(fmt::format("section kind {} is not known", kind));
    }
  }
  if (!has_body) return wrong("it has no body");
  return check_sequences(request);
}

Result<void> check_checksum(std::string_view message) {
  uint32_t says;
  std::memcpy(&says, message.data() + message.size() - sizeof says, sizeof says);
  if (says != crc32c(message.substr(0, message.size() - sizeof says))) return wrong("its checksum does not fit");
  return {};
}

Result<void> check_db(std::string_view db) {
  bool good = !db.empty() && db.size() <= kDbBytesMax &&
              (db == "$external" || db.find_first_of(std::string_view("/\\. \"$\0", 7)) == db.npos);
  if (!good) return Error(ErrorCode::kInvalidNamespace, "Invalid database name: '{}'", db.substr(0, kDbBytesMax + 1));
  return {};
}

Result<void> read_msg(std::string_view message, const MessageLimits& limits, Request& request) {
  std::string_view content = message.substr(kMessageHeaderBytes);
  PS_TRY(uint32_t flags, Reader(content, limits).number<uint32_t>());
  if ((flags & kRequiredBits & ~(kChecksumPresent | kMoreToCome)) != 0) {
    return wrong(fmt::format("flags {:#x} have a required bit that is not known", flags));
  }
  content.remove_prefix(sizeof flags);
  if ((flags & kChecksumPresent) != 0) {
    if (content.size() < sizeof(uint32_t)) return wrong("it has no checksum");
    PS_TRY(check_checksum(message));
    content.remove_suffix(sizeof(uint32_t));
  }
  request.more_to_come = (flags & kMoreToCome) != 0;
  Reader reader(content, limits);
  PS_TRY(read_sections(reader, request));
  Value db = request.body.get("$db");
  if (!db.is_string()) return Error(ErrorCode{40571}, "OP_MSG requests require a $db argument");
  request.db = db.as_string();
  return check_db(request.db);
}

bool is_hello(std::string_view name) { return name == "hello" || name == "isMaster" || name == "ismaster"; }

Result<void> read_query(std::string_view message, const MessageLimits& limits, Request& request) {
  Reader reader(message.substr(kMessageHeaderBytes), limits);
  PS_TRY(reader.number<int32_t>());
  PS_TRY(std::string_view ns, reader.c_string());
  PS_TRY(reader.number<int32_t>());
  PS_TRY(reader.number<int32_t>());
  PS_TRY(request.body, reader.document());
  if (!reader.done()) PS_TRY(reader.document());  // Wanted fields: of no meaning for a command.
  if (!reader.done()) return wrong("bytes stand behind the query");
  Value wrapped = request.body.get("$query");
  if (wrapped.is_object()) request.body = wrapped.as_object();
  constexpr std::string_view kCommands = ".$cmd";
  std::string_view command = request.body.empty() ? std::string_view() : (*request.body.begin()).name;
  if (!ns.ends_with(kCommands) || !is_hello(command)) {
    return Error(ErrorCode::kUnsupportedOpQueryCommand,
                 "Unsupported OP_QUERY command: {}. The client driver may require an upgrade: OP_QUERY is answered for "
                 "hello and isMaster only",
                 ns.ends_with(kCommands) ? command : "find");
  }
  request.db = ns.substr(0, ns.size() - kCommands.size());
  return check_db(request.db);
}

// The message that was compressed, with a header of its own: what its checksum, if any, was made of.
Result<std::string> unpacked(std::string_view message, const MessageLimits& limits, std::span<const Compressor> agreed,
                             Request& request) {
  Reader reader(message.substr(kMessageHeaderBytes), limits);
  PS_TRY(int32_t opcode, reader.number<int32_t>());
  PS_TRY(int32_t size, reader.number<int32_t>());
  PS_TRY(uint8_t number, reader.number<uint8_t>());
  if (opcode != kOpMsg) return wrong(fmt::format("opcode {} cannot be compressed", opcode));
  std::optional<Compressor> compressor = compressor_of(number);
  bool known = false;
  for (Compressor each : agreed)
    known = known || each == compressor;
  if (!known) return wrong(fmt::format("compressor {} was not agreed upon in hello", number));
  int64_t whole = int64_t{size} + int64_t{kMessageHeaderBytes};
  if (size < 0 || whole > static_cast<int64_t>(limits.bytes_max)) {
    return wrong(fmt::format("{} bytes uncompressed, {} is the limit", size, limits.bytes_max));
  }
  request.compressor = compressor;
  MessageHeader header = header_of(message);
  header.length = static_cast<int32_t>(whole);
  header.opcode = opcode;
  std::string result(kMessageHeaderBytes, '\0');
  std::memcpy(result.data(), &header, sizeof header);
  PS_TRY(decompress(*compressor, message.substr(message.size() - reader.left()), static_cast<size_t>(size), result));
  return result;
}

void append_number(std::string& to, auto n) { to.append(reinterpret_cast<const char*>(&n), sizeof n); }

std::string begin_message(int32_t id, int32_t response_to, int32_t opcode, size_t room) {
  std::string message;
  message.reserve(kMessageHeaderBytes + room);
  append_number(message, int32_t{0});
  append_number(message, id);
  append_number(message, response_to);
  append_number(message, opcode);
  return message;
}

std::string end_message(std::string message) {
  PS_CHECK(message.size() <= kMessageBytesMax);
  auto length = static_cast<int32_t>(message.size());
  std::memcpy(message.data(), &length, sizeof length);
  return message;
}

}  // namespace

static_assert(sizeof(MessageHeader) == kMessageHeaderBytes);

Result<std::optional<size_t>> message_size(std::string_view bytes, size_t bytes_max) {
  if (bytes.size() < kMessageHeaderBytes) return std::optional<size_t>();
  MessageHeader header = header_of(bytes);
  if (header.length < static_cast<int32_t>(kMessageHeaderBytes) || static_cast<size_t>(header.length) > bytes_max) {
    return wrong(fmt::format("a length of {}, {} is the limit", header.length, bytes_max));
  }
  if (header.opcode != kOpMsg && header.opcode != kOpQuery && header.opcode != kOpCompressed) {
    return wrong(fmt::format("opcode {} is not known", header.opcode));
  }
  return std::optional<size_t>(static_cast<size_t>(header.length));
}

MessageHeader header_of(std::string_view message) {
  PS_CHECK(message.size() >= kMessageHeaderBytes);
  MessageHeader header;
  std::memcpy(&header, message.data(), sizeof header);
  return header;
}

Result<Request> read_request(std::string message, const MessageLimits& limits, std::span<const Compressor> agreed) {
  Request request;
  if (header_of(message).opcode == kOpCompressed) {
    PS_TRY(message, unpacked(message, limits, agreed, request));
  }
  request.bytes = std::make_shared<const std::string>(std::move(message));
  const std::string& bytes = *request.bytes;
  MessageHeader header = header_of(bytes);
  request.id = header.id;
  request.opcode = header.opcode;
  if (header.opcode == kOpMsg) {
    PS_TRY(read_msg(bytes, limits, request));
  } else if (header.opcode == kOpQuery) {
    PS_TRY(read_query(bytes, limits, request));
  } else {
    return wrong(fmt::format("opcode {} is not known", header.opcode));
  }
  return request;
}

bool framing_is_intact(const Error& error) { return error.code() != ErrorCode::kProtocolError; }

std::string write_msg(int32_t id, int32_t response_to, Document body, uint32_t flags) {
  std::string message = begin_message(id, response_to, kOpMsg, body.size() + 16);
  append_number(message, flags);
  message += '\0';
  message += body.bytes();
  return end_message(std::move(message));
}

std::string write_reply(int32_t id, int32_t response_to, Document body) {
  std::string message = begin_message(id, response_to, kOpReply, body.size() + 32);
  append_number(message, kAwaitCapable);
  append_number(message, int64_t{0});
  append_number(message, int32_t{0});
  append_number(message, int32_t{1});
  message += body.bytes();
  return end_message(std::move(message));
}

std::string write_compressed(std::string message, Compressor compressor) {
  MessageHeader header = header_of(message);
  std::string_view content = std::string_view(message).substr(kMessageHeaderBytes);
  std::string packed = compress(compressor, content);
  if (packed.size() >= content.size() && compressor != Compressor::kNoop) return message;
  std::string result = begin_message(header.id, header.response_to, kOpCompressed, packed.size() + 16);
  append_number(result, header.opcode);
  append_number(result, static_cast<int32_t>(content.size()));
  append_number(result, static_cast<uint8_t>(compressor));
  result += packed;
  return end_message(std::move(result));
}

std::string write_answer(std::string_view message, int32_t id, Document body) {
  MessageHeader header = header_of(message);
  if (header.opcode == kOpQuery) return write_reply(id, header.id, body);
  if (header.opcode == kOpMsg && message.size() >= kMessageHeaderBytes + sizeof(uint32_t)) {
    uint32_t flags;
    std::memcpy(&flags, message.data() + kMessageHeaderBytes, sizeof flags);
    if ((flags & kMoreToCome) != 0) return "";
  }
  return write_msg(id, header.id, body);
}

std::string write_answer(const Request& request, int32_t id, Document body) {
  if (request.more_to_come) return "";
  if (request.opcode == kOpQuery) return write_reply(id, request.id, body);
  std::string message = write_msg(id, request.id, body);
  return request.compressor ? write_compressed(std::move(message), *request.compressor) : message;
}

}  // namespace penstock

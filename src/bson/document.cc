// SPDX-License-Identifier: Apache-2.0
#include "bson/document.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

namespace penstock {
namespace {

int32_t read_int32(const char* at) {
  int32_t n;
  std::memcpy(&n, at, sizeof n);
  return n;
}

void write_int32(char* at, size_t n) {
  PS_CHECK(n <= static_cast<size_t>(std::numeric_limits<int32_t>::max()));
  auto narrow = static_cast<int32_t>(n);
  std::memcpy(at, &narrow, sizeof narrow);
}

// memcpy that may be given an empty view without an address.
char* copy_bytes(char* to, std::string_view bytes) {
  if (!bytes.empty()) std::memcpy(to, bytes.data(), bytes.size());
  return to + bytes.size();
}

size_t payload_size(Type type, const char* payload) {
  switch (type) {
    case Type::kDouble:
    case Type::kDate:
    case Type::kTimestamp:
    case Type::kLong: return 8;
    case Type::kInt: return 4;
    case Type::kBool: return 1;
    case Type::kObjectId: return 12;
    case Type::kDecimal: return 16;
    case Type::kString:
    case Type::kJavaScript:
    case Type::kSymbol: return 4 + static_cast<size_t>(read_int32(payload));
    case Type::kObject:
    case Type::kArray:
    case Type::kJavaScriptWithScope: return static_cast<size_t>(read_int32(payload));
    case Type::kBinData: return 5 + static_cast<size_t>(read_int32(payload));
    case Type::kDbPointer: return 16 + static_cast<size_t>(read_int32(payload));
    case Type::kRegex: {
      size_t pattern = std::strlen(payload) + 1;
      return pattern + std::strlen(payload + pattern) + 1;
    }
    case Type::kMissing:
    case Type::kUndefined:
    case Type::kNull:
    case Type::kMaxKey:
    case Type::kMinKey: return 0;
  }
  PS_CHECK(false, "a document that was not checked");
  return 0;
}

}  // namespace

const char Document::kEmpty[5] = {5, 0, 0, 0, 0};

const char* Document::Iterator::read_rare(Type type, const char* payload) {
  size_t size = payload_size(type, payload);
  Value& value = element_.value;
  switch (type) {
    case Type::kBool: value = Value::boolean(*payload != 0); break;
    case Type::kTimestamp: {
      uint64_t t;
      std::memcpy(&t, payload, sizeof t);
      value = Value::timestamp(t);
      break;
    }
    case Type::kJavaScript:
    case Type::kSymbol: value = Value::raw(type, {payload + 4, size - 5}); break;
    case Type::kBinData: value = Value::bin_data(static_cast<uint8_t>(payload[4]), {payload + 5, size - 5}); break;
    case Type::kNull: value = Value::null(); break;
    case Type::kUndefined: value = Value::undefined(); break;
    case Type::kMinKey: value = Value::min_key(); break;
    case Type::kMaxKey: value = Value::max_key(); break;
    default: value = Value::raw(type, {payload, size});
  }
  return payload + size;
}

Value Document::get(std::string_view name) const {
  const char* at = data_ + 4;
  while (*at != 0) {
    size_t name_size = std::strlen(at + 1);
    if (name_size == name.size() && (name_size == 0 || std::memcmp(at + 1, name.data(), name_size) == 0)) {
      return Iterator(at)->value;
    }
    const char* payload = at + 1 + name_size + 1;
    at = payload + payload_size(static_cast<Type>(*at), payload);
  }
  return Value::missing();
}

size_t Document::count() const {
  size_t n = 0;
  const char* at = data_ + 4;
  while (*at != 0) {
    const char* payload = at + 1 + std::strlen(at + 1) + 1;
    at = payload + payload_size(static_cast<Type>(*at), payload);
    n++;
  }
  return n;
}

JavaScriptWithScope split_javascript_with_scope(const Value& value) {
  PS_CHECK(value.type() == Type::kJavaScriptWithScope);
  const char* code = value.bytes().data() + 4;  // Behind the total size: a string, then a document.
  auto size = static_cast<size_t>(read_int32(code));
  return {{code + 4, size - 1}, Document(code + 4 + size)};
}

void DocumentBuilder::grow(size_t size) {
  constexpr size_t kFirstBytes = 240;
  buffer_.resize(std::max({kFirstBytes, buffer_.size() * 2, used_ + size}));
}

// The type byte and the name, with room for the payload, whose place is returned. One byte more stays for the end.
inline char* DocumentBuilder::write_name(Type type, std::string_view name, size_t payload_size) {
  char* to = room(1 + name.size() + 1 + payload_size + 1);
  *to++ = static_cast<char>(type);
  to = copy_bytes(to, name);
  *to++ = 0;
  used_ += 1 + name.size() + 1 + payload_size;
  return to;
}

void DocumentBuilder::append(std::string_view name, const Value& value) {
  Type type = value.type();
  switch (type) {
    case Type::kMissing: return;
    case Type::kInt: {
      int32_t n = value.as_int();
      std::memcpy(write_name(type, name, sizeof n), &n, sizeof n);
      return;
    }
    case Type::kDouble: {
      double d = value.as_double();
      std::memcpy(write_name(type, name, sizeof d), &d, sizeof d);
      return;
    }
    case Type::kLong: {
      int64_t n = value.as_long();
      std::memcpy(write_name(type, name, sizeof n), &n, sizeof n);
      return;
    }
    case Type::kDate: {
      int64_t ms = value.as_date().ms;
      std::memcpy(write_name(type, name, sizeof ms), &ms, sizeof ms);
      return;
    }
    case Type::kTimestamp: {
      uint64_t t = value.as_timestamp();
      std::memcpy(write_name(type, name, sizeof t), &t, sizeof t);
      return;
    }
    case Type::kBool: *write_name(type, name, 1) = value.as_bool() ? 1 : 0; return;
    case Type::kString:
    case Type::kJavaScript:
    case Type::kSymbol: {
      std::string_view text = value.bytes();
      char* to = write_name(type, name, 4 + text.size() + 1);
      write_int32(to, text.size() + 1);
      *copy_bytes(to + 4, text) = 0;
      return;
    }
    case Type::kBinData: {
      std::string_view bytes = value.bytes();
      char* to = write_name(type, name, 4 + 1 + bytes.size());
      write_int32(to, bytes.size());
      to[4] = static_cast<char>(value.subtype());
      copy_bytes(to + 5, bytes);
      return;
    }
    default: {
      std::string_view bytes = value.has_bytes() ? value.bytes() : std::string_view();
      copy_bytes(write_name(type, name, bytes.size()), bytes);
    }
  }
}

void DocumentBuilder::append_all(Document document) {
  size_t size = document.size() - 5;
  copy_bytes(room(size + 1), document.bytes().substr(4, size));
  used_ += size;
}

size_t DocumentBuilder::begin(Type type, std::string_view name) {
  char* to = write_name(type, name, 4);
  return static_cast<size_t>(to - buffer_.data());
}

void DocumentBuilder::end(size_t mark) {
  PS_CHECK(mark >= 4 && mark + 4 <= used_);
  *room(1) = 0;
  used_++;
  write_int32(buffer_.data() + mark, used_ - mark);
}

Document DocumentBuilder::finish() {
  *room(1) = 0;
  write_int32(buffer_.data(), used_ + 1);
  used_ = 4;
  return Document(buffer_.data());
}

Document DocumentBuilder::finish_in(Arena& arena) { return Document(arena.copy(finish().bytes()).data()); }

std::string DocumentBuilder::take() {
  size_t size = finish().size();
  std::string bytes = std::move(buffer_);
  bytes.resize(size);
  buffer_.clear();
  return bytes;
}

void ArrayBuilder::append(const Value& value) {
  char scratch[12];
  builder_.append(index_name(count_++, scratch), value.is_missing() ? Value::null() : value);
}

Document ArrayBuilder::finish_in(Arena& arena) {
  count_ = 0;
  return builder_.finish_in(arena);
}

void ArrayBuilder::clear() {
  builder_.clear();
  count_ = 0;
}

namespace {

constexpr uint32_t kReadyNames = 1000;

// "0", "1" ... "999", four bytes each.
constexpr std::array<char, kReadyNames * 4> make_names() {
  std::array<char, kReadyNames * 4> names{};
  for (uint32_t i = 0; i < kReadyNames; i++) {
    char* to = names.data() + i * 4;
    if (i >= 100) *to++ = static_cast<char>('0' + i / 100);
    if (i >= 10) *to++ = static_cast<char>('0' + i / 10 % 10);
    *to = static_cast<char>('0' + i % 10);
  }
  return names;
}
constexpr std::array<char, kReadyNames * 4> kNames = make_names();

}  // namespace

std::string_view index_name(uint32_t index, char* scratch) {
  if (index < kReadyNames) return {kNames.data() + index * 4, index < 10 ? 1u : index < 100 ? 2u : 3u};
  char* end = std::to_chars(scratch, scratch + 12, index).ptr;
  return {scratch, static_cast<size_t>(end - scratch)};
}

OwnedDocument::OwnedDocument() : OwnedDocument(Document()) {}
OwnedDocument::OwnedDocument(Document d) : bytes_(d.bytes()) {}

}  // namespace penstock

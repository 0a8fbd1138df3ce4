// SPDX-License-Identifier: Apache-2.0
// Layout: a tag, then a payload whose end is known from itself: fixed, led by its length, or closed by NUL. Tags are
// not 0, which closes objects and arrays.
#include "bson/compare.h"
#include "bson/number_order.h"

namespace penstock {
namespace {

// 0x10 to 0x14 are those of numbers (number_order.h).
enum class Tag : uint8_t {
  kMinKey = 0x01,
  kMissing = 0x02,
  kNull = 0x03,
  kString = 0x20,
  kObject = 0x21,
  kArray = 0x22,
  kBinData = 0x23,
  kObjectId = 0x24,
  kFalse = 0x25,
  kTrue = 0x26,
  kDate = 0x27,
  kTimestamp = 0x28,
  kRegex = 0x29,
  kDbPointer = 0x2A,
  kJavaScript = 0x2B,
  kJavaScriptWithScope = 0x2C,
  kMaxKey = 0x7F,
};

constexpr char kField = 1;  // Before each field of an object; the name follows.

void append_tag(Tag tag, std::string& to) { to.push_back(static_cast<char>(tag)); }

void append_int64(Tag tag, int64_t n, std::string& to) {
  char bytes[9];
  bytes[0] = static_cast<char>(tag);
  std::memcpy(bytes + 1, &n, sizeof n);
  to.append(bytes, sizeof bytes);
}

// Tag, length in 4 bytes, bytes. One growth of the string, then plain copies.
void append_bytes(Tag tag, std::string_view bytes, std::string& to) {
  size_t at = to.size();
  to.resize(at + 5 + bytes.size());
  char* out = to.data() + at;
  auto size = static_cast<uint32_t>(bytes.size());
  *out = static_cast<char>(tag);
  std::memcpy(out + 1, &size, sizeof size);
  if (size != 0) std::memcpy(out + 5, bytes.data(), size);
}

void append_object(Document document, std::string& to) {
  append_tag(Tag::kObject, to);
  for (const Element& field : document) {
    to.push_back(kField);
    to.append(field.name);
    to.push_back('\0');
    append_equality_key(field.value, to);
  }
  to.push_back('\0');
}

void append_array(Document items, std::string& to) {
  append_tag(Tag::kArray, to);
  for (const Element& item : items)
    append_equality_key(item.value, to);
  to.push_back('\0');
}

void append_rare(const Value& value, std::string& to) {
  switch (value.type()) {
    case Type::kBinData:
      append_bytes(Tag::kBinData, value.bytes(), to);
      to.push_back(static_cast<char>(value.subtype()));
      return;
    case Type::kTimestamp: return append_int64(Tag::kTimestamp, static_cast<int64_t>(value.as_timestamp()), to);
    case Type::kRegex: return append_bytes(Tag::kRegex, value.bytes(), to);
    case Type::kDbPointer: return append_bytes(Tag::kDbPointer, value.bytes(), to);
    case Type::kJavaScript: return append_bytes(Tag::kJavaScript, value.bytes(), to);
    case Type::kJavaScriptWithScope: {
      JavaScriptWithScope parts = split_javascript_with_scope(value);
      append_bytes(Tag::kJavaScriptWithScope, parts.code, to);
      return append_object(parts.scope, to);
    }
    case Type::kMinKey: return append_tag(Tag::kMinKey, to);
    case Type::kMaxKey: return append_tag(Tag::kMaxKey, to);
    default: PS_CHECK(false, "a type without an equality key");
  }
}

}  // namespace

void append_equality_key(const Value& value, std::string& to) {
  switch (value.type()) {
    case Type::kString:
    case Type::kSymbol: return append_bytes(Tag::kString, value.bytes(), to);
    case Type::kInt:
    case Type::kLong: return append_integer_key(value.as_integer(), to);
    case Type::kDouble: return append_double_key(value.as_double(), to);
    case Type::kDecimal: return append_decimal_key(value.as_decimal(), to);
    case Type::kMissing:
    case Type::kUndefined: return append_tag(Tag::kMissing, to);
    case Type::kNull: return append_tag(Tag::kNull, to);
    case Type::kBool: return append_tag(value.as_bool() ? Tag::kTrue : Tag::kFalse, to);
    case Type::kDate: return append_int64(Tag::kDate, value.as_date().ms, to);
    case Type::kObject: return append_object(value.as_object(), to);
    case Type::kArray: return append_array(value.as_array(), to);
    case Type::kObjectId:
      append_tag(Tag::kObjectId, to);
      to.append(value.bytes());
      return;
    default: return append_rare(value, to);
  }
}

}  // namespace penstock

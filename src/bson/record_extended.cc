// SPDX-License-Identifier: Apache-2.0
#include "bson/record_extended.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <string_view>

#include "bson/base64.h"
#include "bson/iso_date.h"
#include "bson/number.h"

namespace penstock::record {
namespace {

using Answer = std::optional<Type>;

template <typename T>
void put(T number, std::string& to) {
  to.append(reinterpret_cast<const char*>(&number), sizeof number);
}

void put_string(std::string_view text, std::string& to) {
  put(static_cast<int32_t>(text.size() + 1), to);
  to.append(text);
  to.push_back('\0');
}

// The whole text is one number of type T, as std::from_chars reads it.
template <typename T>
bool whole_number(std::string_view text, T& to) {
  const size_t sign = text.starts_with('-');
  if (text.size() == sign || text[sign] < '0' || text[sign] > '9') return false;
  const auto [stop, code] = std::from_chars(text.data(), text.data() + text.size(), to);
  return code == std::errc() && stop == text.data() + text.size();
}

template <typename T>
Answer read_integer(const Value& value, Type type, std::string& payload) {
  T n = 0;
  if (!value.is_string() || !whole_number(value.as_string(), n)) return {};
  put(n, payload);
  return type;
}

Answer read_double(const Value& value, std::string& payload) {
  if (!value.is_string()) return {};
  const std::string_view text = value.as_string();
  double d = 0;
  if (text == "NaN") {
    d = std::numeric_limits<double>::quiet_NaN();
  } else if (text == "Infinity") {
    d = std::numeric_limits<double>::infinity();
  } else if (text == "-Infinity") {
    d = -std::numeric_limits<double>::infinity();
  } else if (!whole_number(text, d) || !std::isfinite(d)) {
    return {};
  }
  put(d, payload);
  return Type::kDouble;
}

Answer read_decimal(const Value& value, std::string& payload) {
  if (!value.is_string()) return {};
  const std::optional<Decimal> decimal = decimal_from_text(value.as_string());
  if (!decimal) return {};
  put(*decimal, payload);
  return Type::kDecimal;
}

Answer read_date(const Value& value, std::string& payload) {
  if (value.type() == Type::kInt || value.type() == Type::kLong) {
    put(value.as_integer(), payload);
    return Type::kDate;
  }
  if (!value.is_string()) return {};
  const std::optional<EventTime> time = iso_date_from_text(value.as_string());
  if (!time) return {};
  put(time->ms, payload);
  return Type::kDate;
}

Answer read_object_id(const Value& value, std::string& payload) {
  if (!value.is_string() || value.as_string().size() != 24) return {};
  const std::optional<std::string> bytes = bytes_from_hex(value.as_string());
  if (!bytes) return {};
  payload.append(*bytes);
  return Type::kObjectId;
}

// The two fields of an inner object, in any order; false if it has other ones.
bool two_fields(const Value& object, std::string_view first, std::string_view second, Value& a, Value& b) {
  if (!object.is_object() || object.as_object().count() != 2) return false;
  a = object.as_object().get(first);
  b = object.as_object().get(second);
  return !a.is_missing() && !b.is_missing();
}

bool is_uint32(const Value& value) {
  const bool integer = value.type() == Type::kInt || value.type() == Type::kLong;
  return integer && value.as_integer() >= 0 && value.as_integer() <= std::numeric_limits<uint32_t>::max();
}

Answer read_timestamp(const Value& value, std::string& payload) {
  Value seconds, ordinal;
  if (!two_fields(value, "t", "i", seconds, ordinal) || !is_uint32(seconds) || !is_uint32(ordinal)) return {};
  put(static_cast<uint32_t>(ordinal.as_integer()), payload);
  put(static_cast<uint32_t>(seconds.as_integer()), payload);
  return Type::kTimestamp;
}

// The subtype stands as one or two hex digits, or in the older form also as an int.
std::optional<uint8_t> read_subtype(const Value& value) {
  if (value.type() == Type::kInt && value.as_int() >= 0 && value.as_int() <= 255)
    return static_cast<uint8_t>(value.as_int());
  if (!value.is_string() || value.as_string().empty() || value.as_string().size() > 2) return {};
  const std::optional<std::string> byte =
      bytes_from_hex(std::string(2 - value.as_string().size(), '0').append(value.as_string()));
  if (!byte) return {};
  return static_cast<uint8_t>((*byte)[0]);
}

Answer put_binary(std::string_view bytes, uint8_t subtype, std::string& payload) {
  constexpr uint8_t kOldBinary = 2;  // Has its length once more inside.
  const auto size = static_cast<int32_t>(bytes.size());
  put(subtype == kOldBinary ? size + 4 : size, payload);
  put(subtype, payload);
  if (subtype == kOldBinary) put(size, payload);
  payload.append(bytes);
  return Type::kBinData;
}

Answer read_binary(const Value& text, const Value& type, std::string& payload) {
  if (!text.is_string()) return {};
  const std::optional<std::string> bytes = bytes_from_base64(text.as_string());
  const std::optional<uint8_t> subtype = read_subtype(type);
  if (!bytes || !subtype) return {};
  return put_binary(*bytes, *subtype, payload);
}

Answer read_binary(const Value& value, std::string& payload) {
  Value text, type;
  if (!two_fields(value, "base64", "subType", text, type)) return {};
  return read_binary(text, type, payload);
}

// 8-4-4-4-12 hex digits.
Answer read_uuid(const Value& value, std::string& payload) {
  constexpr uint8_t kUuid = 4;
  if (!value.is_string() || value.as_string().size() != 36) return {};
  std::string digits(value.as_string());
  for (const size_t at : {23, 18, 13, 8}) {
    if (digits[at] != '-') return {};
    digits.erase(at, 1);
  }
  const std::optional<std::string> bytes = bytes_from_hex(digits);
  if (!bytes) return {};
  return put_binary(*bytes, kUuid, payload);
}

Answer read_regex(const Value& pattern, const Value& options, std::string& payload) {
  if (!pattern.is_string() || !options.is_string()) return {};
  std::string letters(options.as_string());
  if (pattern.as_string().find('\0') != std::string_view::npos || letters.find('\0') != letters.npos) return {};
  std::sort(letters.begin(), letters.end());
  payload.append(pattern.as_string()).push_back('\0');
  payload.append(letters).push_back('\0');
  return Type::kRegex;
}

Answer read_regex(const Value& value, std::string& payload) {
  Value pattern, options;
  if (!two_fields(value, "pattern", "options", pattern, options)) return {};
  return read_regex(pattern, options, payload);
}

Answer read_text(const Value& value, Type type, std::string& payload) {
  if (!value.is_string()) return {};
  put_string(value.as_string(), payload);
  return type;
}

Answer read_code_with_scope(const Value& code, const Value& scope, std::string& payload) {
  if (!code.is_string() || !scope.is_object()) return {};
  const size_t size = 4 + 4 + code.as_string().size() + 1 + scope.bytes().size();
  put(static_cast<int32_t>(size), payload);
  put_string(code.as_string(), payload);
  payload.append(scope.bytes());
  return Type::kJavaScriptWithScope;
}

Answer read_pointer(const Value& value, std::string& payload) {
  Value name, id;
  if (!two_fields(value, "$ref", "$id", name, id) || !name.is_string() || id.type() != Type::kObjectId) return {};
  put_string(name.as_string(), payload);
  payload.append(id.bytes());
  return Type::kDbPointer;
}

Answer read_one(const Value& value, Type type) {
  return value.type() == Type::kInt && value.as_int() == 1 ? Answer(type) : Answer();
}

Answer read_single(std::string_view name, const Value& value, std::string& payload) {
  if (name == "$date") return read_date(value, payload);
  if (name == "$oid") return read_object_id(value, payload);
  if (name == "$numberLong") return read_integer<int64_t>(value, Type::kLong, payload);
  if (name == "$numberInt") return read_integer<int32_t>(value, Type::kInt, payload);
  if (name == "$numberDouble") return read_double(value, payload);
  if (name == "$numberDecimal") return read_decimal(value, payload);
  if (name == "$binary") return read_binary(value, payload);
  if (name == "$uuid") return read_uuid(value, payload);
  if (name == "$timestamp") return read_timestamp(value, payload);
  if (name == "$regularExpression") return read_regex(value, payload);
  if (name == "$symbol") return read_text(value, Type::kSymbol, payload);
  if (name == "$code") return read_text(value, Type::kJavaScript, payload);
  if (name == "$dbPointer") return read_pointer(value, payload);
  if (name == "$minKey") return read_one(value, Type::kMinKey);
  if (name == "$maxKey") return read_one(value, Type::kMaxKey);
  if (name == "$undefined" && value.type() == Type::kBool && value.as_bool()) return Type::kUndefined;
  return {};
}

Answer read_pair(Document object, std::string& payload) {
  const Value pair = Value::object(object);
  Value a, b;
  if (two_fields(pair, "$binary", "$type", a, b)) return read_binary(a, b, payload);
  if (two_fields(pair, "$regex", "$options", a, b)) return read_regex(a, b, payload);
  if (two_fields(pair, "$code", "$scope", a, b)) return read_code_with_scope(a, b, payload);
  return {};
}

}  // namespace

Answer read_extended(Document object, std::string& payload) {
  payload.clear();
  auto element = object.begin();
  const Element first = *element;
  if (++element == object.end()) return read_single(first.name, first.value, payload);
  if (++element == object.end()) return read_pair(object, payload);
  return {};
}

}  // namespace penstock::record

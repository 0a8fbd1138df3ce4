// SPDX-License-Identifier: Apache-2.0
#include "bson/ejson_wrapper.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "bson/base64.h"
#include "bson/iso_date.h"
#include "bson/number.h"

namespace penstock {
namespace {

using Unwrapped = Result<std::optional<Value>>;
constexpr std::nullopt_t kOrdinary = std::nullopt;

Error malformed(std::string_view key, std::string_view expected, std::string_view found) {
  return Error(ErrorCode::kFailedToParse, "found {} \"{}\", expected {}", key, found, expected);
}

template <typename T>
std::optional<T> whole_number(std::string_view text, int base = 10) {
  T n{};
  auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), n, base);
  if (problem != std::errc() || end != text.data() + text.size()) return {};
  return n;
}

std::optional<uint32_t> as_uint32(const Value& value) {
  if (value.type() != Type::kInt && value.type() != Type::kLong) return {};
  int64_t n = value.as_integer();
  if (n < 0 || n > std::numeric_limits<uint32_t>::max()) return {};
  return static_cast<uint32_t>(n);
}

std::optional<double> double_of(std::string_view text) {
  if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (text == "Infinity") return std::numeric_limits<double>::infinity();
  if (text == "-Infinity") return -std::numeric_limits<double>::infinity();
  if (text.starts_with('+')) text.remove_prefix(1);
  double d = 0;
  auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), d);
  if (problem != std::errc() || end != text.data() + text.size() || !std::isfinite(d)) return {};
  return d;
}

std::string_view keep(std::string_view bytes, Arena& arena) { return bytes.empty() ? "" : arena.copy(bytes); }

Value object_id(std::string_view bytes, Arena& arena) { return Value::raw(Type::kObjectId, keep(bytes, arena)); }

// As BSON stores it: the old subtype 2 repeats the length.
Value binary(uint8_t subtype, std::string_view bytes, Arena& arena) {
  if (subtype != 2) return Value::bin_data(subtype, keep(bytes, arena));
  char* to = arena.allocate(bytes.size() + 4);
  auto size = static_cast<int32_t>(bytes.size());
  std::memcpy(to, &size, sizeof size);
  std::copy(bytes.begin(), bytes.end(), to + 4);
  return Value::bin_data(subtype, {to, bytes.size() + 4});
}

Unwrapped binary_of_text(std::string_view base64, std::string_view subtype, Arena& arena) {
  std::optional<std::string> bytes = bytes_from_base64(base64);
  if (!bytes) return malformed("$binary", "base64 text", base64);
  std::optional<uint8_t> number = whole_number<uint8_t>(subtype, 16);
  if (!number || subtype.size() > 2) return malformed("a subtype of $binary", "two hexadecimal digits", subtype);
  return {binary(*number, *bytes, arena)};
}

Unwrapped uuid(std::string_view text, Arena& arena) {
  std::string digits;
  bool dashes = text.size() == 36;
  for (size_t i = 0; i < text.size() && dashes; i++) {
    bool is_dash_place = i == 8 || i == 13 || i == 18 || i == 23;
    if (is_dash_place != (text[i] == '-')) dashes = false;
    if (!is_dash_place) digits.push_back(text[i]);
  }
  std::optional<std::string> bytes = dashes ? bytes_from_hex(digits) : std::nullopt;
  if (!bytes) return malformed("$uuid", "a UUID like 00112233-4455-6677-8899-aabbccddeeff", text);
  return {Value::bin_data(4, keep(*bytes, arena))};
}

// {key: "text"}.
Unwrapped unwrap_text(std::string_view key, std::string_view text, Arena& arena) {
  if (key == "$oid") {
    std::optional<std::string> bytes = bytes_from_hex(text);
    if (!bytes || bytes->size() != 12) return malformed(key, "24 hexadecimal digits", text);
    return {object_id(*bytes, arena)};
  }
  if (key == "$date") {
    std::optional<EventTime> date = iso_date_from_text(text);
    if (!date) return malformed(key, "a date like 2024-05-17T10:20:30Z", text);
    return {Value::date(*date)};
  }
  if (key == "$numberInt") {
    std::optional<int32_t> n = whole_number<int32_t>(text);
    if (!n) return malformed(key, "a whole number of 32 bits", text);
    return {Value::int32(*n)};
  }
  if (key == "$numberLong") {
    std::optional<int64_t> n = whole_number<int64_t>(text);
    if (!n) return malformed(key, "a whole number of 64 bits", text);
    return {Value::int64(*n)};
  }
  if (key == "$numberDouble") {
    std::optional<double> d = double_of(text);
    if (!d) return malformed(key, "a number, NaN, Infinity or -Infinity", text);
    return {Value::number(*d)};
  }
  if (key == "$numberDecimal") {
    std::optional<Decimal> d = decimal_from_text(text);
    if (!d) return malformed(key, "a decimal number of at most 34 digits", text);
    return {Value::decimal(arena.make(*d))};
  }
  if (key == "$uuid") return uuid(text, arena);
  if (key == "$symbol") return {Value::symbol(keep(text, arena))};
  if (key == "$code") return {Value::javascript(keep(text, arena))};
  return kOrdinary;
}

Unwrapped timestamp(Document parts) {
  std::optional<uint32_t> seconds = as_uint32(parts.get("t"));
  std::optional<uint32_t> ordinal = as_uint32(parts.get("i"));
  if (parts.count() != 2 || !seconds || !ordinal) return kOrdinary;
  return {Value::timestamp(static_cast<uint64_t>(*seconds) << 32 | *ordinal)};
}

Unwrapped regex(Document parts, Arena& arena) {
  Value pattern = parts.get("pattern");
  Value options = parts.get("options");
  if (parts.count() != 2 || !pattern.is_string() || !options.is_string()) return kOrdinary;
  std::string flags(options.as_string());
  std::sort(flags.begin(), flags.end());  // BSON wants them in the order of the alphabet.
  std::string bytes(pattern.as_string());
  if ((bytes + flags).find('\0') != std::string::npos) {
    return malformed("$regularExpression", "a pattern without a NUL character", "\\u0000");
  }
  bytes.push_back('\0');
  bytes += flags;
  bytes.push_back('\0');
  return {Value::regex(keep(bytes, arena))};
}

Unwrapped db_pointer(Document parts, Arena& arena) {
  Value name = parts.get("$ref");
  Value id = parts.get("$id");
  if (parts.count() != 2 || !name.is_string() || id.type() != Type::kObjectId) return kOrdinary;
  std::string_view text = name.as_string();
  std::string bytes(4, '\0');
  auto size = static_cast<int32_t>(text.size() + 1);
  std::memcpy(bytes.data(), &size, sizeof size);
  bytes += text;
  bytes.push_back('\0');
  bytes += id.bytes();
  return {Value::raw(Type::kDbPointer, keep(bytes, arena))};
}

// {key: {...}}.
Unwrapped unwrap_object(std::string_view key, Document parts, Arena& arena) {
  if (key == "$timestamp") return timestamp(parts);
  if (key == "$regularExpression") return regex(parts, arena);
  if (key == "$dbPointer") return db_pointer(parts, arena);
  if (key != "$binary" || parts.count() != 2) return kOrdinary;
  Value base64 = parts.get("base64");
  Value subtype = parts.get("subType");
  if (!base64.is_string() || !subtype.is_string()) return kOrdinary;
  return binary_of_text(base64.as_string(), subtype.as_string(), arena);
}

Unwrapped unwrap_single(const Element& field, Arena& arena) {
  const Value& value = field.value;
  if (value.is_string()) return unwrap_text(field.name, value.as_string(), arena);
  if (value.is_object()) return unwrap_object(field.name, value.as_object(), arena);
  bool whole = value.type() == Type::kInt || value.type() == Type::kLong;
  if (whole && field.name == "$date") return {Value::date({value.as_integer()})};
  bool one = whole && value.as_integer() == 1;
  if (one && field.name == "$minKey") return {Value::min_key()};
  if (one && field.name == "$maxKey") return {Value::max_key()};
  if (field.name == "$undefined" && value.type() == Type::kBool && value.as_bool()) return {Value::undefined()};
  return kOrdinary;
}

Value javascript_with_scope(std::string_view code, Document scope, Arena& arena) {
  size_t size = 4 + 4 + code.size() + 1 + scope.size();
  char* to = arena.allocate(size);
  auto total = static_cast<int32_t>(size);
  auto code_size = static_cast<int32_t>(code.size() + 1);
  std::memcpy(to, &total, 4);
  std::memcpy(to + 4, &code_size, 4);
  char* end = std::copy(code.begin(), code.end(), to + 8);
  *end++ = '\0';
  std::memcpy(end, scope.data(), scope.size());
  return Value::raw(Type::kJavaScriptWithScope, {to, size});
}

Unwrapped unwrap_pair(Document object, Arena& arena) {
  Value code = object.get("$code");
  Value scope = object.get("$scope");
  if (code.is_string() && scope.is_object()) {
    return {javascript_with_scope(code.as_string(), scope.as_object(), arena)};
  }
  Value base64 = object.get("$binary");
  Value subtype = object.get("$type");
  if (base64.is_string() && subtype.is_string()) {
    return binary_of_text(base64.as_string(), subtype.as_string(), arena);
  }
  return kOrdinary;
}

}  // namespace

bool may_be_wrapper(std::string_view key) {
  constexpr std::string_view kKeys[] = {
      "$oid",       "$date",  "$numberInt", "$numberLong",        "$numberDouble", "$numberDecimal", "$binary",
      "$timestamp", "$uuid",  "$symbol",    "$regularExpression", "$code",         "$minKey",        "$maxKey",
      "$undefined", "$scope", "$type",      "$dbPointer",
  };
  return key.starts_with('$') && std::find(std::begin(kKeys), std::end(kKeys), key) != std::end(kKeys);
}

Unwrapped unwrap(Document object, Arena& arena) {
  size_t count = object.count();
  if (count == 1) return unwrap_single(*object.begin(), arena);
  if (count == 2) return unwrap_pair(object, arena);
  return kOrdinary;
}

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
// Conversions from and to binary data: text by a format, numbers as their bytes.
#include <algorithm>
#include <bit>

#include "bson/base64.h"
#include "bson/utf8.h"
#include "expression/functions/convert_value.h"

namespace penstock {
namespace {

constexpr uint8_t kUuidSubtype = 4;
constexpr size_t kUuidBytes = 16;
constexpr size_t kUuidDashes[] = {8, 13, 18, 23};  // Places in the text.

Error format_missing(std::string_view from, std::string_view to) {
  return Error(ErrorCode{4341115}, "a 'format' must be specified when converting from '{}' to '{}'", from, to);
}

std::string uuid_text(std::string_view bytes) {
  std::string text;
  for (size_t i = 0; i < bytes.size(); ++i) {
    append_hex(bytes.substr(i, 1), text);
    if (std::find(std::begin(kUuidDashes), std::end(kUuidDashes), text.size()) != std::end(kUuidDashes)) text += '-';
  }
  return text;
}

std::optional<std::string> bytes_from_uuid(std::string_view text) {
  if (text.size() != 2 * kUuidBytes + std::size(kUuidDashes)) return std::nullopt;
  std::string digits(text);
  for (size_t i = std::size(kUuidDashes); i-- > 0;) {
    if (digits[kUuidDashes[i]] != '-') return std::nullopt;
    digits.erase(kUuidDashes[i], 1);
  }
  return bytes_from_hex(digits);
}

// The alphabet without + and /, and without padding.
std::string base64url_text(std::string_view bytes) {
  std::string text;
  append_base64(bytes, text);
  while (text.ends_with('='))
    text.pop_back();
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  return text;
}

std::optional<std::string> bytes_from_base64url(std::string_view text) {
  if (text.find_first_of("+/") != std::string_view::npos) return std::nullopt;
  std::string padded(text);
  while (padded.size() % 4 != 0)
    padded += '=';
  return bytes_from_base64(padded);
}

std::optional<std::string> bytes_from_plain_base64(std::string_view text) {
  if (text.find_first_of("-_") != std::string_view::npos) return std::nullopt;
  return bytes_from_base64(text);
}

std::optional<std::string> text_of_bytes(std::string_view bytes, uint8_t subtype, BinaryFormat format) {
  const bool is_uuid = subtype == kUuidSubtype && bytes.size() == kUuidBytes;
  std::string text;
  switch (format) {
    case BinaryFormat::kUuid:
      if (!is_uuid) return std::nullopt;
      return uuid_text(bytes);
    case BinaryFormat::kAuto:
      if (is_uuid) return uuid_text(bytes);
      append_base64(bytes, text);
      return text;
    case BinaryFormat::kBase64: append_base64(bytes, text); return text;
    case BinaryFormat::kBase64Url: return base64url_text(bytes);
    case BinaryFormat::kHex:
      append_hex(bytes, text);
      std::transform(text.begin(), text.end(), text.begin(),
                     [](char c) { return c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c; });
      return text;
    case BinaryFormat::kUtf8:
      if (!is_valid_utf8(bytes)) return std::nullopt;
      return std::string(bytes);
  }
  return std::nullopt;
}

std::optional<std::string> bytes_of_text(std::string_view text, uint8_t subtype, BinaryFormat format) {
  const bool is_uuid = subtype == kUuidSubtype;
  if (is_uuid != (format == BinaryFormat::kUuid) && !(is_uuid && format == BinaryFormat::kAuto)) return std::nullopt;
  switch (format) {
    case BinaryFormat::kUuid: return bytes_from_uuid(text);
    case BinaryFormat::kAuto: return is_uuid ? bytes_from_uuid(text) : std::nullopt;
    case BinaryFormat::kBase64: return bytes_from_plain_base64(text);
    case BinaryFormat::kBase64Url: return bytes_from_base64url(text);
    case BinaryFormat::kHex: return bytes_from_hex(text);
    case BinaryFormat::kUtf8: return std::string(text);
  }
  return std::nullopt;
}

// Up to eight bytes as a number, sign extended.
int64_t integer_of_bytes(std::string_view bytes, bool big_endian) {
  uint64_t n = 0;
  for (size_t i = 0; i < bytes.size(); ++i) {
    const size_t from_top = big_endian ? i : bytes.size() - 1 - i;
    n = n << 8 | static_cast<uint8_t>(bytes[from_top]);
  }
  const int unused = static_cast<int>(64 - bytes.size() * 8);
  return static_cast<int64_t>(n << unused) >> unused;
}

Result<Value> number_of_bytes(const Value& value, const Conversion& conversion) {
  const std::string_view bytes = value.bytes();
  const size_t size = bytes.size();
  const bool is_integer = size == 1 || size == 2 || size == 4 || (size == 8 && conversion.to == Type::kLong);
  if (conversion.to == Type::kDouble && (size == 4 || size == 8)) {
    const auto bits = static_cast<uint64_t>(integer_of_bytes(bytes, conversion.big_endian));
    if (size == 4) return Value::number(std::bit_cast<float>(static_cast<uint32_t>(bits)));
    return Value::number(std::bit_cast<double>(bits));
  }
  if (conversion.to == Type::kDouble || !is_integer) {
    return conversion_failed(
        fmt::format("Failed to convert binData of {} bytes to {} in $convert with no onError value", size,
                    type_name(conversion.to)));
  }
  const int64_t n = integer_of_bytes(bytes, conversion.big_endian);
  return conversion.to == Type::kInt ? Value::int32(static_cast<int32_t>(n)) : Value::int64(n);
}

}  // namespace

Result<Value> convert_from_binary(const Value& value, const Conversion& conversion, Arena& arena) {
  switch (conversion.to) {
    case Type::kBool: return Value::boolean(true);
    case Type::kBinData:
      if (value.subtype() == conversion.subtype) return value;
      return conversion_failed("the subtype of binData cannot be changed in $convert with no onError value");
    case Type::kInt:
    case Type::kLong:
    case Type::kDouble: return number_of_bytes(value, conversion);
    case Type::kString: {
      if (!conversion.format) return format_missing("binData", "string");
      const auto text = text_of_bytes(value.bytes(), value.subtype(), *conversion.format);
      if (!text) {
        return conversion_failed("binData does not fit the 'format' in $convert with no onError value");
      }
      return Value::string(arena.copy(*text));
    }
    default: return cannot_convert(value, conversion.to);
  }
}

Result<Value> convert_number_to_binary(const Value& number, const Conversion& conversion, Arena& arena) {
  if (number.type() == Type::kDecimal) return cannot_convert(number, Type::kBinData);
  const uint64_t bits = number.type() == Type::kDouble ? std::bit_cast<uint64_t>(number.as_double())
                                                       : static_cast<uint64_t>(number.as_integer());
  const size_t size = number.type() == Type::kInt ? 4 : 8;
  std::string bytes;
  for (size_t i = 0; i < size; ++i)
    bytes += static_cast<char>(bits >> 8 * (conversion.big_endian ? size - 1 - i : i));
  return Value::bin_data(conversion.subtype, arena.copy(bytes));
}

Result<Value> convert_string_to_binary(std::string_view text, const Conversion& conversion, Arena& arena) {
  if (!conversion.format) return format_missing("string", "binData");
  const auto bytes = bytes_of_text(text, conversion.subtype, *conversion.format);
  if (!bytes) {
    return conversion_failed(
        fmt::format("'{}' does not fit the 'format' or the subtype in $convert with no onError value", text));
  }
  return Value::bin_data(conversion.subtype, arena.copy(*bytes));
}

}  // namespace penstock

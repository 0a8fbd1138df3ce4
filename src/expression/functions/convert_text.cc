// SPDX-License-Identifier: Apache-2.0
// Conversions from and to text.
#include <charconv>
#include <cmath>

#include "bson/base64.h"
#include "bson/decimal.h"
#include "bson/number.h"
#include "expression/functions/convert_value.h"
#include "time/date_format.h"
#include "time/date_parse.h"

namespace penstock {
namespace {

constexpr size_t kObjectIdDigits = 24;

Error not_a_number(std::string_view text, std::string_view why) {
  return conversion_failed(fmt::format("Failed to parse number '{}' in $convert with no onError value: {}", text, why));
}

bool is_hexadecimal(std::string_view text) { return text.starts_with("0x") || text.starts_with("0X"); }

// Without a leading '+', which from_chars does not know; a second sign must not slip through.
std::optional<std::string_view> without_plus(std::string_view text) {
  if (!text.starts_with('+')) return text;
  text.remove_prefix(1);
  if (text.starts_with('-') || text.starts_with('+')) return std::nullopt;
  return text;
}

template <typename Integer>
Result<Integer> integer_from(std::string_view text) {
  const auto digits = without_plus(text);
  if (!digits || digits->empty()) return not_a_number(text, "No digits");
  Integer n = 0;
  const auto [end, error] = std::from_chars(digits->data(), digits->data() + digits->size(), n);
  if (error == std::errc::result_out_of_range) return not_a_number(text, "Overflow");
  if (error != std::errc()) return not_a_number(text, "Did not consume any digits");
  if (end != digits->data() + digits->size()) return not_a_number(text, "Did not consume whole string.");
  return n;
}

// Hexadecimal digits are read as doubles, as MongoDB does, except right behind a "0x" without a sign.
std::from_chars_result double_from_chars(std::string_view text, double& to) {
  const bool negative = text.starts_with('-');
  const std::string_view magnitude = text.substr(negative ? 1 : 0);
  if (!is_hexadecimal(magnitude)) return std::from_chars(text.data(), text.data() + text.size(), to);
  const auto result =
      std::from_chars(magnitude.data() + 2, magnitude.data() + magnitude.size(), to, std::chars_format::hex);
  if (negative) to = -to;
  return result;
}

Result<double> double_from(std::string_view text) {
  const auto digits = without_plus(text);
  if (!digits || digits->empty()) return not_a_number(text, "Empty string");
  double d = 0;
  const auto [end, error] = double_from_chars(*digits, d);
  // So small that digits are lost counts as out of range too.
  const bool subnormal = d != 0 && std::fabs(d) < std::numeric_limits<double>::min();
  if (error == std::errc::result_out_of_range || subnormal) return not_a_number(text, "Out of range");
  if (error != std::errc()) return not_a_number(text, "Did not consume any digits");
  if (end != digits->data() + digits->size()) return not_a_number(text, "Did not consume whole string.");
  return d;
}

Result<Value> object_id_from(std::string_view text, Arena& arena) {
  const auto bytes = text.size() == kObjectIdDigits ? bytes_from_hex(text) : std::nullopt;
  if (!bytes) {
    return conversion_failed(
        fmt::format("Failed to parse objectId '{}' in $convert with no onError value: {} hexadecimal digits are needed",
                    text, kObjectIdDigits));
  }
  ObjectId id;
  std::copy(bytes->begin(), bytes->end(), id.bytes);
  return Value::object_id(arena.make(id));
}

Result<Value> number_from(std::string_view text, Type to, Arena& arena) {
  if (text.starts_with("0x")) {
    return conversion_failed(fmt::format("Illegal hexadecimal input in $convert with no onError value: {}", text));
  }
  switch (to) {
    case Type::kInt: {
      PS_TRY(const int32_t n, integer_from<int32_t>(text));
      return Value::int32(n);
    }
    case Type::kLong: {
      PS_TRY(const int64_t n, integer_from<int64_t>(text));
      return Value::int64(n);
    }
    case Type::kDouble: {
      PS_TRY(const double d, double_from(text));
      return Value::number(d);
    }
    default: {
      const auto d = decimal_from_text_cut(text);
      if (!d) return not_a_number(text, "it is no decimal");
      return Value::decimal(arena.make(*d));
    }
  }
}

// Whole doubles have no point here: 3.0 is "3".
std::string text_of_double(double d) {
  std::string text = double_to_text(d);
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text;
}

}  // namespace

Result<Value> convert_from_string(std::string_view text, const Conversion& conversion, Arena& arena) {
  switch (conversion.to) {
    case Type::kString: return Value::string(text);
    case Type::kBool: return Value::boolean(true);
    case Type::kInt:
    case Type::kLong:
    case Type::kDouble:
    case Type::kDecimal: return number_from(text, conversion.to, arena);
    case Type::kObjectId: return object_id_from(text, arena);
    case Type::kBinData: return convert_string_to_binary(text, conversion, arena);
    case Type::kDate: {
      PS_TRY(const EventTime date, parse_date(text, TimeZone()));
      return Value::date(date);
    }
    default: return cannot_convert(Value::string(text), conversion.to);
  }
}

Result<Value> convert_to_string(const Value& value, const Conversion& conversion, Arena& arena) {
  std::string text;
  switch (value.type()) {
    case Type::kBool: return Value::string(value.as_bool() ? "true" : "false");
    case Type::kInt:
    case Type::kLong: text = std::to_string(value.as_integer()); break;
    case Type::kDouble: text = text_of_double(value.as_double()); break;
    case Type::kDecimal: text = decimal_to_text(value.as_decimal()); break;
    case Type::kObjectId: append_hex(value.bytes(), text); break;
    case Type::kDate: PS_TRY(append_date(value.as_date(), "%Y-%m-%dT%H:%M:%S.%LZ", TimeZone(), text)); break;
    default: return cannot_convert(value, conversion.to);
  }
  return Value::string(arena.copy(text));
}

}  // namespace penstock

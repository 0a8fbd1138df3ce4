// SPDX-License-Identifier: Apache-2.0
#include "expression/functions/convert_value.h"

#include <cmath>

#include "bson/decimal.h"
#include "bson/ejson.h"
#include "bson/number.h"
#include "expression/functions/date_arguments.h"

namespace penstock {
namespace {

Error would_overflow(const Value& number) {
  return conversion_failed(
      fmt::format("Conversion would overflow target type in $convert with no onError value: {}", to_text(number)));
}

// Toward zero. `low` and `high`: what the target holds.
Result<int64_t> whole_of_double(const Value& number, double low, double high) {
  const double d = number.as_double();
  if (std::isnan(d)) {
    return conversion_failed("Attempt to convert NaN value to integer type in $convert with no onError value");
  }
  if (std::isinf(d)) {
    return conversion_failed("Attempt to convert infinity value to integer type in $convert with no onError value");
  }
  // The least long is a double, the greatest is not: 2^63 stands for it and is too much.
  if (d < low || d > high || d >= 0x1p63) return would_overflow(number);
  return static_cast<int64_t>(d);
}

Result<int64_t> whole_of_decimal(const Value& number, int64_t low, int64_t high) {
  const Decimal d = number.as_decimal();
  const DecimalKind kind = unpack_decimal(d).kind;
  if (kind != DecimalKind::kFinite) {
    return conversion_failed(
        fmt::format("Attempt to convert {} value to integer type in $convert with no onError value",
                    kind == DecimalKind::kNaN ? "NaN" : "infinity"));
  }
  const Decimal cut = quantize_decimal(d, 0, DecimalRounding::kTowardZero);
  const auto whole = to_integral(Value::decimal(&cut));
  if (!whole || *whole < low || *whole > high) return would_overflow(number);
  return *whole;
}

Result<int64_t> whole_of(const Value& number, Type to) {
  const bool is_int = to == Type::kInt;
  const int64_t low = is_int ? std::numeric_limits<int32_t>::min() : std::numeric_limits<int64_t>::min();
  const int64_t high = is_int ? std::numeric_limits<int32_t>::max() : std::numeric_limits<int64_t>::max();
  if (number.type() == Type::kDouble) {
    return whole_of_double(number, static_cast<double>(low), static_cast<double>(high));
  }
  if (number.type() == Type::kDecimal) return whole_of_decimal(number, low, high);
  const int64_t n = number.as_integer();
  if (n < low || n > high) return would_overflow(number);
  return n;
}

Result<Value> number_to_double(const Value& number) {
  const double d = to_double(number);
  if (number.type() != Type::kDecimal) return Value::number(d);
  // Too small is refused as too large is.
  const DecimalParts parts = unpack_decimal(number.as_decimal());
  const bool lost = parts.coefficient != 0 && std::fabs(d) < std::numeric_limits<double>::min();
  if (parts.kind == DecimalKind::kFinite && (lost || std::isinf(d))) return would_overflow(number);
  return Value::number(d);
}

Result<Value> convert_number(const Value& number, const Conversion& conversion, Arena& arena) {
  switch (conversion.to) {
    case Type::kBool: return Value::boolean(!is_zero(number));
    case Type::kDouble: return number.type() == Type::kDouble ? number : number_to_double(number);
    case Type::kDecimal:
      if (number.type() == Type::kDecimal) return number;
      return Value::decimal(arena.make(to_decimal(number, true)));
    case Type::kInt: {
      PS_TRY(const int64_t n, whole_of(number, Type::kInt));
      return Value::int32(static_cast<int32_t>(n));
    }
    case Type::kLong: {
      PS_TRY(const int64_t n, whole_of(number, Type::kLong));
      return Value::int64(n);
    }
    case Type::kDate: {
      if (number.type() == Type::kInt) return cannot_convert(number, conversion.to);
      PS_TRY(const int64_t ms, whole_of(number, Type::kLong));
      return Value::date({ms});
    }
    case Type::kBinData: return convert_number_to_binary(number, conversion, arena);
    default: return cannot_convert(number, conversion.to);
  }
}

Result<Value> convert_bool(const Value& value, const Conversion& conversion, Arena& arena) {
  const bool b = value.as_bool();
  switch (conversion.to) {
    case Type::kBool: return value;
    case Type::kInt: return Value::int32(b ? 1 : 0);
    case Type::kLong: return Value::int64(b ? 1 : 0);
    case Type::kDouble: return Value::number(b ? 1 : 0);
    case Type::kDecimal: return Value::decimal(arena.make(decimal_from_integer(b ? 1 : 0)));
    default: return cannot_convert(value, conversion.to);
  }
}

Result<Value> convert_date(const Value& value, const Conversion& conversion, Arena& arena) {
  const int64_t ms = value.as_date().ms;
  switch (conversion.to) {
    case Type::kDate: return value;
    case Type::kLong: return Value::int64(ms);
    case Type::kDouble: return Value::number(static_cast<double>(ms));
    case Type::kDecimal: return Value::decimal(arena.make(decimal_from_integer(ms)));
    default: return cannot_convert(value, conversion.to);
  }
}

}  // namespace

Error cannot_convert(const Value& value, Type to) {
  return Error(ErrorCode::kConversionFailure, "Unsupported conversion from {} to {} in $convert with no onError value",
               type_name(value.type()), type_name(to));
}

Error conversion_failed(std::string_view what) { return Error::of(ErrorCode::kConversionFailure, std::string(what)); }

Result<Value> convert_value(const Value& value, const Conversion& conversion, Arena& arena) {
  if (value.is_number() && conversion.to != Type::kString) return convert_number(value, conversion, arena);
  if (value.is_string()) return convert_from_string(value.as_string(), conversion, arena);
  if (value.type() == Type::kBinData) return convert_from_binary(value, conversion, arena);
  if (conversion.to == Type::kString) return convert_to_string(value, conversion, arena);
  if (value.type() == Type::kBool) return convert_bool(value, conversion, arena);
  if (conversion.to == Type::kBool) return Value::boolean(true);
  if (value.type() == Type::kDate) return convert_date(value, conversion, arena);
  if (value.type() == Type::kObjectId && conversion.to == Type::kObjectId) return value;
  if (conversion.to == Type::kDate) {
    if (const auto instant = instant_of(value)) return Value::date(*instant);
  }
  return cannot_convert(value, conversion.to);
}

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
// The rules of result types: any decimal makes a decimal, else any double a double, else any long a long, else an int;
// then one widening step if the exact result does not fit.
#include <cmath>

#include "bson/decimal.h"
#include "bson/number.h"

namespace penstock {
namespace {

bool either(const Value& a, const Value& b, Type type) { return a.type() == type || b.type() == type; }

// One of them is a long; the exact result of two integers.
Value long_or_double(__int128 exact) {
  int64_t n = static_cast<int64_t>(exact);
  return n == exact ? Value::int64(n) : Value::number(static_cast<double>(exact));
}

Value decimal_in(Arena& arena, Decimal d) { return Value::decimal(arena.make(d)); }

using DecimalFunction = Decimal (*)(Decimal, Decimal);

Value on_decimals(DecimalFunction function, const Value& a, const Value& b, Arena& arena) {
  return decimal_in(arena, function(to_decimal(a, true), to_decimal(b, true)));
}

// A long may have more digits than a double holds; they count before the one rounding at the end.
double pair_sum(const Value& a, const Value& b) {
  DoublePair pair;
  for (const Value& v : {a, b}) {
    if (v.type() != Type::kDouble) {
      pair.add_long(v.as_integer());
    } else if (!pair.add(v.as_double())) {
      return to_double(a) + to_double(b);
    }
  }
  return pair.high;
}

}  // namespace

Value add_mixed_numbers(const Value& a, const Value& b, Arena& arena) {
  if (either(a, b, Type::kDecimal)) return on_decimals(add_decimals, a, b, arena);
  if (either(a, b, Type::kDouble)) return Value::number(pair_sum(a, b));
  if (!either(a, b, Type::kLong)) return int_or_long(a.as_integer() + b.as_integer());
  int64_t sum;
  if (!__builtin_add_overflow(a.as_integer(), b.as_integer(), &sum)) return Value::int64(sum);
  return Value::number(pair_sum(a, b));
}

Value subtract_mixed_numbers(const Value& a, const Value& b, Arena& arena) {
  if (either(a, b, Type::kDecimal)) return on_decimals(subtract_decimals, a, b, arena);
  if (either(a, b, Type::kDouble)) return Value::number(to_double(a) - to_double(b));
  if (either(a, b, Type::kLong)) return long_or_double(static_cast<__int128>(a.as_integer()) - b.as_integer());
  return int_or_long(a.as_integer() - b.as_integer());
}

Value multiply_mixed_numbers(const Value& a, const Value& b, Arena& arena) {
  if (either(a, b, Type::kDecimal)) return on_decimals(multiply_decimals, a, b, arena);
  if (either(a, b, Type::kDouble)) return Value::number(to_double(a) * to_double(b));
  if (!either(a, b, Type::kLong)) return int_or_long(a.as_integer() * b.as_integer());
  int64_t product;
  if (!__builtin_mul_overflow(a.as_integer(), b.as_integer(), &product)) return Value::int64(product);
  return Value::number(to_double(a) * to_double(b));
}

Result<Value> divide_numbers(const Value& a, const Value& b, Arena& arena) {
  if (is_zero(b)) return Error(ErrorCode::kBadValue, "can't $divide by zero");
  if (either(a, b, Type::kDecimal)) return on_decimals(divide_decimals, a, b, arena);
  return Value::number(to_double(a) / to_double(b));
}

Result<Value> mod_numbers(const Value& a, const Value& b, Arena& arena) {
  bool decimal = either(a, b, Type::kDecimal);
  if (is_zero(b)) return Error(ErrorCode{decimal ? 5733415 : 16610}, "can't $mod by zero");
  if (decimal) return on_decimals(mod_decimals, a, b, arena);
  if (either(a, b, Type::kDouble)) return Value::number(std::fmod(to_double(a), to_double(b)));
  // The smallest long has no counterpart: dividing it by -1 traps.
  int64_t remainder = b.as_integer() == -1 ? 0 : a.as_integer() % b.as_integer();
  if (either(a, b, Type::kLong)) return Value::int64(remainder);
  return Value::int32(static_cast<int32_t>(remainder));
}

Result<Value> abs_number(const Value& a, Arena& arena) {
  if (a.type() == Type::kDouble) return Value::number(std::fabs(a.as_double()));
  if (a.type() == Type::kDecimal) return decimal_in(arena, abs_decimal(a.as_decimal()));
  int64_t n = a.as_integer();
  if (n == INT64_MIN) return Error(ErrorCode{28680}, "can't take $abs of long long min");
  int64_t magnitude = n < 0 ? -n : n;
  return a.type() == Type::kInt ? int_or_long(magnitude) : Value::int64(magnitude);
}

double to_double(const Value& number) {
  if (number.type() == Type::kDouble) return number.as_double();
  if (number.type() == Type::kDecimal) return decimal_to_double(number.as_decimal());
  return static_cast<double>(number.as_integer());
}

Decimal to_decimal(const Value& number, bool digits15) {
  if (number.type() == Type::kDecimal) return number.as_decimal();
  if (number.type() != Type::kDouble) return decimal_from_integer(number.as_integer());
  return digits15 ? decimal_from_double_15(number.as_double()) : decimal_from_double(number.as_double());
}

namespace {

std::optional<int64_t> integral_double(double d) {
  // Both bounds are exact doubles; NaN fails the test.
  if (!(d >= -0x1p63 && d < 0x1p63)) return std::nullopt;
  int64_t n = static_cast<int64_t>(d);
  if (static_cast<double>(n) != d) return std::nullopt;
  return n;
}

std::optional<int64_t> integral_decimal(Decimal d) {
  DecimalParts parts = unpack_decimal(d);
  if (parts.kind != DecimalKind::kFinite) return std::nullopt;
  if (parts.coefficient == 0) return 0;
  for (; parts.exponent < 0; ++parts.exponent) {
    if (parts.coefficient % 10 != 0) return std::nullopt;
    parts.coefficient /= 10;
  }
  constexpr unsigned __int128 kEnd = static_cast<unsigned __int128>(1) << 63;
  for (; parts.exponent > 0 && parts.coefficient <= kEnd; --parts.exponent)
    parts.coefficient *= 10;
  if (parts.coefficient > kEnd - (parts.negative ? 0 : 1)) return std::nullopt;
  uint64_t magnitude = static_cast<uint64_t>(parts.coefficient);
  return static_cast<int64_t>(parts.negative ? 0 - magnitude : magnitude);
}

}  // namespace

std::optional<int64_t> to_integral(const Value& number) {
  if (number.type() == Type::kDouble) return integral_double(number.as_double());
  if (number.type() == Type::kDecimal) return integral_decimal(number.as_decimal());
  return number.as_integer();
}

bool is_nan(const Value& number) {
  if (number.type() == Type::kDouble) return std::isnan(number.as_double());
  return number.type() == Type::kDecimal && unpack_decimal(number.as_decimal()).kind == DecimalKind::kNaN;
}

bool is_zero(const Value& number) {
  if (number.type() == Type::kDouble) return number.as_double() == 0;
  if (number.type() != Type::kDecimal) return number.as_integer() == 0;
  DecimalParts parts = unpack_decimal(number.as_decimal());
  return parts.kind == DecimalKind::kFinite && parts.coefficient == 0;
}

}  // namespace penstock

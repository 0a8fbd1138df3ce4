// SPDX-License-Identifier: Apache-2.0
// $round, $trunc, $floor, $ceil. MongoDB rounds doubles as decimals of 34 digits; where the answer is certain it is
// found without them.
#include <cmath>

#include "bson/decimal.h"
#include "bson/number.h"

namespace penstock {
namespace {

// 10^0 ... 10^15: small enough that 34 digits tell a tie at that place from every other double (place_double).
constexpr double kSmallPowers[] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                   1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
constexpr int kSmallPlaceMax = 15;

Value decimal_in(Arena& arena, Decimal d) { return Value::decimal(arena.make(d)); }

// Keeps `place` digits after the point. Where the number has more digits before that place than a decimal holds there
// is nothing to round: it comes back with its 34 digits written out.
Decimal place_decimal(Decimal d, int place, DecimalRounding rounding) {
  DecimalParts parts = unpack_decimal(d);
  if (parts.kind != DecimalKind::kFinite) return d;
  int exponent = -place;
  if (parts.coefficient != 0) {
    int lowest = parts.exponent + count_digits(parts.coefficient) - kDecimalDigitsMax;
    if (exponent < lowest) exponent = lowest;
  }
  return quantize_decimal(d, exponent, rounding);
}

double place_double_by_decimal(double d, int place, DecimalRounding rounding) {
  if (!std::isfinite(d) || d == 0) return d;
  return decimal_to_double(place_decimal(decimal_from_double(d), place, rounding));
}

// d * 10^place as an unevaluated sum, exact by fused multiply-add; then the digits after the point decide.
double round_double(double d, int place) {
  if (place == 0) return std::nearbyint(d);
  if (place < 0 || place > kSmallPlaceMax) return place_double_by_decimal(d, place, DecimalRounding::kHalfEven);
  double power = kSmallPowers[place];
  double scaled = d * power;
  if (!(std::fabs(scaled) < 0x1p51)) return place_double_by_decimal(d, place, DecimalRounding::kHalfEven);
  double rest = std::fma(d, power, -scaled);
  double rounded = std::nearbyint(scaled);
  // On a half in `scaled` the lost part decides; elsewhere it is too small to reach one.
  double fraction = scaled - rounded;
  if (fraction == 0.5 && rest > 0) rounded += 1;
  if (fraction == -0.5 && rest < 0) rounded -= 1;
  return std::copysign(rounded / power, d);
}

double trunc_double(double d, int place) {
  if (place == 0) return std::trunc(d);
  if (place < 0 || place > kSmallPlaceMax) return place_double_by_decimal(d, place, DecimalRounding::kTowardZero);
  double power = kSmallPowers[place];
  double scaled = d * power;
  if (!(std::fabs(scaled) < 0x1p51)) return place_double_by_decimal(d, place, DecimalRounding::kTowardZero);
  double rest = std::fma(d, power, -scaled);
  double truncated = std::trunc(scaled);
  // `scaled` was rounded up to a whole number that the exact product does not reach.
  if (truncated == scaled && truncated != 0 && rest != 0 && std::signbit(rest) != std::signbit(scaled)) {
    truncated -= std::copysign(1.0, scaled);
  }
  return std::copysign(truncated / power, d);
}

// 10^-place for place in [-18, -1].
int64_t unit_of(int place) {
  int64_t unit = 1;
  for (; place < 0; ++place)
    unit *= 10;
  return unit;
}

// The lowest place of a long that can be other than zero: 9.2e18 has 19 digits, so 10^19 only gives 0 or, by rounding
// up, 10^19, which no long holds.
constexpr int kLongPlaceMin = -18;

__int128 round_integer(int64_t n, int place) {
  __int128 unit = place < kLongPlaceMin ? static_cast<__int128>(10) * unit_of(kLongPlaceMin) : unit_of(place);
  if (place < kLongPlaceMin - 1) return 0;
  __int128 magnitude = n < 0 ? -static_cast<__int128>(n) : n;
  __int128 units = magnitude / unit;
  __int128 twice = 2 * (magnitude % unit);
  if (twice > unit || (twice == unit && units % 2 != 0)) ++units;
  return n < 0 ? -(units * unit) : units * unit;
}

Value floor_or_ceil_decimal(const Value& a, DecimalRounding rounding, Arena& arena) {
  // No special care for large numbers and infinities: MongoDB gives NaN for them too.
  return decimal_in(arena, quantize_decimal(a.as_decimal(), 0, rounding));
}

}  // namespace

Result<Value> round_number(const Value& a, int place, Arena& arena) {
  if (a.type() == Type::kDouble) return Value::number(round_double(a.as_double(), place));
  if (a.type() == Type::kDecimal) {
    return decimal_in(arena, place_decimal(a.as_decimal(), place, DecimalRounding::kHalfEven));
  }
  if (place >= 0) return a;
  __int128 rounded = round_integer(a.as_integer(), place);
  int64_t n = static_cast<int64_t>(rounded);
  if (n != rounded) {
    return Error(ErrorCode{51080},
                 "invalid conversion from Decimal128 result in $round resulting from arguments: [{}, {}]",
                 a.as_integer(), place);
  }
  if (a.type() == Type::kLong || n > INT32_MAX) return Value::int64(n);
  // Below the smallest int MongoDB does not widen but wraps; so do we.
  return Value::int32(static_cast<int32_t>(n));
}

Value trunc_number(const Value& a, int place, Arena& arena) {
  if (a.type() == Type::kDouble) return Value::number(trunc_double(a.as_double(), place));
  if (a.type() == Type::kDecimal) {
    return decimal_in(arena, place_decimal(a.as_decimal(), place, DecimalRounding::kTowardZero));
  }
  if (place >= 0) return a;
  int64_t unit = place < kLongPlaceMin ? 0 : unit_of(place);
  int64_t n = unit == 0 ? 0 : a.as_integer() / unit * unit;
  return a.type() == Type::kInt ? Value::int32(static_cast<int32_t>(n)) : Value::int64(n);
}

Value floor_number(const Value& a, Arena& arena) {
  if (a.type() == Type::kDouble) return Value::number(std::floor(a.as_double()));
  return a.type() == Type::kDecimal ? floor_or_ceil_decimal(a, DecimalRounding::kDown, arena) : a;
}

Value ceil_number(const Value& a, Arena& arena) {
  if (a.type() == Type::kDouble) return Value::number(std::ceil(a.as_double()));
  return a.type() == Type::kDecimal ? floor_or_ceil_decimal(a, DecimalRounding::kUp, arena) : a;
}

}  // namespace penstock

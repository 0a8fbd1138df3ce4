// SPDX-License-Identifier: Apache-2.0
// Operations on decimals, rounded half to even at 34 digits; all by Intel's library, which MongoDB uses too, so digits
// and exponents agree. What every module needs of decimals stands in number.h; this is for arithmetic and expressions.
// Nothing fails: an invalid operation gives NaN, an overflow infinity. No global state.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "bson/number.h"
#include "bson/value.h"

namespace penstock {

enum class DecimalKind : uint8_t { kFinite, kInfinity, kNaN };

// value = +-coefficient * 10^exponent, coefficient < 10^34. Coefficients beyond that are zeros, as IEEE 754 wants it.
struct DecimalParts {
  bool negative = false;
  DecimalKind kind = DecimalKind::kFinite;
  int exponent = 0;  // In [kDecimalExponentMin, kDecimalExponentMax].
  unsigned __int128 coefficient = 0;
};
constexpr int kDecimalExponentMin = -6176;
constexpr int kDecimalExponentMax = 6111;
constexpr int kDecimalDigitsMax = 34;

struct PowersOf10 {
  unsigned __int128 at[39];
  constexpr PowersOf10() : at{1} {
    for (int i = 1; i < 39; ++i)
      at[i] = at[i - 1] * 10;
  }
};
inline constexpr PowersOf10 kPowersOf10;

DecimalParts unpack_decimal(Decimal d);
// Finite parts within their ranges.
Decimal pack_decimal(const DecimalParts& parts);
// Decimal digits of a coefficient; 1 for 0.
int count_digits(unsigned __int128 coefficient);

Decimal decimal_from_integer(int64_t n);
// The exact double, rounded once to 34 digits.
Decimal decimal_from_double(double d);
// Through 15 significant digits, always written out: 42.0 -> 42.0000000000000; zero, infinity and NaN as they are.
Decimal decimal_from_double_15(double d);
double decimal_to_double(Decimal d);
// As $toDecimal reads a string: digits that do not fit are cut off. Empty when `text` is no number or too large or too
// small for a decimal. decimal_from_text() (number.h) refuses to lose a digit.
std::optional<Decimal> decimal_from_text_cut(std::string_view text);

Decimal subtract_decimals(Decimal a, Decimal b);
Decimal multiply_decimals(Decimal a, Decimal b);
Decimal mod_decimals(Decimal a, Decimal b);  // Sign of `a`, as fmod.
Decimal negate_decimal(Decimal d);
Decimal abs_decimal(Decimal d);

enum class DecimalRounding : uint8_t { kHalfEven, kDown, kUp, kTowardZero };
// The same value with that exponent; NaN when it would need more than 34 digits, or for an infinity.
Decimal quantize_decimal(Decimal d, int exponent, DecimalRounding rounding);

Decimal sqrt_decimal(Decimal d);
Decimal exp_decimal(Decimal d);
Decimal ln_decimal(Decimal d);
Decimal log10_decimal(Decimal d);
Decimal pow_decimal(Decimal base, Decimal exponent);
Decimal sin_decimal(Decimal d);
Decimal cos_decimal(Decimal d);
Decimal tan_decimal(Decimal d);
Decimal asin_decimal(Decimal d);
Decimal acos_decimal(Decimal d);
Decimal atan_decimal(Decimal d);
Decimal atan2_decimal(Decimal y, Decimal x);
Decimal sinh_decimal(Decimal d);
Decimal cosh_decimal(Decimal d);
Decimal tanh_decimal(Decimal d);
Decimal asinh_decimal(Decimal d);
Decimal acosh_decimal(Decimal d);
Decimal atanh_decimal(Decimal d);

}  // namespace penstock

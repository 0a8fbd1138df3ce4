// SPDX-License-Identifier: Apache-2.0
// The only file that knows Intel's decimal library. Its archive is built for call by value, with rounding and status
// flags as arguments; the macros must say the same before its headers are read.
#include "bson/decimal.h"

#define DECIMAL_CALL_BY_REFERENCE 0
#define DECIMAL_GLOBAL_ROUNDING 0
#define DECIMAL_GLOBAL_EXCEPTION_FLAGS 0
#include <bid_conf.h>
#include <bid_functions.h>

#include <bit>
#include <cmath>

namespace penstock {
namespace {

constexpr uint64_t kSignBit = 1ull << 63;
constexpr int kExponentBias = 6176;

BID_UINT128 to_bid(Decimal d) {
  BID_UINT128 b;
  b.w[0] = d.low;
  b.w[1] = d.high;
  return b;
}

Decimal from_bid(BID_UINT128 b) { return {b.w[0], b.w[1]}; }

using Unary = BID_UINT128 (*)(BID_UINT128, unsigned, unsigned*);

template <Unary function>
Decimal unary(Decimal d) {
  unsigned flags = 0;
  return from_bid(function(to_bid(d), BID_ROUNDING_TO_NEAREST, &flags));
}

using Binary = BID_UINT128 (*)(BID_UINT128, BID_UINT128, unsigned, unsigned*);

template <Binary function>
Decimal binary(Decimal a, Decimal b) {
  unsigned flags = 0;
  return from_bid(function(to_bid(a), to_bid(b), BID_ROUNDING_TO_NEAREST, &flags));
}

}  // namespace

DecimalParts unpack_decimal(Decimal d) {
  DecimalParts parts;
  parts.negative = (d.high & kSignBit) != 0;
  if ((d.high & 0x7c00000000000000) == 0x7c00000000000000) {
    parts.kind = DecimalKind::kNaN;
    return parts;
  }
  if ((d.high & 0x7800000000000000) == 0x7800000000000000) {
    parts.kind = DecimalKind::kInfinity;
    return parts;
  }
  // The two bits after the sign choose between two layouts; the second only has coefficients that are too large.
  bool large = (d.high & 0x6000000000000000) == 0x6000000000000000;
  parts.exponent = static_cast<int>((d.high >> (large ? 47 : 49)) & 0x3fff) - kExponentBias;
  if (large) return parts;
  unsigned __int128 coefficient = d.high & 0x0001ffffffffffff;
  coefficient = coefficient << 64 | d.low;
  parts.coefficient = coefficient < kPowersOf10.at[kDecimalDigitsMax] ? coefficient : 0;
  return parts;
}

Decimal pack_decimal(const DecimalParts& parts) {
  PS_CHECK(parts.kind == DecimalKind::kFinite && parts.coefficient < kPowersOf10.at[kDecimalDigitsMax]);
  PS_CHECK(parts.exponent >= kDecimalExponentMin && parts.exponent <= kDecimalExponentMax);
  uint64_t high = static_cast<uint64_t>(parts.coefficient >> 64);
  high |= static_cast<uint64_t>(parts.exponent + kExponentBias) << 49;
  return {static_cast<uint64_t>(parts.coefficient), high | (parts.negative ? kSignBit : 0)};
}

int count_digits(unsigned __int128 coefficient) {
  uint64_t high = static_cast<uint64_t>(coefficient >> 64);
  int bits = high != 0 ? 64 + std::bit_width(high) : std::bit_width(static_cast<uint64_t>(coefficient));
  int digits = bits * 1233 >> 12;  // log10(2) = 0.30103 ~ 1233 / 4096: right or one too low.
  return digits + (digits == 0 || coefficient >= kPowersOf10.at[digits] ? 1 : 0);
}

Decimal decimal_from_integer(int64_t n) {
  bool negative = n < 0;
  uint64_t magnitude = negative ? 0 - static_cast<uint64_t>(n) : static_cast<uint64_t>(n);
  return {magnitude, 0x3040000000000000 | (negative ? kSignBit : 0)};
}

Decimal decimal_from_double(double d) {
  unsigned flags = 0;
  return from_bid(binary64_to_bid128(d, BID_ROUNDING_TO_NEAREST, &flags));
}

Decimal decimal_from_double_15(double d) {
  constexpr int kDigits = 15;
  Decimal exact = decimal_from_double(d);
  if (d == 0 || !std::isfinite(d)) return exact;
  DecimalParts parts = unpack_decimal(exact);
  int exponent = parts.exponent + count_digits(parts.coefficient) - kDigits;
  Decimal rounded = quantize_decimal(exact, exponent, DecimalRounding::kHalfEven);
  // 9.99...9 may have become 10.0...0, a digit too many.
  if (unpack_decimal(rounded).coefficient < kPowersOf10.at[kDigits]) return rounded;
  return quantize_decimal(exact, exponent + 1, DecimalRounding::kHalfEven);
}

double decimal_to_double(Decimal d) {
  unsigned flags = 0;
  return bid128_to_binary64(to_bid(d), BID_ROUNDING_TO_NEAREST, &flags);
}

Decimal add_decimals(Decimal a, Decimal b) { return binary<bid128_add>(a, b); }
Decimal subtract_decimals(Decimal a, Decimal b) { return binary<bid128_sub>(a, b); }
Decimal multiply_decimals(Decimal a, Decimal b) { return binary<bid128_mul>(a, b); }
Decimal divide_decimals(Decimal a, Decimal b) { return binary<bid128_div>(a, b); }

Decimal mod_decimals(Decimal a, Decimal b) {
  unsigned flags = 0;
  return from_bid(bid128_fmod(to_bid(a), to_bid(b), &flags));
}

Decimal negate_decimal(Decimal d) { return {d.low, d.high ^ kSignBit}; }
Decimal abs_decimal(Decimal d) { return {d.low, d.high & ~kSignBit}; }

int compare_decimals(Decimal a, Decimal b) {
  bool a_nan = unpack_decimal(a).kind == DecimalKind::kNaN;
  bool b_nan = unpack_decimal(b).kind == DecimalKind::kNaN;
  if (a_nan || b_nan) return static_cast<int>(b_nan) - static_cast<int>(a_nan);
  unsigned flags = 0;
  if (bid128_quiet_equal(to_bid(a), to_bid(b), &flags)) return 0;
  return bid128_quiet_less(to_bid(a), to_bid(b), &flags) ? -1 : 1;
}

Decimal quantize_decimal(Decimal d, int exponent, DecimalRounding rounding) {
  constexpr unsigned kModes[] = {BID_ROUNDING_TO_NEAREST, BID_ROUNDING_DOWN, BID_ROUNDING_UP, BID_ROUNDING_TO_ZERO};
  Decimal quantum = pack_decimal({.exponent = exponent, .coefficient = 1});
  unsigned flags = 0;
  return from_bid(bid128_quantize(to_bid(d), to_bid(quantum), kModes[static_cast<int>(rounding)], &flags));
}

Decimal sqrt_decimal(Decimal d) { return unary<bid128_sqrt>(d); }
Decimal exp_decimal(Decimal d) { return unary<bid128_exp>(d); }
Decimal ln_decimal(Decimal d) { return unary<bid128_log>(d); }
Decimal log10_decimal(Decimal d) { return unary<bid128_log10>(d); }
Decimal pow_decimal(Decimal base, Decimal exponent) { return binary<bid128_pow>(base, exponent); }
Decimal sin_decimal(Decimal d) { return unary<bid128_sin>(d); }
Decimal cos_decimal(Decimal d) { return unary<bid128_cos>(d); }
Decimal tan_decimal(Decimal d) { return unary<bid128_tan>(d); }
Decimal asin_decimal(Decimal d) { return unary<bid128_asin>(d); }
Decimal acos_decimal(Decimal d) { return unary<bid128_acos>(d); }
Decimal atan_decimal(Decimal d) { return unary<bid128_atan>(d); }
Decimal atan2_decimal(Decimal y, Decimal x) { return binary<bid128_atan2>(y, x); }
Decimal sinh_decimal(Decimal d) { return unary<bid128_sinh>(d); }
Decimal cosh_decimal(Decimal d) { return unary<bid128_cosh>(d); }
Decimal tanh_decimal(Decimal d) { return unary<bid128_tanh>(d); }
Decimal asinh_decimal(Decimal d) { return unary<bid128_asinh>(d); }
Decimal acosh_decimal(Decimal d) { return unary<bid128_acosh>(d); }
Decimal atanh_decimal(Decimal d) { return unary<bid128_atanh>(d); }

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
#include "bson/number_order.h"

#include <cmath>
#include <optional>

#include "bson/number.h"

extern "C" {
#include <bid_conf.h>
// bid_functions.h must come after bid_conf.h.
#include <bid_functions.h>
}

namespace penstock {
namespace {

bool is_decimal_nan(Decimal d) { return (d.high & 0x7C00000000000000) == 0x7C00000000000000; }
bool is_decimal_infinity(Decimal d) { return (d.high & 0x7C00000000000000) == 0x7800000000000000; }

// A finite decimal: (negative ? -1 : 1) * coefficient * 10^exponent, without trailing zeros; zero has coefficient 0.
struct Parts {
  bool negative = false;
  unsigned __int128 coefficient = 0;
  int exponent = 0;
};

constexpr unsigned __int128 ten_to(int n) {
  unsigned __int128 power = 1;
  while (n-- > 0)
    power *= 10;
  return power;
}

Parts parts_of(Decimal d) {
  Parts parts;
  parts.negative = (d.high >> 63) != 0;
  if ((d.high >> 61 & 3) == 3) return parts;  // A coefficient that is too large counts as zero (IEEE 754).
  parts.coefficient = static_cast<unsigned __int128>(d.high & 0x0001FFFFFFFFFFFF) << 64 | d.low;
  parts.exponent = static_cast<int>(d.high >> 49 & 0x3FFF) - 6176;
  if (parts.coefficient >= ten_to(34)) parts.coefficient = 0;
  if (parts.coefficient == 0) return parts;
  while (parts.coefficient % 10 == 0) {
    parts.coefficient /= 10;
    parts.exponent++;
  }
  return parts;
}

std::optional<int64_t> whole_number(const Parts& parts) {
  if (parts.coefficient == 0) return 0;
  if (parts.exponent < 0 || parts.exponent > 18 || parts.coefficient > static_cast<uint64_t>(INT64_MAX) + 1) return {};
  unsigned __int128 magnitude = parts.coefficient * ten_to(parts.exponent);  // Below 2^63 * 10^18: fits.
  if (magnitude > static_cast<uint64_t>(INT64_MAX) + parts.negative) return {};
  auto low = static_cast<uint64_t>(magnitude);
  return static_cast<int64_t>(parts.negative ? 0 - low : low);
}

// The double of exactly this value. 10^e = 2^e * 5^e, so the odd part must be whole and fit 53 bits.
std::optional<double> exact_double(const Parts& parts) {
  unsigned __int128 odd = parts.coefficient;
  int twos = parts.exponent;
  while (odd % 2 == 0) {
    odd /= 2;
    twos++;
  }
  for (int e = parts.exponent; e < 0; e++) {
    if (odd % 5 != 0) return {};
    odd /= 5;
  }
  constexpr uint64_t kLimit = uint64_t{1} << 53;
  for (int e = parts.exponent; e > 0; e--) {
    if (odd >= kLimit) return {};
    odd *= 5;
  }
  if (odd >= kLimit) return {};
  double d = std::ldexp(static_cast<double>(static_cast<uint64_t>(odd)), twos);
  return parts.negative ? -d : d;
}

int compare_long_double(int64_t n, double d) {
  if (d != d) return 1;
  if (d >= 0x1p63) return -1;
  if (d < -0x1p63) return 1;
  double whole = std::trunc(d);
  auto m = static_cast<int64_t>(whole);
  return n != m ? sign_of(n, m) : sign_of(whole, d);
}

// The double as a decimal, rounded down, says on which side of the decimal it lies.
int compare_double_decimal(double d, Decimal decimal) {
  bool decimal_nan = is_decimal_nan(decimal);
  if (d != d || decimal_nan) return static_cast<int>(decimal_nan) - static_cast<int>(d != d);
  unsigned flags = 0;
  BID_UINT128 bid = binary64_to_bid128(d, BID_ROUNDING_DOWN, &flags);
  Decimal below{bid.w[0], bid.w[1]};
  int order = compare_decimals(below, decimal);
  if ((flags & BID_INEXACT_EXCEPTION) == 0) return order;
  return order < 0 ? -1 : 1;  // below < d < the next decimal.
}

int compare_any_decimals(Decimal a, Decimal b) {
  bool a_nan = is_decimal_nan(a);
  bool b_nan = is_decimal_nan(b);
  if (a_nan || b_nan) return static_cast<int>(b_nan) - static_cast<int>(a_nan);
  return compare_decimals(a, b);
}

}  // namespace

int compare_numbers(const Value& a, const Value& b) {
  auto is_integer = [](const Value& v) { return v.type() == Type::kInt || v.type() == Type::kLong; };
  if (a.type() == Type::kDecimal) {
    if (b.type() == Type::kDecimal) return compare_any_decimals(a.as_decimal(), b.as_decimal());
    return -compare_numbers(b, a);
  }
  if (b.type() == Type::kDecimal) {
    if (a.type() == Type::kDouble) return compare_double_decimal(a.as_double(), b.as_decimal());
    return compare_any_decimals(to_decimal(a, false), b.as_decimal());  // 34 digits hold every long.
  }
  if (is_integer(a)) {
    if (is_integer(b)) return sign_of(a.as_integer(), b.as_integer());
    return compare_long_double(a.as_integer(), b.as_double());
  }
  if (is_integer(b)) return -compare_long_double(b.as_integer(), a.as_double());
  return compare_doubles(a.as_double(), b.as_double());
}

void append_decimal_key(Decimal d, std::string& to) {
  if (is_decimal_nan(d)) {
    to.push_back(static_cast<char>(NumberTag::kNan));
    return;
  }
  if (is_decimal_infinity(d)) return append_double_key((d.high >> 63) != 0 ? -HUGE_VAL : HUGE_VAL, to);
  Parts parts = parts_of(d);
  if (auto n = whole_number(parts)) return append_integer_key(*n, to);
  if (auto exact = exact_double(parts)) return append_double_key(*exact, to);
  append_tagged(NumberTag::kDecimal, parts.coefficient, to);
  auto exponent = static_cast<int16_t>(parts.exponent);
  char rest[3] = {parts.negative ? '-' : '+', 0, 0};
  std::memcpy(rest + 1, &exponent, sizeof exponent);
  to.append(rest, sizeof rest);
}

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
#include <charconv>
#include <cmath>

#include "bson/number.h"

namespace penstock {
namespace {

// From 1e-4 to below 1e16 a double is written without exponent.
constexpr int kPlainExponentMin = -4;
constexpr int kPlainExponentEnd = 16;

}  // namespace

std::string double_to_text(double d) {
  if (std::isnan(d)) return "NaN";
  std::string text = std::signbit(d) ? "-" : "";
  if (std::isinf(d)) return text + "Infinity";

  char buffer[32];
  auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, std::fabs(d), std::chars_format::scientific);
  PS_CHECK(error == std::errc());
  std::string_view shortest(buffer, static_cast<size_t>(end - buffer));  // "d.ddde+dd"
  size_t e = shortest.find('e');
  int exponent = 0;
  const char* digits_of_exponent = shortest.data() + e + 2;
  std::from_chars(digits_of_exponent, end, exponent);
  if (shortest[e + 1] == '-') exponent = -exponent;
  if (exponent < kPlainExponentMin || exponent >= kPlainExponentEnd) return text.append(shortest);

  char digits[20];
  size_t count = 0;
  for (char c : shortest.substr(0, e)) {
    if (c != '.') digits[count++] = c;
  }
  if (exponent < 0) {
    return text.append("0.").append(static_cast<size_t>(-exponent - 1), '0').append(digits, count);
  }
  size_t before_dot = static_cast<size_t>(exponent) + 1;
  if (count <= before_dot) return text.append(digits, count).append(before_dot - count, '0').append(".0");
  return text.append(digits, before_dot).append(".").append(digits + before_dot, count - before_dot);
}

}  // namespace penstock

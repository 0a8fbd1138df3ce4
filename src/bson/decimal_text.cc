// SPDX-License-Identifier: Apache-2.0
// The text of decimals, by the specification of decimal128 in BSON.
#include <algorithm>
#include <cstdlib>
#include <string>

#include "bson/decimal.h"

namespace penstock {
namespace {

enum class Lost : uint8_t { kRefuse, kCut };

struct Scanned {
  bool negative = false;
  int64_t exponent = 0;
  unsigned __int128 coefficient = 0;  // The first 34 digits that count.
  int digits = 0;                     // In coefficient; 0 for zero.
  bool inexact = false;               // Digits other than 0 were beyond.
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Reads digits and moves on; false if there is none. `scale`: what each digit does to the exponent, -1 after the dot.
bool scan_digits(std::string_view& text, int scale, Scanned& to) {
  size_t i = 0;
  for (; i < text.size() && is_digit(text[i]); ++i) {
    int digit = text[i] - '0';
    to.exponent += scale;
    if (to.digits == 0 && digit == 0) continue;
    if (to.digits < kDecimalDigitsMax) {
      to.coefficient = to.coefficient * 10 + static_cast<unsigned>(digit);
      ++to.digits;
    } else {
      to.inexact |= digit != 0;
      ++to.exponent;
    }
  }
  text.remove_prefix(i);
  return i > 0;
}

bool take(std::string_view& text, char lower) {
  if (text.empty() || (text.front() | 0x20) != lower) return false;
  text.remove_prefix(1);
  return true;
}

bool take_sign(std::string_view& text) {
  bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  return negative;
}

// Far beyond any exponent, and far from overflow after digits are counted.
constexpr int64_t kExponentLimit = 1'000'000'000'000;

bool scan_exponent(std::string_view text, Scanned& to) {
  bool negative = take_sign(text);
  if (text.empty()) return false;
  int64_t exponent = 0;
  for (char c : text) {
    if (!is_digit(c)) return false;
    if (exponent < kExponentLimit) exponent = exponent * 10 + (c - '0');
  }
  to.exponent += negative ? -exponent : exponent;
  return true;
}

// [sign] digits [. digits] [E [sign] digits], with a digit on at least one side of the dot.
std::optional<Scanned> scan(std::string_view text) {
  Scanned result;
  result.negative = take_sign(text);
  bool any = scan_digits(text, 0, result);
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    any |= scan_digits(text, -1, result);
  }
  if (!any) return std::nullopt;
  if (text.empty()) return result;
  if (!take(text, 'e') || !scan_exponent(text, result)) return std::nullopt;
  return result;
}

std::optional<Decimal> packed(Scanned s, Lost lost) {
  if (s.inexact && lost == Lost::kRefuse) return std::nullopt;
  if (s.coefficient == 0) {
    s.exponent = std::min<int64_t>(std::max<int64_t>(s.exponent, kDecimalExponentMin), kDecimalExponentMax);
  }
  if (s.exponent < kDecimalExponentMin && s.inexact) return std::nullopt;
  for (; s.exponent > kDecimalExponentMax && s.digits < kDecimalDigitsMax; --s.exponent, ++s.digits) {
    s.coefficient *= 10;
  }
  for (; s.exponent < kDecimalExponentMin && s.coefficient % 10 == 0; ++s.exponent)
    s.coefficient /= 10;
  if (s.exponent > kDecimalExponentMax || s.exponent < kDecimalExponentMin) return std::nullopt;
  return pack_decimal({.negative = s.negative, .exponent = static_cast<int>(s.exponent), .coefficient = s.coefficient});
}

bool equals_ignoring_case(std::string_view text, std::string_view lower) {
  for (char c : lower) {
    if (!take(text, c)) return false;
  }
  return text.empty();
}

std::optional<Decimal> named_decimal(std::string_view text) {
  bool negative = take_sign(text);
  if (equals_ignoring_case(text, "nan")) return Decimal{0, 0x7c00000000000000};
  if (equals_ignoring_case(text, "inf") || equals_ignoring_case(text, "infinity")) {
    return Decimal{0, negative ? 0xf800000000000000 : 0x7800000000000000};
  }
  return std::nullopt;
}

std::optional<Decimal> parse(std::string_view text, Lost lost) {
  if (std::optional<Scanned> scanned = scan(text)) return packed(*scanned, lost);
  return named_decimal(text);
}

}  // namespace

std::optional<Decimal> decimal_from_text(std::string_view text) { return parse(text, Lost::kRefuse); }

std::optional<Decimal> decimal_from_text_cut(std::string_view text) { return parse(text, Lost::kCut); }

// The scientific form for exponents above zero and for small values, else
// plain digits; trailing zeros stay, since they are part of the value's precision.
std::string decimal_to_text(Decimal d) {
  DecimalParts parts = unpack_decimal(d);
  if (parts.kind == DecimalKind::kNaN) return "NaN";
  std::string text = parts.negative ? "-" : "";
  if (parts.kind == DecimalKind::kInfinity) return text + "Infinity";

  // Two halves of 17 digits: division of 128 bits is slow, so it is done once.
  char buffer[kDecimalDigitsMax];
  char* end = buffer + sizeof buffer;
  char* start = end;
  uint64_t high = static_cast<uint64_t>(parts.coefficient / kPowersOf10.at[17]);
  uint64_t low = static_cast<uint64_t>(parts.coefficient % kPowersOf10.at[17]);
  for (; low != 0 || (high != 0 && end - start < 17); low /= 10)
    *--start = static_cast<char>('0' + low % 10);
  for (; high != 0; high /= 10)
    *--start = static_cast<char>('0' + high % 10);
  if (start == end) *--start = '0';
  std::string_view digits(start, static_cast<size_t>(end - start));

  int count = static_cast<int>(digits.size());
  int scientific = parts.exponent + count - 1;
  if (parts.exponent > 0 || scientific < -6) {
    text += digits[0];
    if (count > 1) text.append(".").append(digits.substr(1));
    return text.append(scientific < 0 ? "E-" : "E+").append(std::to_string(std::abs(scientific)));
  }
  if (parts.exponent == 0) return text.append(digits);
  int before_dot = count + parts.exponent;
  if (before_dot > 0) {
    size_t split = static_cast<size_t>(before_dot);
    return text.append(digits.substr(0, split)).append(".").append(digits.substr(split));
  }
  return text.append("0.").append(static_cast<size_t>(-before_dot), '0').append(digits);
}

}  // namespace penstock

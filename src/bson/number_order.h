// SPDX-License-Identifier: Apache-2.0
// Order and equality of numbers by their exact mathematical value, over int, long, double and decimal (reference
// mql-semantics 1.2). Nothing is rounded before it is compared. NaN is below every number and equals every NaN.
// Used by compare.cc and equality_key.cc; others want compare() and append_equality_key() of bson/compare.h.
#pragma once

#include <cstdint>
#include <string>

#include "bson/value.h"

namespace penstock {

inline int sign_of(auto a, auto b) { return a < b ? -1 : a > b ? 1 : 0; }

inline int compare_doubles(double a, double b) {
  if (a < b) return -1;
  if (a > b) return 1;
  if (a == b) return 0;
  return static_cast<int>(b != b) - static_cast<int>(a != a);  // At least one is NaN.
}

// Any two numbers.
int compare_numbers(const Value& a, const Value& b);

// Bytes that are equal exactly if compare_numbers says 0. They begin with one of the tags below and are prefix-free.
//   int 4 bytes | long 8 bytes   every whole number that fits, the shortest of the two
//   double 8 bytes               other values that a double holds exactly, infinities too
//   decimal 19 bytes             the rest: sign, coefficient without trailing zeros, exponent
enum class NumberTag : uint8_t { kNan = 0x10, kInt = 0x11, kLong = 0x12, kDouble = 0x13, kDecimal = 0x14 };

void append_decimal_key(Decimal d, std::string& to);

template <typename T>
void append_tagged(NumberTag tag, T payload, std::string& to) {
  char bytes[1 + sizeof(T)];
  bytes[0] = static_cast<char>(tag);
  std::memcpy(bytes + 1, &payload, sizeof payload);
  to.append(bytes, sizeof bytes);
}

inline void append_integer_key(int64_t n, std::string& to) {
  if (n == static_cast<int32_t>(n)) {
    append_tagged(NumberTag::kInt, static_cast<int32_t>(n), to);
  } else {
    append_tagged(NumberTag::kLong, n, to);
  }
}

inline void append_double_key(double d, std::string& to) {
  if (d >= -0x1p63 && d < 0x1p63) {
    auto n = static_cast<int64_t>(d);
    if (static_cast<double>(n) == d) return append_integer_key(n, to);  // -0.0 too.
  }
  if (d != d) {
    to.push_back(static_cast<char>(NumberTag::kNan));
  } else {
    append_tagged(NumberTag::kDouble, d, to);
  }
}

}  // namespace penstock

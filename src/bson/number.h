// SPDX-License-Identifier: Apache-2.0
// Arithmetic by MongoDB's rules of result types and widening (reference mql-semantics 4).
// Each takes numbers only; the caller has dealt with null and wrong types. Decimal results live in `arena`.
// More operations on decimals: bson/decimal.h.
#pragma once

#include <cmath>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "bson/value.h"

namespace penstock {

// Two operands at a time. MongoDB's n-ary $add starts from int 0, so that -0.0 alone gives 0.0 and D"1E+3" gives
// D"1000".
inline Value add_numbers(const Value& a, const Value& b, Arena& arena);
inline Value subtract_numbers(const Value& a, const Value& b, Arena& arena);
inline Value multiply_numbers(const Value& a, const Value& b, Arena& arena);
Result<Value> divide_numbers(const Value& a, const Value& b, Arena& arena);  // error 2 on zero
Result<Value> mod_numbers(const Value& a, const Value& b, Arena& arena);     // error 16610 / 5733415 on zero
// place in [-20, 100]; half to even on the decimal expansion to 34 digits (reference mql-semantics 4.3).
// Error 51080: a long that would round to more than a long holds.
Result<Value> round_number(const Value& a, int place, Arena& arena);
Value trunc_number(const Value& a, int place, Arena& arena);
Value floor_number(const Value& a, Arena& arena);
Value ceil_number(const Value& a, Arena& arena);
Result<Value> abs_number(const Value& a, Arena& arena);

// To double, as $toDouble would (decimals rounded to nearest).
double to_double(const Value& number);
// To decimal. `digits15`: a double goes through 15 significant digits as in expressions; false: the exact double
// rounded to 34 digits, as in the accumulators $sum and $avg (reference mql-semantics 4.1).
Decimal to_decimal(const Value& number, bool digits15);
// The integral value if the number has no fraction and fits a long; 2.0 gives 2. Otherwise empty.
std::optional<int64_t> to_integral(const Value& number);
bool is_nan(const Value& number);
bool is_zero(const Value& number);

Decimal add_decimals(Decimal a, Decimal b);
Decimal divide_decimals(Decimal a, Decimal b);
int compare_decimals(Decimal a, Decimal b);  // -1, 0, 1; NaN is lowest and equals NaN.
// BSON's own text form ("1.5", "1E+3", "NaN", "Infinity"; extended JSON specification) and back; empty when it is none,
// or when a decimal cannot hold it exactly.
std::string decimal_to_text(Decimal d);
std::optional<Decimal> decimal_from_text(std::string_view text);

// Shortest text that reads back as the same double, as MongoDB prints it in error texts and relaxed JSON: 1.0 -> "1.0",
// 1e16 -> "1e+16", 0.00001 -> "1e-05", "NaN", "Infinity".
std::string double_to_text(double d);

// A double and what its rounding lost, about 106 bits. The steps of an addition (a fast two-sum with the lost part,
// then Knuth's two-sum) and taking `high` alone as the result are MongoDB's, so that the last bit agrees.
struct DoublePair {
  double high = 0, low = 0;
  // False, and unchanged, when the sum is not finite.
  bool add(double d);
  // As MongoDB adds a long: the low 32 bits, then the rest.
  bool add_long(int64_t n);
};

// A sum that keeps what rounding would lose, for the accumulators (reference mql-semantics 13.2): integers exactly,
// doubles as a pair, decimals apart; joined by sum(). Mergeable; 64 bytes, trivially copyable.
class NumberSum {
 public:
  void add(const Value& number);  // Numbers only.
  void add_int(int32_t n);
  void add_long(int64_t n);
  void add_double(double d);
  void merge(const NumberSum& other);
  // As $sum: widest type seen; int that does not fit becomes long, long becomes double. Nothing added: int 0.
  Value sum(Arena& arena) const;
  // As $avg over `count` numbers; null for count 0.
  Value average(int64_t count, Arena& arena) const;
  // The state as bytes and back (checkpoints, lanes of another process). restore() takes its bytes off the front of
  // `from` and refuses a wrong length.
  void save(std::string& to) const;
  Result<void> restore(std::string_view& from);

 private:
  enum Width : uint8_t { kNothing, kInt, kLong, kDouble, kDecimal };
  void widen(Width width) {
    if (widest_ < width) widest_ = width;
  }
  void start_pair();
  void add_integers_to_pair(__int128 n);
  void add_to_pair(double d);
  void add_long_to_pair(int64_t n);
  void add_decimal(const Value& number);
  double total() const;
  Decimal decimal_total() const;

  // Aligned to 8, so that a sum can stand in the middle of a group's state.
  typedef __int128 Integers __attribute__((aligned(8)));
  Integers integers_ = 0;  // Until pair_started_.
  DoublePair pair_;     // From the first double or long beyond 2^53 on: everything but decimals, in order of arrival.
  double special_ = 0;  // Infinities and NaN are summed apart, they would spoil the pair. 0: none seen.
  Decimal decimals_ = {0, 0x3040000000000000};
  Width widest_ = kNothing;
  bool pair_started_ = false;
};

// Below: what must be inline, since it runs once per record.

Value add_mixed_numbers(const Value& a, const Value& b, Arena& arena);
Value subtract_mixed_numbers(const Value& a, const Value& b, Arena& arena);
Value multiply_mixed_numbers(const Value& a, const Value& b, Arena& arena);

inline Value int_or_long(int64_t n) {
  return n == static_cast<int32_t>(n) ? Value::int32(static_cast<int32_t>(n)) : Value::int64(n);
}

inline Value add_numbers(const Value& a, const Value& b, Arena& arena) {
  if (a.type() == Type::kDouble && b.type() == Type::kDouble) return Value::number(a.as_double() + b.as_double());
  if (a.type() == Type::kInt && b.type() == Type::kInt) return int_or_long(int64_t{a.as_int()} + b.as_int());
  return add_mixed_numbers(a, b, arena);
}

inline Value subtract_numbers(const Value& a, const Value& b, Arena& arena) {
  if (a.type() == Type::kDouble && b.type() == Type::kDouble) return Value::number(a.as_double() - b.as_double());
  if (a.type() == Type::kInt && b.type() == Type::kInt) return int_or_long(int64_t{a.as_int()} - b.as_int());
  return subtract_mixed_numbers(a, b, arena);
}

inline Value multiply_numbers(const Value& a, const Value& b, Arena& arena) {
  if (a.type() == Type::kDouble && b.type() == Type::kDouble) return Value::number(a.as_double() * b.as_double());
  if (a.type() == Type::kInt && b.type() == Type::kInt) return int_or_long(int64_t{a.as_int()} * b.as_int());
  return multiply_mixed_numbers(a, b, arena);
}

inline bool DoublePair::add(double d) {
  double part = d + low;
  double part_low = low - (part - d);
  double sum = high + part;
  if (!(std::fabs(sum) <= 0x1.fffffffffffffp+1023)) [[unlikely]]
    return false;
  double sum_low = sum - high;
  sum_low = (high - (sum - sum_low)) + (part - sum_low);
  high = sum;
  low = sum_low + part_low;
  return true;
}

inline void NumberSum::add_to_pair(double d) {
  if (!pair_.add(d)) [[unlikely]]
    special_ += pair_.high + d;  // An overflow counts as its infinity.
}

inline void NumberSum::add_int(int32_t n) {
  widen(kInt);
  if (pair_started_) return add_to_pair(n);
  integers_ += n;
}

inline void NumberSum::add_long(int64_t n) {
  constexpr int64_t kDoubleEnd = int64_t{1} << 53;
  widen(kLong);
  if (pair_started_ || n >= kDoubleEnd || n <= -kDoubleEnd) return add_long_to_pair(n);
  integers_ += n;
}

inline void NumberSum::add_double(double d) {
  widen(kDouble);
  if (!pair_started_) [[unlikely]]
    start_pair();
  add_to_pair(d);
}

inline void NumberSum::add(const Value& number) {
  switch (number.type()) {
    case Type::kInt: return add_int(number.as_int());
    case Type::kDouble: return add_double(number.as_double());
    case Type::kLong: return add_long(number.as_long());
    default: return add_decimal(number);
  }
}

static_assert(sizeof(NumberSum) <= 64);

}  // namespace penstock

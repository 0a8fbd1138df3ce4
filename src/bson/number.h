// SPDX-License-Identifier: Apache-2.0
// Arithmetic by MongoDB's rules of result types and widening (reference mql-semantics 4).
// Each takes numbers only; the caller has dealt with null and wrong types. Decimal results live in `arena`.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "bson/value.h"

namespace penstock {

Value add_numbers(const Value& a, const Value& b, Arena& arena);
Value subtract_numbers(const Value& a, const Value& b, Arena& arena);
Value multiply_numbers(const Value& a, const Value& b, Arena& arena);
Result<Value> divide_numbers(const Value& a, const Value& b, Arena& arena);  // error 2 on zero
Result<Value> mod_numbers(const Value& a, const Value& b, Arena& arena);     // error 16610 / 5733415 on zero
// place in [-20, 100]; half to even on the exact expansion (reference mql-semantics 4.3).
Value round_number(const Value& a, int place, Arena& arena);
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
int compare_decimals(Decimal a, Decimal b);
// BSON's own text form ("1.5", "1E+3", "NaN", "Infinity"; extended JSON specification) and back; empty when it is none.
std::string decimal_to_text(Decimal d);
std::optional<Decimal> decimal_from_text(std::string_view text);

// Shortest text that reads back as the same double, as MongoDB prints it in error texts and relaxed JSON: 1.0 -> "1.0".
std::string double_to_text(double d);

// A sum that keeps what rounding would lose, for the accumulators (reference mql-semantics 13.2): integers exactly,
// doubles as an unevaluated pair (Knuth two-sum), decimals apart; joined by result(). Mergeable; 64 bytes.
class NumberSum {
 public:
  void add(const Value& number);  // Numbers only.
  void merge(const NumberSum& other);
  // As $sum: widest type seen; int that does not fit becomes long, long becomes double. Nothing added: int 0.
  Value sum(Arena& arena) const;
  // As $avg over `count` numbers; null for count 0. Longs count as doubles.
  Value average(int64_t count, Arena& arena) const;
  // The state as bytes and back (checkpoints, lanes of another process). restore() refuses a wrong length.
  void save(std::string& to) const;
  Result<void> restore(std::string_view& from);

 private:
  void add_double(double d);
  __int128 integers_ = 0;
  double high_ = 0, low_ = 0;  // The pair: high_ + low_ is the exact sum within 106 bits.
  double special_ = 0;         // Infinities and NaN are summed apart, they would spoil the pair.
  Decimal decimals_ = {0, 0x3040000000000000};
  uint8_t widest_ = 0;  // 0 nothing, 1 int, 2 long, 3 double, 4 decimal
  bool any_special_ = false;
};

}  // namespace penstock

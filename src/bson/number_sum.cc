// SPDX-License-Identifier: Apache-2.0
// Sums of one group: see the class for what is kept and why.
#include <limits>
#include <type_traits>

#include "bson/decimal.h"
#include "bson/number.h"

namespace penstock {

static_assert(std::is_trivially_copyable_v<NumberSum>);

bool DoublePair::add_long(int64_t n) {
  int64_t high_part = n / (int64_t{1} << 32) * (int64_t{1} << 32);
  return add(static_cast<double>(n - high_part)) && add(static_cast<double>(high_part));
}

void NumberSum::add_integers_to_pair(__int128 n) {
  double top = static_cast<double>(n);
  __int128 rest = n - static_cast<__int128>(top);
  if (rest != 0) add_integers_to_pair(rest);
  add_to_pair(top);
}

void NumberSum::start_pair() {
  add_integers_to_pair(integers_);
  integers_ = 0;
  pair_started_ = true;
}

void NumberSum::add_long_to_pair(int64_t n) {
  if (!pair_started_) start_pair();
  if (!pair_.add_long(n)) special_ += pair_.high + static_cast<double>(n);
}

void NumberSum::add_decimal(const Value& number) {
  decimals_ = add_decimals(decimals_, number.as_decimal());
  widen(kDecimal);
}

void NumberSum::merge(const NumberSum& other) {
  if (other.pair_started_) {
    if (!pair_started_) start_pair();
    add_to_pair(other.pair_.low);
    add_to_pair(other.pair_.high);
    special_ += other.special_;
  } else if (pair_started_) {
    add_integers_to_pair(other.integers_);
  } else {
    integers_ += other.integers_;
  }
  if (other.widest_ == kDecimal) decimals_ = add_decimals(decimals_, other.decimals_);
  widen(other.widest_);
}

double NumberSum::total() const {
  if (special_ != 0) return special_;
  return pair_started_ ? pair_.high : static_cast<double>(integers_);
}

Decimal NumberSum::decimal_total() const {
  if (special_ != 0) return add_decimals(decimals_, decimal_from_double(special_));
  NumberSum joined = *this;
  if (!pair_started_) joined.start_pair();
  DoublePair pair = joined.pair_;
  return add_decimals(decimals_, add_decimals(decimal_from_double(pair.high), decimal_from_double(pair.low)));
}

Value NumberSum::sum(Arena& arena) const {
  if (widest_ == kDecimal) return Value::decimal(arena.make(decimal_total()));
  if (widest_ == kDouble) return Value::number(total());
  // Without doubles both parts of the pair are whole numbers.
  __int128 exact = integers_ + static_cast<__int128>(pair_.high) + static_cast<__int128>(pair_.low);
  int64_t n = static_cast<int64_t>(exact);
  if (n != exact) return Value::number(total());
  return widest_ == kLong ? Value::int64(n) : int_or_long(n);
}

Value NumberSum::average(int64_t count, Arena& arena) const {
  if (count == 0) return Value::null();
  if (widest_ != kDecimal) return Value::number(total() / static_cast<double>(count));
  return Value::decimal(arena.make(divide_decimals(decimal_total(), decimal_from_integer(count))));
}

namespace {

template <typename T>
void put(std::string& to, T part) {
  to.append(reinterpret_cast<const char*>(&part), sizeof part);
}

template <typename T>
void get(std::string_view& from, T& part) {
  std::memcpy(&part, from.data(), sizeof part);
  from.remove_prefix(sizeof part);
}

}  // namespace

void NumberSum::save(std::string& to) const {
  put(to, integers_);
  put(to, pair_);
  put(to, special_);
  put(to, decimals_);
  put(to, widest_);
  put(to, pair_started_);
}

Result<void> NumberSum::restore(std::string_view& from) {
  constexpr size_t kSize =
      sizeof integers_ + sizeof pair_ + sizeof special_ + sizeof decimals_ + sizeof widest_ + sizeof pair_started_;
  if (from.size() < kSize) {
    return Error(ErrorCode::kStateRefused, "a saved sum has {} bytes, found {}", kSize, from.size());
  }
  NumberSum sum;
  std::string_view rest = from;
  __int128 integers = 0;  // A reference wants more alignment than the member has.
  get(rest, integers);
  sum.integers_ = integers;
  get(rest, sum.pair_);
  get(rest, sum.special_);
  get(rest, sum.decimals_);
  uint8_t widest, pair_started;
  get(rest, widest);
  get(rest, pair_started);
  if (widest > kDecimal || pair_started > 1)
    return Error(ErrorCode::kStateRefused, "a saved sum has unknown flags {} {}", widest, pair_started);
  sum.widest_ = static_cast<Width>(widest);
  sum.pair_started_ = pair_started != 0;
  *this = sum;
  from = rest;
  return {};
}

}  // namespace penstock

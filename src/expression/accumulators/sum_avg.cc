// SPDX-License-Identifier: Apache-2.0
// $sum, $avg, $count (reference mql-semantics 13.2). What is not a number does not count.
// Sums of doubles are compensated as MongoDB does it: how the input was cut shows in the last bit at most, and not at
// all where the exact sum fits a double.
#include <type_traits>

#include "bson/number.h"
#include "expression/accumulators/accumulators.h"

namespace penstock {
namespace {

struct AvgState {
  int64_t count = 0;
  NumberSum sum;
};
static_assert(std::is_trivially_copyable_v<AvgState> && alignof(AvgState) == 8, "states are moved as bytes");

NumberSum& as_sum(void* state) { return *static_cast<NumberSum*>(state); }
const NumberSum& as_sum(const void* state) { return *static_cast<const NumberSum*>(state); }
AvgState& as_avg(void* state) { return *static_cast<AvgState*>(state); }
const AvgState& as_avg(const void* state) { return *static_cast<const AvgState*>(state); }
int64_t& as_count(void* state) { return *static_cast<int64_t*>(state); }
int64_t as_count(const void* state) { return *static_cast<const int64_t*>(state); }

void sum_init(void* state) { new (state) NumberSum; }

Result<int64_t> sum_add(void* state, const Value& value) {
  if (value.is_number()) as_sum(state).add(value);
  return 0;
}

Result<int64_t> sum_merge(void* state, const void* other) {
  as_sum(state).merge(as_sum(other));
  return 0;
}

void sum_save(const void* state, std::string& to) { as_sum(state).save(to); }

Result<void> sum_restore(void* state, std::string_view& from) {
  NumberSum sum;
  if (auto restored = sum.restore(from); !restored.ok()) {
    return Error::of(ErrorCode::kFailedToParse, restored.error().message());
  }
  as_sum(state) = sum;
  return {};
}

Result<Value> sum_result(const void* state, Arena& arena) { return as_sum(state).sum(arena); }

void avg_init(void* state) { new (state) AvgState; }

Result<int64_t> avg_add(void* state, const Value& value) {
  if (!value.is_number()) return 0;
  ++as_avg(state).count;
  as_avg(state).sum.add(value);
  return 0;
}

Result<int64_t> avg_merge(void* state, const void* other) {
  as_avg(state).count += as_avg(other).count;
  return sum_merge(&as_avg(state).sum, &as_avg(other).sum);
}

void avg_save(const void* state, std::string& to) {
  save_number(as_avg(state).count, to);
  sum_save(&as_avg(state).sum, to);
}

Result<void> avg_restore(void* state, std::string_view& from) {
  std::string_view rest = from;
  PS_TRY(const int64_t count, restore_number<int64_t>(rest));
  if (count < 0) return Error(ErrorCode::kFailedToParse, "a saved average has the count {}", count);
  PS_TRY(sum_restore(&as_avg(state).sum, rest));
  as_avg(state).count = count;
  from = rest;
  return {};
}

Result<Value> avg_result(const void* state, Arena& arena) {
  return as_avg(state).sum.average(as_avg(state).count, arena);
}

void count_init(void* state) { new (state) int64_t(0); }

Result<int64_t> count_add(void* state, const Value&) {
  ++as_count(state);
  return 0;
}

Result<int64_t> count_merge(void* state, const void* other) {
  as_count(state) += as_count(other);
  return 0;
}

void count_save(const void* state, std::string& to) { save_number(as_count(state), to); }

Result<void> count_restore(void* state, std::string_view& from) {
  std::string_view rest = from;
  PS_TRY(const int64_t count, restore_number<int64_t>(rest));
  if (count < 0) return Error(ErrorCode::kFailedToParse, "a saved count is {}", count);
  as_count(state) = count;
  from = rest;
  return {};
}

Result<Value> count_result(const void* state, Arena&) { return int_or_long(as_count(state)); }

constexpr Example kAvgExamples[] = {
    {R"({$avg: "$x"})", R"({x: 1} {x: 2} {x: null})", "1.5"},
    {R"({$avg: "$x"})", R"({x: "a"} {})", "null"},
};
constexpr Example kCountExamples[] = {
    {R"({$count: {}})", R"({x: 1} {} {x: null})", "3"},
};
constexpr Example kSumExamples[] = {
    {R"({$sum: "$x"})", R"({x: 2147483647} {x: 1} {x: "9"})", R"({$numberLong: "2147483648"})"},
    {R"({$sum: 1})", R"({} {})", "2"},
    {R"({$sum: "$x"})", R"({x: [4, 5]})", "0"},
};

constexpr Accumulator kSumAvgAccumulators[] = {
    {.name = "$avg",
     .summary = "The mean of the numbers as a double or decimal; null if there are none.",
     .state_size = sizeof(AvgState),
     .init = avg_init,
     .add = avg_add,
     .merge = avg_merge,
     .save = avg_save,
     .restore = avg_restore,
     .result = avg_result,
     .examples = kAvgExamples},
    {.name = "$count",
     .summary = "The number of documents; takes {}.",
     .state_size = sizeof(int64_t),
     .takes_argument = false,
     .init = count_init,
     .add = count_add,
     .merge = count_merge,
     .save = count_save,
     .restore = count_restore,
     .result = count_result,
     .examples = kCountExamples},
    {.name = "$sum",
     .summary = "The sum of the numbers in the widest type seen; 0 if there are none.",
     .state_size = sizeof(NumberSum),
     .init = sum_init,
     .add = sum_add,
     .merge = sum_merge,
     .save = sum_save,
     .restore = sum_restore,
     .result = sum_result,
     .examples = kSumExamples},
};

}  // namespace

std::span<const Accumulator> sum_avg_accumulators() { return kSumAvgAccumulators; }

}  // namespace penstock

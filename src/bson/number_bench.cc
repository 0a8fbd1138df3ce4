// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>

#include <vector>

#include "base/random.h"
#include "bson/number.h"

namespace penstock {
namespace {

enum Kind { kInts, kLongs, kDoubles, kDecimals, kMixed };

std::vector<Value> numbers_of(Kind kind, Arena& arena) {
  SeededRandom random(1);
  std::vector<Value> numbers;
  for (int i = 0; i < 1024; ++i) {
    auto n = static_cast<int32_t>(random.below(1'000'000));
    double price = n / 100.0;
    Kind k = kind == kMixed ? (random.below(2) == 0 ? kInts : kDoubles) : kind;
    if (k == kInts) numbers.push_back(Value::int32(n));
    if (k == kLongs) numbers.push_back(Value::int64(n));
    if (k == kDoubles) numbers.push_back(Value::number(price));
    if (k == kDecimals) numbers.push_back(Value::decimal(arena.make(to_decimal(Value::number(price), true))));
  }
  return numbers;
}

// groups: a power of two.
void sum(benchmark::State& state, Kind kind, size_t groups) {
  Arena arena;
  std::vector<Value> numbers = numbers_of(kind, arena);
  std::vector<NumberSum> sums(groups);
  for (auto _ : state) {
    for (size_t i = 0; i < numbers.size(); ++i)
      sums[i & (groups - 1)].add(numbers[i]);
    benchmark::DoNotOptimize(sums.data());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(numbers.size()));
}
BENCHMARK_CAPTURE(sum, ints_one_group, kInts, 1);
BENCHMARK_CAPTURE(sum, ints, kInts, 64);
BENCHMARK_CAPTURE(sum, longs, kLongs, 64);
BENCHMARK_CAPTURE(sum, doubles_one_group, kDoubles, 1);
BENCHMARK_CAPTURE(sum, doubles, kDoubles, 64);
BENCHMARK_CAPTURE(sum, mixed, kMixed, 64);
BENCHMARK_CAPTURE(sum, decimals, kDecimals, 64);

template <typename Function>
void binary(benchmark::State& state, Kind kind, Function function) {
  Arena arena, results;
  std::vector<Value> numbers = numbers_of(kind, arena);
  for (auto _ : state) {
    for (size_t i = 1; i < numbers.size(); ++i) {
      benchmark::DoNotOptimize(function(numbers[i - 1], numbers[i], results));
    }
    results.reset();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(numbers.size() - 1));
}
const auto kAdd = [](const Value& a, const Value& b, Arena& arena) { return add_numbers(a, b, arena); };
const auto kDivide = [](const Value& a, const Value& b, Arena& arena) { return divide_numbers(a, b, arena); };
const auto kRound = [](const Value& a, const Value&, Arena& arena) { return round_number(a, 1, arena); };
const auto kText = [](const Value& a, const Value&, Arena&) { return double_to_text(a.as_double()); };
const auto kDecimalText = [](const Value& a, const Value&, Arena&) { return decimal_to_text(a.as_decimal()); };
BENCHMARK_CAPTURE(binary, add_ints, kInts, kAdd);
BENCHMARK_CAPTURE(binary, add_doubles, kDoubles, kAdd);
BENCHMARK_CAPTURE(binary, add_mixed, kMixed, kAdd);
BENCHMARK_CAPTURE(binary, add_decimals, kDecimals, kAdd);
BENCHMARK_CAPTURE(binary, divide_doubles, kDoubles, kDivide);
BENCHMARK_CAPTURE(binary, round_doubles, kDoubles, kRound);
BENCHMARK_CAPTURE(binary, round_decimals, kDecimals, kRound);
BENCHMARK_CAPTURE(binary, text_doubles, kDoubles, kText);
BENCHMARK_CAPTURE(binary, text_decimals, kDecimals, kDecimalText);

}  // namespace
}  // namespace penstock

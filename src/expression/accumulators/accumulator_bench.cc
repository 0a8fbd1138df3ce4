// SPDX-License-Identifier: Apache-2.0
// One addition, state in the cache.
#include <benchmark/benchmark.h>

#include "expression/accumulators/accumulators.h"

namespace penstock {
namespace {

void add_repeatedly(benchmark::State& run, std::string_view name, const Value& value) {
  const Accumulator* accumulator = find_accumulator(name);
  alignas(16) char memory[128];
  accumulator->init(memory);
  for (auto _ : run) {
    auto grown = accumulator->add(memory, value);
    benchmark::DoNotOptimize(grown.ok());
  }
  if (accumulator->destroy != nullptr) accumulator->destroy(memory);
}

BENCHMARK_CAPTURE(add_repeatedly, sum_int, "$sum", Value::int32(3));
BENCHMARK_CAPTURE(add_repeatedly, sum_double, "$sum", Value::number(3.25));
BENCHMARK_CAPTURE(add_repeatedly, avg_int, "$avg", Value::int32(3));
BENCHMARK_CAPTURE(add_repeatedly, avg_double, "$avg", Value::number(3.25));
BENCHMARK_CAPTURE(add_repeatedly, count, "$count", Value::int32(1));
BENCHMARK_CAPTURE(add_repeatedly, max_int, "$max", Value::int32(3));
BENCHMARK_CAPTURE(add_repeatedly, max_double, "$max", Value::number(3.25));
BENCHMARK_CAPTURE(add_repeatedly, last_int, "$last", Value::int32(3));
BENCHMARK_CAPTURE(add_repeatedly, last_text, "$last", Value::string("a text of twenty-some bytes"));

}  // namespace
}  // namespace penstock

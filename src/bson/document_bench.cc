// SPDX-License-Identifier: Apache-2.0
// What one record costs in the row path: iterate, look up, build, compare, key. The document is a trade of 97 bytes
// JSON.
#include <benchmark/benchmark.h>

#include "bson/compare.h"
#include "bson/document.h"
#include "bson/ejson.h"

namespace penstock {
namespace {

OwnedDocument trade() {
  return std::move(parse_filter(R"({type: "trade", symbol: "MDB", price: 123.45, quantity: 100, side: "buy",)"
                                R"( ts: {"$date": "2024-05-17T10:20:30Z"}, id: {"$numberLong": "17"}})")
                       .value());
}

void iterate(benchmark::State& state) {
  OwnedDocument document = trade();
  for (auto _ : state) {
    for (const Element& e : document.view())
      benchmark::DoNotOptimize(e.value);
  }
}
BENCHMARK(iterate);

void get_third_field(benchmark::State& state) {
  OwnedDocument document = trade();
  for (auto _ : state)
    benchmark::DoNotOptimize(document.view().get("price"));
}
BENCHMARK(get_third_field);

void build(benchmark::State& state) {
  OwnedDocument document = trade();
  DocumentBuilder builder;
  for (auto _ : state) {
    for (const Element& e : document.view())
      builder.append(e.name, e.value);
    benchmark::DoNotOptimize(builder.finish());
  }
}
BENCHMARK(build);

void validate(benchmark::State& state) {
  OwnedDocument document = trade();
  for (auto _ : state)
    benchmark::DoNotOptimize(validate_bson(document.bytes()).ok());
}
BENCHMARK(validate);

void compare_pair(benchmark::State& state, Value a, Value b) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(a);
    benchmark::DoNotOptimize(compare(a, b));
  }
}
BENCHMARK_CAPTURE(compare_pair, ints, Value::int32(1), Value::int32(2));
BENCHMARK_CAPTURE(compare_pair, doubles, Value::number(1), Value::number(2));
BENCHMARK_CAPTURE(compare_pair, int_double, Value::int32(1), Value::number(2));
BENCHMARK_CAPTURE(compare_pair, strings, Value::string("AAPL"), Value::string("AMZN"));

void key_of(benchmark::State& state, Value value) {
  std::string key;
  for (auto _ : state) {
    key.clear();
    benchmark::DoNotOptimize(value);
    append_equality_key(value, key);
    benchmark::DoNotOptimize(key.data());
  }
}
BENCHMARK_CAPTURE(key_of, int, Value::int32(1));
BENCHMARK_CAPTURE(key_of, double, Value::number(1.5));
BENCHMARK_CAPTURE(key_of, string, Value::string("AAPL"));

void key_of_document(benchmark::State& state) {
  OwnedDocument document = trade();
  std::string key;
  for (auto _ : state) {
    key.clear();
    append_equality_key(Value::object(document.view()), key);
    benchmark::DoNotOptimize(key.data());
  }
}
BENCHMARK(key_of_document);

}  // namespace
}  // namespace penstock

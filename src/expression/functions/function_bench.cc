// SPDX-License-Identifier: Apache-2.0
// Expressions and filters over slots, per row.
#include <benchmark/benchmark.h>

#include "bson/ejson.h"
#include "expression/match.h"

namespace penstock {
namespace {

constexpr std::string_view kRow = R"({"side": "buy", "price": 12.5, "quantity": 40, "low": 3})";

// A row in slots, as the decoder leaves it, and the context to evaluate in.
struct Row {
  explicit Row(const FieldNeeds& needs) : document(*parse_filter(kRow)) {
    for (const std::string& field : needs.fields())
      slots.push_back(document.view().get(field));
    context.slots = slots.data();
    context.meta = &meta;
  }
  OwnedDocument document;
  std::vector<Value> slots;
  Arena arena;
  ManualClock clock;
  RowMeta meta;
  EvalContext context{.arena = arena, .clock = clock};
};

void evaluate(benchmark::State& run, std::string_view text) {
  const OwnedDocument spec = *parse_filter("{\"v\":" + std::string(text) + "}");
  ParseContext parsing;
  const auto expression = parse_expression(spec.view().get("v"), parsing);
  FieldNeeds needs;
  (*expression)->collect_needs(needs);
  (*expression)->bind(&needs);
  Row row(needs);
  for (auto _ : run)
    benchmark::DoNotOptimize((*expression)->evaluate(row.context).ok());
}

void match(benchmark::State& run, std::string_view text) {
  const OwnedDocument spec = *parse_filter(text);
  ParseContext parsing;
  const auto filter = parse_filter_document(spec.view(), parsing);
  FieldNeeds needs;
  (*filter)->collect_needs(needs);
  (*filter)->bind(&needs);
  Row row(needs);
  for (auto _ : run)
    benchmark::DoNotOptimize((*filter)->matches(row.context).ok());
}

BENCHMARK_CAPTURE(evaluate, eq_text, R"({"$eq": ["$side", "buy"]})");
BENCHMARK_CAPTURE(evaluate, gt_int, R"({"$gt": ["$quantity", 7]})");
BENCHMARK_CAPTURE(evaluate, multiply_ints, R"({"$multiply": ["$low", "$quantity"]})");
BENCHMARK_CAPTURE(evaluate, multiply_mixed, R"({"$multiply": ["$price", "$quantity"]})");
BENCHMARK_CAPTURE(evaluate, subtract_ints, R"({"$subtract": ["$quantity", "$low"]})");
BENCHMARK_CAPTURE(evaluate, cond, R"({"$cond": [{"$eq": ["$side", "buy"]}, "$quantity", 0]})");
BENCHMARK_CAPTURE(match, eq_text, R"({"side": "buy"})");
BENCHMARK_CAPTURE(match, range_int, R"({"quantity": {"$gt": 7, "$lte": 100}})");
BENCHMARK_CAPTURE(match, in, R"({"side": {"$in": ["buy", "sell", "hold"]}})");
BENCHMARK_CAPTURE(match, regex, R"({"side": {"$regex": "^b"}})");

}  // namespace
}  // namespace penstock

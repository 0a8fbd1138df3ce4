// SPDX-License-Identifier: Apache-2.0
// $min and $max by the order of all values; null and missing do not count, the first of equal values stays
// (reference mql-semantics 13.2).
#include "bson/compare.h"
#include "expression/accumulators/kept_value.h"

namespace penstock {
namespace {

KeptValue& as_kept(void* state) { return *static_cast<KeptValue*>(state); }
const KeptValue& as_kept(const void* state) { return *static_cast<const KeptValue*>(state); }

void init(void* state) { new (state) KeptValue(); }  // Missing: nothing seen.

// `direction` 1 keeps the greatest, -1 the least.
template <int direction>
Result<int64_t> add(void* state, const Value& value) {
  if (value.is_nullish()) return 0;
  KeptValue& kept = as_kept(state);
  const Value best = kept.get();
  if (best.is_missing()) return kept.set(value);
  if (value.type() == Type::kInt && best.type() == Type::kInt) {
    const bool better = direction > 0 ? value.as_int() > best.as_int() : value.as_int() < best.as_int();
    return better ? kept.set(value) : 0;
  }
  return compare(value, best) * direction > 0 ? kept.set(value) : 0;
}

template <int direction>
Result<int64_t> merge(void* state, const void* other) {
  return add<direction>(state, as_kept(other).get());
}

void save(const void* state, std::string& to) { as_kept(state).save(to); }
Result<void> restore(void* state, std::string_view& from) { return as_kept(state).restore(from); }
void destroy(void* state) { as_kept(state).free(); }

Result<Value> result(const void* state, Arena&) {
  const Value best = as_kept(state).get();
  return best.is_missing() ? Value::null() : best;
}

constexpr Example kMaxExamples[] = {
    {R"({$max: "$x"})", R"({x: 9} {x: "a"} {x: null} {})", R"("a")"},
    {R"({$max: "$x"})", R"({x: 2} {x: 2.0})", "2"},
    {R"({$max: "$x"})", R"({x: null} {})", "null"},
};
constexpr Example kMinExamples[] = {
    {R"({$min: "$x"})", R"({x: 3} {x: 1.5} {x: null})", "1.5"},
    {R"({$min: "$x"})", R"({x: [1]} {x: "b"})", R"("b")"},
};

constexpr Accumulator kMinMaxAccumulators[] = {
    {.name = "$max",
     .summary = "The greatest value in the order of all values; null and missing do not count.",
     .state_size = sizeof(KeptValue),
     .init = init,
     .add = add<1>,
     .merge = merge<1>,
     .save = save,
     .restore = restore,
     .result = result,
     .destroy = destroy,
     .examples = kMaxExamples},
    {.name = "$min",
     .summary = "The least value in the order of all values; null and missing do not count.",
     .state_size = sizeof(KeptValue),
     .init = init,
     .add = add<-1>,
     .merge = merge<-1>,
     .save = save,
     .restore = restore,
     .result = result,
     .destroy = destroy,
     .examples = kMinExamples},
};

}  // namespace

std::span<const Accumulator> min_max_accumulators() { return kMinMaxAccumulators; }

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
// $first and $last: the value of the first or last document, whatever it is (reference mql-semantics 13.2).
#include "expression/accumulators/kept_value.h"

namespace penstock {
namespace {

struct State {
  KeptValue value;
  int64_t seen;  // 0 until the first document; its value may be missing.
};

State& as_state(void* state) { return *static_cast<State*>(state); }
const State& as_state(const void* state) { return *static_cast<const State*>(state); }

void init(void* state) { (new (state) State)->seen = 0; }

Result<int64_t> add_first(void* state, const Value& value) {
  State& first = as_state(state);
  if (first.seen != 0) return 0;
  first.seen = 1;
  return first.value.set(value);
}

Result<int64_t> add_last(void* state, const Value& value) {
  as_state(state).seen = 1;
  return as_state(state).value.set(value);
}

Result<int64_t> merge_first(void* state, const void* other) {
  return as_state(other).seen != 0 ? add_first(state, as_state(other).value.get()) : Result<int64_t>(0);
}

Result<int64_t> merge_last(void* state, const void* other) {
  return as_state(other).seen != 0 ? add_last(state, as_state(other).value.get()) : Result<int64_t>(0);
}

void save(const void* state, std::string& to) {
  save_number(static_cast<uint8_t>(as_state(state).seen), to);
  as_state(state).value.save(to);
}

Result<void> restore(void* state, std::string_view& from) {
  std::string_view rest = from;
  PS_TRY(const uint8_t seen, restore_number<uint8_t>(rest));
  if (seen > 1) return Error(ErrorCode::kFailedToParse, "a saved state starts with {}", seen);
  PS_TRY(as_state(state).value.restore(rest));
  as_state(state).seen = seen;
  from = rest;
  return {};
}

Result<Value> result(const void* state, Arena&) {
  const Value value = as_state(state).value.get();
  return value.is_missing() ? Value::null() : value;
}

void destroy(void* state) { as_state(state).value.free(); }

constexpr Example kFirstExamples[] = {
    {R"({$first: "$x"})", R"({x: 3} {x: 1})", "3"},
    {R"({$first: "$x"})", R"({} {x: 1})", "null"},
};
constexpr Example kLastExamples[] = {
    {R"({$last: "$x"})", R"({x: 3} {x: "a long text of the last document"})", R"("a long text of the last document")"},
    {R"({$last: "$x"})", R"({x: 3} {})", "null"},
};

constexpr Accumulator kFirstLastAccumulators[] = {
    {.name = "$first",
     .summary = "The value of the first document of the group; null if it is missing there.",
     .state_size = sizeof(State),
     .order_sensitive = true,
     .init = init,
     .add = add_first,
     .merge = merge_first,
     .save = save,
     .restore = restore,
     .result = result,
     .destroy = destroy,
     .examples = kFirstExamples},
    {.name = "$last",
     .summary = "The value of the last document of the group; null if it is missing there.",
     .state_size = sizeof(State),
     .order_sensitive = true,
     .init = init,
     .add = add_last,
     .merge = merge_last,
     .save = save,
     .restore = restore,
     .result = result,
     .destroy = destroy,
     .examples = kLastExamples},
};

}  // namespace

std::span<const Accumulator> first_last_accumulators() { return kFirstLastAccumulators; }

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
// Comparison operators: the total order of values, any two types (reference mql-semantics 1.2, 5).
#include "bson/compare.h"
#include "expression/functions/functions.h"

namespace penstock {
namespace {

// compare() without the call for the types that dominate.
inline int order_of(const Value& a, const Value& b) {
  if (a.type() == Type::kInt && b.type() == Type::kInt) {
    return a.as_int() < b.as_int() ? -1 : a.as_int() > b.as_int() ? 1 : 0;
  }
  return compare(a, b);
}

inline bool same(const Value& a, const Value& b) {
  if (a.type() == Type::kString && b.type() == Type::kString) return a.as_string() == b.as_string();
  if (a.type() == Type::kInt && b.type() == Type::kInt) return a.as_int() == b.as_int();
  return compare(a, b) == 0;
}

Result<Value> cmp(std::span<const Value> arguments, EvalContext&) {
  return Value::int32(order_of(arguments[0], arguments[1]));
}

bool eq(const Value& a, const Value& b) { return same(a, b); }
bool ne(const Value& a, const Value& b) { return !same(a, b); }
bool gt(const Value& a, const Value& b) { return order_of(a, b) > 0; }
bool gte(const Value& a, const Value& b) { return order_of(a, b) >= 0; }
bool lt(const Value& a, const Value& b) { return order_of(a, b) < 0; }
bool lte(const Value& a, const Value& b) { return order_of(a, b) <= 0; }

template <bool (*holds)(const Value&, const Value&)>
Result<Value> answer(std::span<const Value> arguments, EvalContext&) {
  return Value::boolean(holds(arguments[0], arguments[1]));
}

constexpr Example kCmpExamples[] = {
    {R"({$cmp: ["$a", 2.0]})", R"({a: 2})", "0"},
    {R"({$cmp: ["$a", "a"]})", R"({a: "B"})", "-1"},
    {R"({$cmp: [null, "$a"]})", R"({})", "1"},
    {R"({$cmp: ["$a"]})", R"({a: 1})", "error 16020"},
};
constexpr Example kEqExamples[] = {
    {R"({$eq: ["$side", "buy"]})", R"({side: "buy"})", "true"},
    {R"({$eq: ["$a", null]})", R"({})", "false"},
    {R"({$eq: [["$a"], "$a"]})", R"({a: 4})", "false"},
};
constexpr Example kGtExamples[] = {
    {R"({$gt: ["$a", 10]})", R"({a: 11})", "true"},
    {R"({$gt: ["$a", 10]})", R"({a: true})", "true"},
};
constexpr Example kGteExamples[] = {
    {R"({$gte: ["$a", 10]})", R"({a: 10.0})", "true"},
    {R"({$gte: ["$a", 10]})", R"({a: null})", "false"},
};
constexpr Example kLtExamples[] = {
    {R"({$lt: ["$a", 10]})", R"({a: 9})", "true"},
    {R"({$lt: ["$a", null]})", R"({})", "true"},
};
constexpr Example kLteExamples[] = {
    {R"({$lte: ["$a", 10]})", R"({a: 10})", "true"},
    {R"({$lte: ["$a", "b"]})", R"({a: "c"})", "false"},
};
constexpr Example kNeExamples[] = {
    {R"({$ne: ["$side", "buy"]})", R"({side: "sell"})", "true"},
    {R"({$ne: ["$a", 1.0]})", R"({a: 1})", "false"},
};

constexpr Function kComparisonFunctions[] = {
    {.name = "$cmp",
     .arity = Arity::exactly(2),
     .summary = "-1, 0 or 1: how the first value stands to the second in the order of all values.",
     .evaluate = cmp,
     .examples = kCmpExamples},
    {.name = "$eq",
     .arity = Arity::exactly(2),
     .summary = "True if both values are equal; numbers compare across types.",
     .evaluate = answer<eq>,
     .holds = eq,
     .examples = kEqExamples},
    {.name = "$gt",
     .arity = Arity::exactly(2),
     .summary = "True if the first value comes after the second in the order of all values.",
     .evaluate = answer<gt>,
     .holds = gt,
     .examples = kGtExamples},
    {.name = "$gte",
     .arity = Arity::exactly(2),
     .summary = "True if the first value does not come before the second.",
     .evaluate = answer<gte>,
     .holds = gte,
     .examples = kGteExamples},
    {.name = "$lt",
     .arity = Arity::exactly(2),
     .summary = "True if the first value comes before the second in the order of all values.",
     .evaluate = answer<lt>,
     .holds = lt,
     .examples = kLtExamples},
    {.name = "$lte",
     .arity = Arity::exactly(2),
     .summary = "True if the first value does not come after the second.",
     .evaluate = answer<lte>,
     .holds = lte,
     .examples = kLteExamples},
    {.name = "$ne",
     .arity = Arity::exactly(2),
     .summary = "True if the values are not equal.",
     .evaluate = answer<ne>,
     .holds = ne,
     .examples = kNeExamples},
};

}  // namespace

std::span<const Function> comparison_functions() { return kComparisonFunctions; }

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
// Bits of ints and longs (reference mql-semantics 12). An int widens to a long by its sign; any long makes a long.
#include "expression/functions/functions.h"

namespace penstock {
namespace {

bool is_whole(const Value& value) { return value.type() == Type::kInt || value.type() == Type::kLong; }

Value of_width(int64_t bits, bool any_long) {
  return any_long ? Value::int64(bits) : Value::int32(static_cast<int32_t>(bits));
}

struct Joining {
  std::string_view name;
  int64_t of_nothing;
  int64_t (*join)(int64_t, int64_t);
};

template <const Joining& kJoining>
Result<Value> join_all(std::span<const Value> arguments, EvalContext&) {
  int64_t bits = kJoining.of_nothing;
  bool any_long = false;
  for (const Value& argument : arguments) {
    if (argument.is_nullish()) return Value::null();
    if (!is_whole(argument)) {
      return Error(ErrorCode::kTypeMismatch, "{} only supports int and long operands.", kJoining.name);
    }
    any_long |= argument.type() == Type::kLong;
    bits = kJoining.join(bits, argument.as_integer());
  }
  return of_width(bits, any_long);
}

constexpr Joining kAnd{"$bitAnd", -1, [](int64_t a, int64_t b) { return a & b; }};
constexpr Joining kOr{"$bitOr", 0, [](int64_t a, int64_t b) { return a | b; }};
constexpr Joining kXor{"$bitXor", 0, [](int64_t a, int64_t b) { return a ^ b; }};

Result<Value> bit_not(std::span<const Value> arguments, EvalContext&) {
  const Value& argument = arguments[0];
  if (argument.is_nullish()) return Value::null();
  if (!argument.is_number()) {
    return Error(ErrorCode{28765}, "$bitNot only supports numeric types, not {}", type_name(argument.type()));
  }
  if (!is_whole(argument)) {
    return Error(ErrorCode::kTypeMismatch, "$bitNot only supports int and long, not: {}.", type_name(argument.type()));
  }
  return of_width(~argument.as_integer(), argument.type() == Type::kLong);
}

constexpr Example kAndExamples[] = {
    {R"({$bitAnd: ["$a", 6]})", R"({a: 3})", "2"},
    {R"({$bitAnd: []})", R"({})", "-1"},
    {R"({$bitAnd: ["$a", 6]})", R"({a: 3.0})", "error TypeMismatch"},
};
constexpr Example kNotExamples[] = {
    {R"({$bitNot: "$a"})", R"({a: 3})", "-4"},
    {R"({$bitNot: "$a"})", R"({a: "x"})", "error 28765"},
};
constexpr Example kOrExamples[] = {
    {R"({$bitOr: ["$a", 6]})", R"({a: 3})", "7"},
    {R"({$bitOr: ["$a", {$numberLong: "6"}]})", R"({a: 3})", R"({$numberLong: "7"})"},
};
constexpr Example kXorExamples[] = {
    {R"({$bitXor: ["$a", 6]})", R"({a: 3})", "5"},
    {R"({$bitXor: ["$a", 6]})", R"({a: null})", "null"},
};

constexpr Function kBitFunctions[] = {
    {.name = "$bitAnd",
     .arity = Arity::at_least(0),
     .summary = "The bits that are set in every argument; ints and longs only.",
     .evaluate = join_all<kAnd>,
     .examples = kAndExamples},
    {.name = "$bitNot",
     .arity = Arity::exactly(1),
     .summary = "Every bit turned; an int or a long.",
     .evaluate = bit_not,
     .examples = kNotExamples},
    {.name = "$bitOr",
     .arity = Arity::at_least(0),
     .summary = "The bits that are set in any argument; ints and longs only.",
     .evaluate = join_all<kOr>,
     .examples = kOrExamples},
    {.name = "$bitXor",
     .arity = Arity::at_least(0),
     .summary = "The bits that are set in an odd number of arguments; ints and longs only.",
     .evaluate = join_all<kXor>,
     .examples = kXorExamples},
};

}  // namespace

std::span<const Function> bit_functions() { return kBitFunctions; }

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
// Operators that look into arrays (reference mql-semantics 6). Those that make arrays: array_parts.cc, array_pairs.cc,
// array_order.cc; those that run an expression per element: array_each.cc.
#include "bson/compare.h"
#include "bson/number.h"
#include "expression/functions/functions.h"
#include "expression/functions/results.h"

namespace penstock {
namespace {

// compare() without the call for the types that dominate.
inline bool same(const Value& a, const Value& b) {
  if (a.type() == Type::kString && b.type() == Type::kString) return a.as_string() == b.as_string();
  if (a.type() == Type::kInt && b.type() == Type::kInt) return a.as_int() == b.as_int();
  return equal(a, b);
}

Result<Value> size(std::span<const Value> arguments, EvalContext&) {
  if (!arguments[0].is_array()) {
    return Error(ErrorCode{17124}, "The argument to $size must be an array, but was of type: {}",
                 type_name(arguments[0].type()));
  }
  return int_or_long(static_cast<int64_t>(arguments[0].as_array().count()));
}

Result<Value> is_array(std::span<const Value> arguments, EvalContext&) {
  return Value::boolean(arguments[0].is_array());
}

Result<Value> in(std::span<const Value> arguments, EvalContext&) {
  if (!arguments[1].is_array()) {
    return Error(ErrorCode{40081}, "$in requires an array as a second argument, found: {}",
                 type_name(arguments[1].type()));
  }
  for (const Element& element : arguments[1].as_array()) {
    if (same(arguments[0], element.value)) return Value::boolean(true);
  }
  return Value::boolean(false);
}

// $indexOfArray

constexpr Function kIndexOfArrayShape = {.name = "$indexOfArray", .arity = Arity::between(2, 4)};

Result<Value> evaluate_index_of_array(std::span<const ExpressionPtr> arguments, EvalContext& context) {
  constexpr int32_t kNotWhole = 9711600;
  PS_TRY(const Value array, arguments[0]->evaluate(context));
  if (array.is_nullish()) return Value::null();
  if (!array.is_array()) {
    return Error(ErrorCode{40090}, "$indexOfArray requires an array as a first argument, found: {}",
                 type_name(array.type()));
  }
  PS_TRY(const Value wanted, arguments[1]->evaluate(context));
  size_t start = 0;
  size_t end = std::string_view::npos;
  if (arguments.size() > 2) {
    PS_TRY(const Value bound, arguments[2]->evaluate(context));
    PS_TRY(start, index_bound("$indexOfArray", kNotWhole, "starting", bound));
  }
  if (arguments.size() > 3) {
    PS_TRY(const Value bound, arguments[3]->evaluate(context));
    PS_TRY(end, index_bound("$indexOfArray", kNotWhole, "ending", bound));
  }
  size_t index = 0;
  for (const Element& element : array.as_array()) {
    if (index >= end) break;
    if (index >= start && same(element.value, wanted)) return int_or_long(static_cast<int64_t>(index));
    ++index;
  }
  return Value::int32(-1);
}

// $arrayElemAt, $first, $last

// Counts from the end when negative; missing beyond either end.
Value element_at(Document array, int64_t index) {
  if (index < 0) index += static_cast<int64_t>(array.count());
  if (index < 0) return Value::missing();
  for (const Element& element : array) {
    if (index-- == 0) return element.value;
  }
  return Value::missing();
}

Result<Value> array_elem_at(std::span<const Value> arguments, EvalContext&) {
  if (arguments[0].is_nullish() || arguments[1].is_nullish()) return Value::null();
  if (!arguments[0].is_array()) {
    return Error(ErrorCode{28689}, "$arrayElemAt's first argument must be an array, but is {}",
                 type_name(arguments[0].type()));
  }
  if (!arguments[1].is_number()) {
    return Error(ErrorCode{28690}, "$arrayElemAt's second argument must be a numeric value, but is {}",
                 type_name(arguments[1].type()));
  }
  const auto index = whole_int(arguments[1]);
  if (!index) {
    return Error(ErrorCode{28691}, "$arrayElemAt's second argument must be representable as a 32-bit integer: {}",
                 double_to_text(to_double(arguments[1])));
  }
  return element_at(arguments[0].as_array(), *index);
}

Result<Value> end_of(std::string_view function, const Value& array, int index) {
  if (array.is_nullish()) return Value::null();
  if (!array.is_array()) {
    return Error(ErrorCode{28689}, "{}'s argument must be an array, but is {}", function, type_name(array.type()));
  }
  return element_at(array.as_array(), index);
}

Result<Value> first(std::span<const Value> arguments, EvalContext&) { return end_of("$first", arguments[0], 0); }
Result<Value> last(std::span<const Value> arguments, EvalContext&) { return end_of("$last", arguments[0], -1); }

constexpr Example kArrayElemAtExamples[] = {
    {R"({$arrayElemAt: ["$a", 1]})", R"({a: ["p", "q", "r"]})", R"("q")"},
    {R"({$arrayElemAt: ["$a", -1]})", R"({a: ["p", "q", "r"]})", R"("r")"},
    {R"({$arrayElemAt: ["$a", 3]})", R"({a: ["p", "q", "r"]})", "missing"},
    {R"({$arrayElemAt: ["$a", 0]})", R"({a: 5})", "error 28689"},
};
constexpr Example kFirstExamples[] = {
    {R"({$first: "$a"})", R"({a: [3, 4]})", "3"},
    {R"({$first: "$a"})", R"({a: []})", "missing"},
    {R"({$first: "$a"})", R"({a: "x"})", "error 28689"},
};
constexpr Example kInExamples[] = {
    {R"({$in: ["$side", ["buy", "sell"]]})", R"({side: "buy"})", "true"},
    {R"({$in: [1, "$a"]})", R"({a: [2, 1.0]})", "true"},
    {R"({$in: [1, "$a"]})", R"({a: 1})", "error 40081"},
};
constexpr Example kIndexOfArrayExamples[] = {
    {R"({$indexOfArray: ["$a", "q"]})", R"({a: ["p", "q"]})", "1"},
    {R"({$indexOfArray: ["$a", "q", 2]})", R"({a: ["p", "q"]})", "-1"},
    {R"({$indexOfArray: ["$a", "q"]})", R"({})", "null"},
    {R"({$indexOfArray: ["$a", "q", -1]})", R"({a: []})", "error 9711601"},
};
constexpr Example kIsArrayExamples[] = {
    {R"({$isArray: "$a"})", R"({a: []})", "true"},
    {R"({$isArray: "$a"})", R"({})", "false"},
};
constexpr Example kLastExamples[] = {
    {R"({$last: "$a"})", R"({a: [3, 4]})", "4"},
    {R"({$last: "$a"})", R"({})", "null"},
};
constexpr Example kSizeExamples[] = {
    {R"({$size: "$a"})", R"({a: ["x", "y"]})", "2"},
    {R"({$size: "$a"})", R"({})", "error 17124"},
};

constexpr Function kArrayFunctions[] = {
    {.name = "$arrayElemAt",
     .arity = Arity::exactly(2),
     .summary = "The element at an index, from the end when it is negative; missing when there is none.",
     .evaluate = array_elem_at,
     .examples = kArrayElemAtExamples},
    {.name = "$first",
     .arity = Arity::exactly(1),
     .summary = "The first element of an array; missing when it is empty.",
     .evaluate = first,
     .examples = kFirstExamples},
    {.name = "$in",
     .arity = Arity::exactly(2),
     .summary = "True if the array contains a value that equals the first argument.",
     .evaluate = in,
     .examples = kInExamples},
    {.name = "$indexOfArray",
     .arity = Arity::between(2, 4),
     .summary = "The first index of a value in an array, optionally between two indexes; -1 if it is not there.",
     .parse = parse_lazily<kIndexOfArrayShape, evaluate_index_of_array>,
     .examples = kIndexOfArrayExamples},
    {.name = "$isArray",
     .arity = Arity::exactly(1),
     .summary = "True if the argument is an array.",
     .evaluate = is_array,
     .examples = kIsArrayExamples},
    {.name = "$last",
     .arity = Arity::exactly(1),
     .summary = "The last element of an array; missing when it is empty.",
     .evaluate = last,
     .examples = kLastExamples},
    {.name = "$size",
     .arity = Arity::exactly(1),
     .summary = "The number of elements of an array.",
     .evaluate = size,
     .examples = kSizeExamples},
};

}  // namespace

std::span<const Function> array_functions() { return kArrayFunctions; }

}  // namespace penstock

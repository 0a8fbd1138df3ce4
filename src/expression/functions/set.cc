// SPDX-License-Identifier: Apache-2.0
// Set operators (reference mql-semantics 7): arrays as sets of values by the order of all values. Only the top level is
// a set; nested arrays are elements. Of equal values the first one stays.
#include <algorithm>

#include "bson/compare.h"
#include "expression/functions/functions.h"
#include "expression/functions/results.h"

namespace penstock {
namespace {

bool less(const Value& a, const Value& b) { return compare(a, b) < 0; }

// Sorts, equal values in the order they came in, and drops all but the first of them.
void make_set(std::vector<Value>& values) {
  std::stable_sort(values.begin(), values.end(), less);
  values.erase(std::unique(values.begin(), values.end(), equal), values.end());
}

std::vector<Value> set_of(Document array) {
  std::vector<Value> values = elements_of(array);
  make_set(values);
  return values;
}

bool contains(const std::vector<Value>& set, const Value& value) {
  return std::binary_search(set.begin(), set.end(), value, less);
}

Value array_of(const std::vector<Value>& values, Arena& arena) {
  ArrayBuilder array;
  for (const Value& value : values)
    array.append(value);
  return Value::array(array.finish_in(arena));
}

// $setUnion, $setIntersection: a null ends them before what follows is looked at.

constexpr Function kUnionShape = {.name = "$setUnion", .arity = Arity::at_least(0)};
constexpr Function kIntersectionShape = {.name = "$setIntersection", .arity = Arity::at_least(0)};

Error not_an_array(ErrorCode code, std::string_view function, const Value& found) {
  return Error(code, "All operands of {} must be arrays. One argument is of type: {}", function,
               type_name(found.type()));
}

Result<Value> evaluate_union(std::span<const ExpressionPtr> arguments, EvalContext& context) {
  std::vector<Value> all;
  size_t bytes = 0;
  for (const ExpressionPtr& argument : arguments) {
    PS_TRY(const Value part, argument->evaluate(context));
    if (part.is_nullish()) return Value::null();
    if (!part.is_array()) return not_an_array(ErrorCode{17043}, "$setUnion", part);
    bytes += part.bytes().size();
    if (bytes > kContainerBytesMax) return container_too_large("$setUnion");
    for (const Element& element : part.as_array())
      all.push_back(element.value);
  }
  make_set(all);
  return array_of(all, context.arena);
}

Result<Value> evaluate_intersection(std::span<const ExpressionPtr> arguments, EvalContext& context) {
  std::vector<Value> common;
  bool first = true;
  for (const ExpressionPtr& argument : arguments) {
    PS_TRY(const Value part, argument->evaluate(context));
    if (part.is_nullish()) return Value::null();
    if (!part.is_array()) return not_an_array(ErrorCode{17047}, "$setIntersection", part);
    std::vector<Value> set = set_of(part.as_array());
    if (first) {
      common = std::move(set);
    } else {
      std::erase_if(common, [&](const Value& value) { return !contains(set, value); });
    }
    first = false;
  }
  return array_of(common, context.arena);
}

// $setDifference

Result<Value> difference(std::span<const Value> arguments, EvalContext& context) {
  if (arguments[0].is_nullish() || arguments[1].is_nullish()) return Value::null();
  for (size_t i = 0; i < 2; ++i) {
    if (arguments[i].is_array()) continue;
    return Error(ErrorCode{17048 + static_cast<int32_t>(i)},
                 "both operands of $setDifference must be arrays. {} argument is of type: {}",
                 i == 0 ? "First" : "Second", type_name(arguments[i].type()));
  }
  const std::vector<Value> values = elements_of(arguments[0].as_array());
  const std::vector<Value> without = set_of(arguments[1].as_array());
  // Which element is the first of its equals.
  std::vector<size_t> order(values.size());
  for (size_t i = 0; i < order.size(); ++i)
    order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return less(values[a], values[b]); });
  std::vector<bool> first(values.size());
  for (size_t i = 0; i < order.size(); ++i)
    first[order[i]] = i == 0 || !equal(values[order[i - 1]], values[order[i]]);
  ArrayBuilder rest;
  for (size_t i = 0; i < values.size(); ++i) {
    if (first[i] && !contains(without, values[i])) rest.append(values[i]);
  }
  return Value::array(rest.finish_in(context.arena));
}

// $setEquals

constexpr Function kEqualsShape = {.name = "$setEquals", .arity = Arity::at_least(2)};

Error operand_of_equals(ErrorCode code, size_t index, const Value& found) {
  return Error(code, "All operands of $setEquals must be arrays. {}-th argument is of type: {}", index + 1,
               type_name(found.type()));
}

Result<Value> evaluate_equals(std::span<const ExpressionPtr> arguments, EvalContext& context) {
  std::vector<Value> wanted;
  for (size_t i = 0; i < arguments.size(); ++i) {
    PS_TRY(const Value operand, arguments[i]->evaluate(context));
    if (!operand.is_array()) return operand_of_equals(ErrorCode{17044}, i, operand);
    std::vector<Value> set = set_of(operand.as_array());
    if (i == 0) {
      wanted = std::move(set);
    } else if (!std::equal(wanted.begin(), wanted.end(), set.begin(), set.end(), equal)) {
      return Value::boolean(false);
    }
  }
  return Value::boolean(true);
}

Result<ExpressionPtr> parse_equals(const Value& argument, ParseContext& context) {
  const size_t count = argument.is_array() ? argument.as_array().count() : 1;
  if (count < 2) return Error(ErrorCode{17045}, "$setEquals needs at least two arguments had: {}", count);
  PS_TRY(std::vector<ExpressionPtr> arguments, parse_arguments(kEqualsShape, argument, context));
  for (size_t i = 0; i < arguments.size(); ++i) {
    const Value* constant = arguments[i]->constant();
    if (constant != nullptr && !constant->is_array()) return operand_of_equals(ErrorCode{5887502}, i, *constant);
  }
  return make_lazy("$setEquals", evaluate_equals, std::move(arguments));
}

// $setIsSubset

Result<Value> is_subset(std::span<const Value> arguments, EvalContext&) {
  constexpr ErrorCode kCodes[] = {ErrorCode{17046}, ErrorCode{17042}};
  for (size_t i = 0; i < 2; ++i) {
    if (arguments[i].is_array()) continue;
    return Error(kCodes[i], "both operands of $setIsSubset must be arrays. {} argument is of type: {}",
                 i == 0 ? "First" : "Second", type_name(arguments[i].type()));
  }
  const std::vector<Value> set = set_of(arguments[1].as_array());
  for (const Element& element : arguments[0].as_array()) {
    if (!contains(set, element.value)) return Value::boolean(false);
  }
  return Value::boolean(true);
}

// $allElementsTrue, $anyElementTrue

Result<Value> all_elements_true(std::span<const Value> arguments, EvalContext&) {
  if (!arguments[0].is_array()) {
    return Error(ErrorCode{17040}, "$allElementsTrue's argument must be an array, but is {}",
                 type_name(arguments[0].type()));
  }
  for (const Element& element : arguments[0].as_array()) {
    if (!is_true(element.value)) return Value::boolean(false);
  }
  return Value::boolean(true);
}

Result<Value> any_element_true(std::span<const Value> arguments, EvalContext&) {
  if (!arguments[0].is_array()) {
    return Error(ErrorCode{17041}, "$anyElementTrue's argument must be an array, but is {}",
                 type_name(arguments[0].type()));
  }
  for (const Element& element : arguments[0].as_array()) {
    if (is_true(element.value)) return Value::boolean(true);
  }
  return Value::boolean(false);
}

constexpr Example kAllElementsTrueExamples[] = {
    {R"({$allElementsTrue: "$a"})", R"({a: [1, "", true]})", "true"},
    {R"({$allElementsTrue: "$a"})", R"({a: [1, 0]})", "false"},
    {R"({$allElementsTrue: "$a"})", R"({})", "error 17040"},
};
constexpr Example kAnyElementTrueExamples[] = {
    {R"({$anyElementTrue: "$a"})", R"({a: [0, null, 5]})", "true"},
    {R"({$anyElementTrue: "$a"})", R"({a: []})", "false"},
    {R"({$anyElementTrue: "$a"})", R"({a: 1})", "error 17041"},
};
constexpr Example kSetDifferenceExamples[] = {
    {R"({$setDifference: ["$a", "$b"]})", R"({a: [4, 4, 1, 3], b: [1.0]})", "[4, 3]"},
    {R"({$setDifference: ["$a", "$b"]})", R"({a: [4]})", "null"},
    {R"({$setDifference: ["$a", "$b"]})", R"({a: [4], b: 4})", "error 17049"},
};
constexpr Example kSetEqualsExamples[] = {
    {R"({$setEquals: ["$a", "$b"]})", R"({a: [1, 1, 2], b: [2, 1]})", "true"},
    {R"({$setEquals: ["$a", "$b"]})", R"({a: [[1]], b: [1]})", "false"},
    {R"({$setEquals: ["$a", "$b"]})", R"({a: [1]})", "error 17044"},
};
constexpr Example kSetIntersectionExamples[] = {
    {R"({$setIntersection: ["$a", "$b"]})", R"({a: ["c", "a", "b"], b: ["b", "c", "d"]})", R"(["b", "c"])"},
    {R"({$setIntersection: ["$a", "$b"]})", R"({a: [1], b: null})", "null"},
};
constexpr Example kSetIsSubsetExamples[] = {
    {R"({$setIsSubset: ["$a", "$b"]})", R"({a: [1, 1], b: [2, 1]})", "true"},
    {R"({$setIsSubset: ["$a", "$b"]})", R"({a: [1], b: null})", "error 17042"},
};
constexpr Example kSetUnionExamples[] = {
    {R"({$setUnion: ["$a", "$b"]})", R"({a: ["b", "a"], b: ["a", 3]})", R"([3, "a", "b"])"},
    {R"({$setUnion: ["$a", "$b"]})", R"({a: ["b"]})", "null"},
    {R"({$setUnion: ["$a", "$b"]})", R"({a: ["b"], b: "a"})", "error 17043"},
};

constexpr Function kSetFunctions[] = {
    {.name = "$allElementsTrue",
     .arity = Arity::exactly(1),
     .summary = "True if no element of the array is false, zero, null or undefined.",
     .evaluate = all_elements_true,
     .examples = kAllElementsTrueExamples},
    {.name = "$anyElementTrue",
     .arity = Arity::exactly(1),
     .summary = "True if an element of the array is something else than false, zero, null or undefined.",
     .evaluate = any_element_true,
     .examples = kAnyElementTrueExamples},
    {.name = "$setDifference",
     .arity = Arity::exactly(2),
     .summary = "What is in the first array and not in the second, in the order of the first.",
     .evaluate = difference,
     .examples = kSetDifferenceExamples},
    {.name = "$setEquals",
     .arity = Arity::at_least(2),
     .summary = "True if all arrays hold the same values, no matter how often and in which order.",
     .parse = parse_equals,
     .examples = kSetEqualsExamples},
    {.name = "$setIntersection",
     .arity = Arity::at_least(0),
     .summary = "The values that are in all arrays, in the order of all values.",
     .parse = parse_lazily<kIntersectionShape, evaluate_intersection>,
     .examples = kSetIntersectionExamples},
    {.name = "$setIsSubset",
     .arity = Arity::exactly(2),
     .summary = "True if every value of the first array is in the second.",
     .evaluate = is_subset,
     .examples = kSetIsSubsetExamples},
    {.name = "$setUnion",
     .arity = Arity::at_least(0),
     .summary = "The values that are in any of the arrays, in the order of all values.",
     .parse = parse_lazily<kUnionShape, evaluate_union>,
     .examples = kSetUnionExamples},
};

}  // namespace

std::span<const Function> set_functions() { return kSetFunctions; }

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
// Operators that make arrays of (parts of) others (reference mql-semantics 6): $concatArrays, $range, $reverseArray,
// $slice.
#include <algorithm>

#include "bson/number.h"
#include "expression/functions/functions.h"
#include "expression/functions/results.h"

namespace penstock {
namespace {

// $concatArrays

constexpr Function kConcatArraysShape = {.name = "$concatArrays", .arity = Arity::at_least(0)};

Result<Value> evaluate_concat_arrays(std::span<const ExpressionPtr> arguments, EvalContext& context) {
  ArrayResult joined("$concatArrays");
  for (const ExpressionPtr& argument : arguments) {
    PS_TRY(const Value part, argument->evaluate(context));
    if (part.is_nullish()) return Value::null();
    if (!part.is_array()) {
      return Error(ErrorCode{28664}, "$concatArrays only supports arrays, not {}", type_name(part.type()));
    }
    for (const Element& element : part.as_array())
      PS_TRY(joined.append(element.value));
  }
  return joined.finish(context.arena);
}

// $range

// `code`: not a number; the next one: not of 32 bits.
Result<int64_t> range_bound(const Value& value, std::string_view what, int32_t code) {
  if (!value.is_number()) {
    return Error(ErrorCode{code}, "$range requires a numeric {} value, found value of type: {}", what,
                 type_name(value.type()));
  }
  const auto n = whole_int(value);
  if (!n) {
    return Error(ErrorCode{code + 1}, "$range requires a {} value that can be represented as a 32-bit integer", what);
  }
  return int64_t{*n};
}

Result<Value> range(std::span<const Value> arguments, EvalContext& context) {
  // What MongoDB counts for an element, so that the longest range is the same.
  constexpr int64_t kElementBytes = 16;
  constexpr int64_t kBaseBytes = 40;
  PS_TRY(const int64_t start, range_bound(arguments[0], "starting", 34443));
  PS_TRY(const int64_t end, range_bound(arguments[1], "ending", 34445));
  int64_t step = 1;
  if (arguments.size() > 2) {
    PS_TRY(step, range_bound(arguments[2], "step", 34447));
  }
  if (step == 0) return Error(ErrorCode{34449}, "$range requires a non-zero step value");
  const int64_t span = step > 0 ? end - start : start - end;
  const int64_t stride = step > 0 ? step : -step;
  const int64_t count = span <= 0 ? 0 : (span + stride - 1) / stride;
  const int64_t bytes = count * kElementBytes + kBaseBytes;
  if (bytes > static_cast<int64_t>(kContainerBytesMax)) {
    return Error(ErrorCode{146},
                 "$range would use too much memory ({} bytes) and cannot spill to disk. Memory limit: {} bytes", bytes,
                 kContainerBytesMax);
  }
  ArrayBuilder numbers;
  for (int64_t i = 0; i < count; ++i)
    numbers.append(Value::int32(static_cast<int32_t>(start + i * step)));
  return Value::array(numbers.finish_in(context.arena));
}

// $reverseArray

Result<Value> reverse_array(std::span<const Value> arguments, EvalContext& context) {
  if (arguments[0].is_nullish()) return Value::null();
  if (!arguments[0].is_array()) {
    return Error(ErrorCode{34435}, "The argument to $reverseArray must be an array, but was of type: {}",
                 type_name(arguments[0].type()));
  }
  const std::vector<Value> elements = elements_of(arguments[0].as_array());
  ArrayBuilder reversed;
  for (size_t i = elements.size(); i-- > 0;)
    reversed.append(elements[i]);
  return Value::array(reversed.finish_in(context.arena));
}

// $slice

// `code`: not a number; the next one: not of 32 bits.
Result<int64_t> slice_bound(const Value& value, std::string_view which, int32_t code) {
  if (!value.is_number()) {
    return Error(ErrorCode{code}, "{} argument to $slice must be a numeric value, but is of type: {}", which,
                 type_name(value.type()));
  }
  const auto n = whole_int(value);
  if (!n) {
    return Error(ErrorCode{code + 1}, "{} argument to $slice can't be represented as a 32-bit integer: {}", which,
                 double_to_text(to_double(value)));
  }
  return int64_t{*n};
}

Value part_of(Document array, int64_t from, int64_t count, Arena& arena) {
  ArrayBuilder part;
  int64_t index = 0;
  for (const Element& element : array) {
    if (index >= from + count) break;
    if (index++ >= from) part.append(element.value);
  }
  return Value::array(part.finish_in(arena));
}

Result<Value> slice(std::span<const Value> arguments, EvalContext& context) {
  if (arguments[0].is_nullish() || arguments[1].is_nullish()) return Value::null();
  if (!arguments[0].is_array()) {
    return Error(ErrorCode{28724}, "First argument to $slice must be an array, but is of type: {}",
                 type_name(arguments[0].type()));
  }
  const Document array = arguments[0].as_array();
  PS_TRY(const int64_t first, slice_bound(arguments[1], "Second", 28725));
  // Only what is negative needs the number of elements.
  const int64_t from_end = first < 0 ? std::max<int64_t>(0, static_cast<int64_t>(array.count()) + first) : 0;
  if (arguments.size() == 2) {
    return first < 0 ? part_of(array, from_end, -first, context.arena) : part_of(array, 0, first, context.arena);
  }
  if (arguments[2].is_nullish()) return Value::null();
  PS_TRY(const int64_t count, slice_bound(arguments[2], "Third", 28727));
  if (count <= 0) return Error(ErrorCode{28729}, "Third argument to $slice must be positive: {}", count);
  return part_of(array, first < 0 ? from_end : first, count, context.arena);
}

constexpr Example kConcatArraysExamples[] = {
    {R"({$concatArrays: ["$a", [9]]})", R"({a: [1, 2]})", "[1, 2, 9]"},
    {R"({$concatArrays: ["$a", [9]]})", R"({})", "null"},
    {R"({$concatArrays: ["$a", [9]]})", R"({a: 1})", "error 28664"},
};
constexpr Example kRangeExamples[] = {
    {R"({$range: [0, "$n"]})", R"({n: 3})", "[0, 1, 2]"},
    {R"({$range: [5, 0, -2]})", R"({})", "[5, 3, 1]"},
    {R"({$range: [0, 5, 0]})", R"({})", "error 34449"},
};
constexpr Example kReverseArrayExamples[] = {
    {R"({$reverseArray: "$a"})", R"({a: [1, [2, 3]]})", "[[2, 3], 1]"},
    {R"({$reverseArray: "$a"})", R"({a: 5})", "error 34435"},
};
constexpr Example kSliceExamples[] = {
    {R"({$slice: ["$a", 2]})", R"({a: ["p", "q", "r"]})", R"(["p", "q"])"},
    {R"({$slice: ["$a", -2]})", R"({a: ["p", "q", "r"]})", R"(["q", "r"])"},
    {R"({$slice: ["$a", 1, 1]})", R"({a: ["p", "q", "r"]})", R"(["q"])"},
    {R"({$slice: ["$a", 1, 0]})", R"({a: ["p"]})", "error 28729"},
};

constexpr Function kArrayPartsFunctions[] = {
    {.name = "$concatArrays",
     .arity = Arity::at_least(0),
     .summary = "The elements of all arrays in one; null if one of them is null or missing.",
     .parse = parse_lazily<kConcatArraysShape, evaluate_concat_arrays>,
     .examples = kConcatArraysExamples},
    {.name = "$range",
     .arity = Arity::between(2, 3),
     .summary = "The whole numbers from the first to below the second, optionally by a step.",
     .evaluate = range,
     .examples = kRangeExamples},
    {.name = "$reverseArray",
     .arity = Arity::exactly(1),
     .summary = "The elements from the last to the first.",
     .evaluate = reverse_array,
     .examples = kReverseArrayExamples},
    {.name = "$slice",
     .arity = Arity::between(2, 3),
     .summary = "The first n elements, the last n when negative, or n elements from a position on.",
     .evaluate = slice,
     .examples = kSliceExamples},
};

}  // namespace

std::span<const Function> array_parts_functions() { return kArrayPartsFunctions; }

}  // namespace penstock

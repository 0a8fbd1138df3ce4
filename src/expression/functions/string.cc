// SPDX-License-Identifier: Apache-2.0
// Operators that join, measure, cut and fold strings (reference mql-semantics 8). Searching: string_search.cc.
#include <algorithm>
#include <cmath>
#include <limits>

#include "bson/number.h"
#include "expression/functions/functions.h"
#include "expression/functions/results.h"

namespace penstock {
namespace {

// Only ASCII letters have a case here.
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }
char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c; }

// $concat

constexpr Function kConcatShape = {.name = "$concat", .arity = Arity::at_least(0)};

// A null ends it: arguments behind it are not evaluated.
Result<Value> evaluate_concat(std::span<const ExpressionPtr> arguments, EvalContext& context) {
  constexpr size_t kOnStack = 8;
  std::string_view few[kOnStack];
  std::string_view* parts = few;
  if (arguments.size() > kOnStack) {
    parts = reinterpret_cast<std::string_view*>(context.arena.allocate(arguments.size() * sizeof(std::string_view)));
  }
  size_t size = 0;
  for (size_t i = 0; i < arguments.size(); ++i) {
    Value part;
    PS_TRY(evaluate_into(*arguments[i], context, part));
    if (part.is_nullish()) return Value::null();
    if (!part.is_string()) {
      return Error(ErrorCode{16702}, "$concat only supports strings, not {}", type_name(part.type()));
    }
    parts[i] = part.as_string();
    size += parts[i].size();
    if (size > kStringBytesMax) return string_too_long();
  }
  char* const text = context.arena.allocate(size);
  char* to = text;
  for (const std::string_view part : std::span(parts, arguments.size()))
    to = std::copy(part.begin(), part.end(), to);
  return Value::string({text, size});
}

// Case

Result<Value> folded(const Value& value, char (*fold)(char), EvalContext& context) {
  PS_TRY(const std::string_view text, text_of(value, context.arena));
  char* const to = context.arena.allocate(text.size());
  std::transform(text.begin(), text.end(), to, fold);
  return Value::string({to, text.size()});
}

Result<Value> to_lower(std::span<const Value> arguments, EvalContext& context) {
  return folded(arguments[0], lower, context);
}

Result<Value> to_upper(std::span<const Value> arguments, EvalContext& context) {
  return folded(arguments[0], upper, context);
}

Result<Value> strcasecmp(std::span<const Value> arguments, EvalContext& context) {
  PS_TRY(const std::string_view a, text_of(arguments[0], context.arena));
  PS_TRY(const std::string_view b, text_of(arguments[1], context.arena));
  const size_t common = std::min(a.size(), b.size());
  for (size_t i = 0; i < common; ++i) {
    const auto left = static_cast<unsigned char>(upper(a[i]));
    const auto right = static_cast<unsigned char>(upper(b[i]));
    if (left != right) return Value::int32(left < right ? -1 : 1);
  }
  return Value::int32(a.size() < b.size() ? -1 : a.size() > b.size() ? 1 : 0);
}

// Lengths

Result<Value> str_len_bytes(std::span<const Value> arguments, EvalContext&) {
  if (!arguments[0].is_string()) {
    return Error(ErrorCode{34473}, "$strLenBytes requires a string argument, found: {}",
                 type_name(arguments[0].type()));
  }
  return int_or_long(static_cast<int64_t>(arguments[0].as_string().size()));
}

Result<Value> str_len_cp(std::span<const Value> arguments, EvalContext&) {
  if (!arguments[0].is_string()) {
    return Error(ErrorCode{34471}, "$strLenCP requires a string argument, found: {}", type_name(arguments[0].type()));
  }
  return int_or_long(static_cast<int64_t>(count_code_points(arguments[0].as_string())));
}

// $substrBytes

// Doubles are cut, decimals rounded half to even, and one that no long can hold is the least long: so it was measured.
Result<int64_t> to_long(const Value& number, Arena& arena) {
  if (number.type() == Type::kDouble) {
    const double d = number.as_double();
    if (!(std::fabs(d) < 0x1p63)) {
      return Error(ErrorCode{31109}, "Can't coerce out of range value {} to long", double_to_text(d));
    }
    return static_cast<int64_t>(d);
  }
  if (number.type() != Type::kDecimal) return number.as_integer();
  const auto rounded = round_number(number, 0, arena);
  const auto whole = rounded.ok() ? to_integral(*rounded) : std::nullopt;
  return whole.value_or(std::numeric_limits<int64_t>::min());
}

Result<Value> substr_bytes(std::span<const Value> arguments, EvalContext& context) {
  PS_TRY(const std::string_view text, text_of(arguments[0], context.arena));
  if (!arguments[1].is_number()) {
    return Error(ErrorCode{16034}, "$substrBytes:  starting index must be a numeric type (is BSON type {})",
                 type_name(arguments[1].type()));
  }
  if (!arguments[2].is_number()) {
    return Error(ErrorCode{16035}, "$substrBytes:  length must be a numeric type (is BSON type {})",
                 type_name(arguments[2].type()));
  }
  PS_TRY(const int64_t from, to_long(arguments[1], context.arena));
  PS_TRY(const int64_t length, to_long(arguments[2], context.arena));
  if (from < 0) {
    return Error(ErrorCode{50752}, "$substrBytes:  starting index must be non-negative (got: {})", from);
  }
  const auto begin = static_cast<size_t>(from);
  if (begin >= text.size()) return Value::string("");
  if (is_continuation_byte(text[begin])) {
    return Error(ErrorCode{28656}, "$substrBytes:  Invalid range, starting index is a UTF-8 continuation byte.");
  }
  const size_t rest = text.size() - begin;
  if (length < 0 || static_cast<size_t>(length) >= rest) return Value::string(text.substr(begin));
  const auto size = static_cast<size_t>(length);
  if (is_continuation_byte(text[begin + size])) {
    return Error(ErrorCode{28657}, "$substrBytes:  Invalid range, ending index is in the middle of a UTF-8 character.");
  }
  return Value::string(text.substr(begin, size));
}

// $substrCP

// `code`: not a number; the next one: not of 32 bits.
Result<int32_t> cp_index(const Value& value, std::string_view what, int32_t code) {
  if (!value.is_number()) {
    return Error(ErrorCode{code}, "$substrCP: {} must be a numeric type (is BSON type {})", what,
                 type_name(value.type()));
  }
  const auto n = whole_int(value);
  if (!n) {
    return Error(ErrorCode{code + 1}, "$substrCP: {} cannot be represented as a 32-bit integral value", what);
  }
  return *n;
}

// The bytes that `count` code points from byte `from` on take.
size_t bytes_of_code_points(std::string_view text, size_t from, int32_t count) {
  size_t at = from;
  for (int32_t i = 0; i < count && at < text.size(); ++i)
    at += code_point_bytes(text[at]);
  return std::min(at, text.size()) - from;
}

Result<Value> substr_cp(std::span<const Value> arguments, EvalContext& context) {
  PS_TRY(const std::string_view text, text_of(arguments[0], context.arena));
  PS_TRY(const int32_t start, cp_index(arguments[1], "starting index", 34450));
  PS_TRY(const int32_t length, cp_index(arguments[2], "length", 34452));
  if (length < 0) return Error(ErrorCode{34454}, "$substrCP: length must be a nonnegative integer.");
  if (start < 0) return Error(ErrorCode{34455}, "$substrCP: the starting index must be nonnegative integer.");
  const size_t begin = bytes_of_code_points(text, 0, start);
  return Value::string(text.substr(begin, bytes_of_code_points(text, begin, length)));
}

constexpr Example kConcatExamples[] = {
    {R"({$concat: ["$a", "-", "$b"]})", R"({a: "x", b: "y"})", R"("x-y")"},
    {R"({$concat: ["$a", "!"]})", R"({})", "null"},
    {R"({$concat: ["$a", 1]})", R"({a: "x"})", "error 16702"},
};
constexpr Example kStrLenBytesExamples[] = {
    {R"({$strLenBytes: "$a"})", R"({a: "ñu"})", "3"},
    {R"({$strLenBytes: "$a"})", R"({})", "error 34473"},
};
constexpr Example kStrLenCpExamples[] = {
    {R"({$strLenCP: "$a"})", R"({a: "ñu"})", "2"},
    {R"({$strLenCP: "$a"})", R"({a: null})", "error 34471"},
};
constexpr Example kStrcasecmpExamples[] = {
    {R"({$strcasecmp: ["$a", "BUY"]})", R"({a: "buy"})", "0"},
    {R"({$strcasecmp: ["$a", "b"]})", R"({a: "C"})", "1"},
    {R"({$strcasecmp: ["$a", "b"]})", R"({a: true})", "error 16007"},
};
constexpr Example kSubstrExamples[] = {
    {R"({$substr: ["$a", 0, 3]})", R"({a: "stream"})", R"("str")"},
};
constexpr Example kSubstrBytesExamples[] = {
    {R"({$substrBytes: ["$a", 1, 2]})", R"({a: "stream"})", R"("tr")"},
    {R"({$substrBytes: ["$a", 1, -1]})", R"({a: "stream"})", R"("tream")"},
    {R"({$substrBytes: ["$a", 1, 1]})", R"({a: "año"})", "error 28657"},
};
constexpr Example kSubstrCpExamples[] = {
    {R"({$substrCP: ["$a", 1, 2]})", R"({a: "añil"})", R"("ñi")"},
    {R"({$substrCP: ["$a", 1, 2]})", R"({})", R"("")"},
    {R"({$substrCP: ["$a", 1, -1]})", R"({a: "añil"})", "error 34454"},
};
constexpr Example kToLowerExamples[] = {
    {R"({$toLower: "$a"})", R"({a: "BUY 5"})", R"("buy 5")"},
    {R"({$toLower: "$a"})", R"({})", R"("")"},
    {R"({$toLower: "$a"})", R"({a: 12.0})", R"("12")"},
    {R"({$toLower: "$a"})", R"({a: true})", "error 16007"},
};
constexpr Example kToUpperExamples[] = {
    {R"({$toUpper: "$a"})", R"({a: "ñandú"})", R"("ñANDú")"},
    {R"({$toUpper: "$a"})", R"({a: ["x"]})", "error 16007"},
};

constexpr Function kStringFunctions[] = {
    {.name = "$concat",
     .arity = Arity::at_least(0),
     .summary = "Joins strings; null if one of them is null or missing.",
     .parse = parse_lazily<kConcatShape, evaluate_concat>,
     .examples = kConcatExamples},
    {.name = "$strLenBytes",
     .arity = Arity::exactly(1),
     .summary = "The length of a string in bytes of UTF-8.",
     .evaluate = str_len_bytes,
     .examples = kStrLenBytesExamples},
    {.name = "$strLenCP",
     .arity = Arity::exactly(1),
     .summary = "The length of a string in code points.",
     .evaluate = str_len_cp,
     .examples = kStrLenCpExamples},
    {.name = "$strcasecmp",
     .arity = Arity::exactly(2),
     .summary = "-1, 0 or 1: how the first string stands to the second without regard to the case of ASCII letters.",
     .evaluate = strcasecmp,
     .examples = kStrcasecmpExamples},
    {.name = "$substr",
     .arity = Arity::exactly(3),
     .summary = "The same as $substrBytes.",
     .evaluate = substr_bytes,
     .examples = kSubstrExamples},
    {.name = "$substrBytes",
     .arity = Arity::exactly(3),
     .summary = "A part of a string by first byte and number of bytes; a negative number: to the end.",
     .evaluate = substr_bytes,
     .examples = kSubstrBytesExamples},
    {.name = "$substrCP",
     .arity = Arity::exactly(3),
     .summary = "A part of a string by first code point and number of code points.",
     .evaluate = substr_cp,
     .examples = kSubstrCpExamples},
    {.name = "$toLower",
     .arity = Arity::exactly(1),
     .summary = "The text with its ASCII letters in lower case; numbers and dates count as text.",
     .evaluate = to_lower,
     .examples = kToLowerExamples},
    {.name = "$toUpper",
     .arity = Arity::exactly(1),
     .summary = "The text with its ASCII letters in upper case; numbers and dates count as text.",
     .evaluate = to_upper,
     .examples = kToUpperExamples},
};

}  // namespace

std::span<const Function> string_functions() { return kStringFunctions; }

}  // namespace penstock

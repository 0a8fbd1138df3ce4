// SPDX-License-Identifier: Apache-2.0
// Operators that look for literal text in strings (reference mql-semantics 8): $indexOf..., $split, $replace..., $trim.
#include <algorithm>

#include "bson/ejson.h"
#include "bson/number.h"
#include "expression/functions/functions.h"
#include "expression/functions/results.h"

namespace penstock {
namespace {

// $indexOfBytes, $indexOfCP

constexpr Function kIndexOfBytesShape = {.name = "$indexOfBytes", .arity = Arity::between(2, 4)};
constexpr Function kIndexOfCpShape = {.name = "$indexOfCP", .arity = Arity::between(2, 4)};

// What both operators are asked: find `token` in `text` between the indexes `start` and `end`.
struct IndexQuestion {
  std::string_view text;
  std::string_view token;
  size_t start = 0;
  size_t end = std::string_view::npos;
};

// `code`: the first argument is no string; the next one: the second is none. Empty: the text is null.
Result<std::optional<IndexQuestion>> index_question(std::string_view function, int32_t code,
                                                    std::span<const ExpressionPtr> arguments, EvalContext& context) {
  PS_TRY(const Value text, arguments[0]->evaluate(context));
  if (text.is_nullish()) return std::optional<IndexQuestion>();
  if (!text.is_string()) {
    return Error(ErrorCode{code}, "{} requires a string as the first argument, found: {}", function,
                 type_name(text.type()));
  }
  PS_TRY(const Value token, arguments[1]->evaluate(context));
  if (!token.is_string()) {
    return Error(ErrorCode{code + 1}, "{} requires a string as the second argument, found: {}", function,
                 type_name(token.type()));
  }
  IndexQuestion question{.text = text.as_string(), .token = token.as_string()};
  if (arguments.size() > 2) {
    PS_TRY(const Value start, arguments[2]->evaluate(context));
    PS_TRY(question.start, index_bound(function, 40096, "starting", start));
  }
  if (arguments.size() > 3) {
    PS_TRY(const Value end, arguments[3]->evaluate(context));
    PS_TRY(question.end, index_bound(function, 40096, "ending", end));
  }
  return std::optional(question);
}

Result<Value> evaluate_index_of_bytes(std::span<const ExpressionPtr> arguments, EvalContext& context) {
  PS_TRY(const std::optional<IndexQuestion> question, index_question("$indexOfBytes", 40091, arguments, context));
  if (!question) return Value::null();
  if (question->start > question->text.size() || question->end < question->start) return Value::int32(-1);
  const size_t found = question->text.substr(0, question->end).find(question->token, question->start);
  return found == std::string_view::npos ? Value::int32(-1) : int_or_long(static_cast<int64_t>(found));
}

// A match counts if it starts before `end`, and an empty token is found at characters only, so not behind the last
// one: other than in $indexOfBytes, as measured.
Result<Value> evaluate_index_of_cp(std::span<const ExpressionPtr> arguments, EvalContext& context) {
  PS_TRY(const std::optional<IndexQuestion> question, index_question("$indexOfCP", 40093, arguments, context));
  if (!question) return Value::null();
  const auto [text, token, start, end] = *question;
  if (text.empty() && token.empty()) return Value::int32(start == 0 ? 0 : -1);
  size_t at = 0;
  size_t index = 0;
  while (at < text.size() && index < start) {
    at += code_point_bytes(text[at]);
    ++index;
  }
  if (at >= text.size() || end <= index) return Value::int32(-1);
  const size_t found = text.find(token, at);
  if (found == std::string_view::npos || found >= text.size()) return Value::int32(-1);
  index += count_code_points(text.substr(at, found - at));
  return index < end ? int_or_long(static_cast<int64_t>(index)) : Value::int32(-1);
}

// $split

Result<Value> split(std::span<const Value> arguments, EvalContext& context) {
  if (arguments[0].is_nullish() || arguments[1].is_nullish()) return Value::null();
  if (!arguments[0].is_string()) {
    return Error(ErrorCode{40085},
                 "$split requires an expression that evaluates to a string as a first argument, found: {}",
                 type_name(arguments[0].type()));
  }
  if (!arguments[1].is_string()) {
    return Error(ErrorCode{10503900},
                 "$split requires an expression that evaluates to a string as a second argument, found: {}",
                 type_name(arguments[1].type()));
  }
  const std::string_view separator = arguments[1].as_string();
  if (separator.empty()) return Error(ErrorCode{40087}, "$split requires a non-empty separator");
  std::string_view rest = arguments[0].as_string();
  ArrayResult parts("$split");
  while (true) {
    const size_t found = rest.find(separator);
    PS_TRY(parts.append(Value::string(rest.substr(0, found))));
    if (found == std::string_view::npos) return parts.finish(context.arena);
    rest.remove_prefix(found + separator.size());
  }
}

// $replaceOne, $replaceAll

constexpr NamedArgument kReplaceArguments[] = {{.name = "input"}, {.name = "find"}, {.name = "replacement"}};
constexpr NamedArgumentErrors kReplaceErrors = {
    .not_an_object = ErrorCode{51751}, .unknown = ErrorCode{51750}, .missing = ErrorCode{51749}};

struct Replacement {
  std::string_view input;
  std::string_view find;
  std::string_view replacement;
};

// All three are evaluated and their types checked before a null among them counts. Empty: one of them is null.
Result<std::optional<Replacement>> replacement_of(std::string_view function, std::span<const ExpressionPtr> arguments,
                                                  EvalContext& context) {
  constexpr ErrorCode kWrongType[] = {ErrorCode{10503904}, ErrorCode{10503901}, ErrorCode{10503902}};
  Value values[std::size(kWrongType)];
  bool null = false;
  for (size_t i = 0; i < std::size(values); ++i)
    PS_TRY(evaluate_into(*arguments[i], context, values[i]));
  for (size_t i = 0; i < std::size(values); ++i) {
    null |= values[i].is_nullish();
    if (values[i].is_nullish() || values[i].is_string()) continue;
    return Error(kWrongType[i], "{} requires that '{}' be a string, found: {}", function, kReplaceArguments[i].name,
                 to_text(values[i]));
  }
  if (null) return std::optional<Replacement>();
  return std::optional(Replacement{values[0].as_string(), values[1].as_string(), values[2].as_string()});
}

Result<Value> evaluate_replace_one(std::span<const ExpressionPtr> arguments, EvalContext& context) {
  PS_TRY(const std::optional<Replacement> wanted, replacement_of("$replaceOne", arguments, context));
  if (!wanted) return Value::null();
  const auto [input, find, replacement] = *wanted;
  const size_t found = input.find(find);
  if (found == std::string_view::npos) return Value::string(input);
  const size_t size = input.size() - find.size() + replacement.size();
  if (size > kStringBytesMax) return string_too_long();
  char* const text = context.arena.allocate(size);
  char* to = std::copy_n(input.begin(), found, text);
  to = std::copy(replacement.begin(), replacement.end(), to);
  std::copy(input.begin() + static_cast<std::ptrdiff_t>(found + find.size()), input.end(), to);
  return Value::string({text, size});
}

// The place of the next match from `from` on; an empty text is found before every character and at the end.
size_t next_match(std::string_view input, std::string_view find, size_t from) {
  while (find.empty() && from < input.size() && is_continuation_byte(input[from]))
    ++from;
  return input.find(find, from);
}

Result<Value> evaluate_replace_all(std::span<const ExpressionPtr> arguments, EvalContext& context) {
  PS_TRY(const std::optional<Replacement> wanted, replacement_of("$replaceAll", arguments, context));
  if (!wanted) return Value::null();
  const auto [input, find, replacement] = *wanted;
  std::string text;
  size_t copied = 0;
  size_t found = next_match(input, find, 0);
  if (found == std::string_view::npos) return Value::string(input);
  while (found != std::string_view::npos) {
    text.append(input.substr(copied, found - copied)).append(replacement);
    if (text.size() > kStringBytesMax) return string_too_long();
    copied = found + find.size();
    found = next_match(input, find, find.empty() ? found + 1 : copied);
  }
  text.append(input.substr(std::min(copied, input.size())));
  if (text.size() > kStringBytesMax) return string_too_long();
  return Value::string(context.arena.copy(text));
}

Result<ExpressionPtr> parse_replace(std::string_view function, LazyCall call, const Value& argument,
                                    ParseContext& context) {
  // Each missing argument has a code of its own, looked for from the last on.
  constexpr ErrorCode kMissing[] = {ErrorCode{51749}, ErrorCode{51748}, ErrorCode{51747}};
  PS_TRY(std::vector<ExpressionPtr> arguments,
         parse_named_arguments(function, kReplaceArguments, kReplaceErrors, argument, context));
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] != nullptr) continue;
    return Error(kMissing[i], "{} requires '{}' to be specified", function, kReplaceArguments[i].name);
  }
  return make_lazy(function, call, std::move(arguments));
}

Result<ExpressionPtr> parse_replace_one(const Value& argument, ParseContext& context) {
  return parse_replace("$replaceOne", evaluate_replace_one, argument, context);
}

Result<ExpressionPtr> parse_replace_all(const Value& argument, ParseContext& context) {
  return parse_replace("$replaceAll", evaluate_replace_all, argument, context);
}

constexpr Example kIndexOfBytesExamples[] = {
    {R"({$indexOfBytes: ["$a", "il"]})", R"({a: "añil"})", "3"},
    {R"({$indexOfBytes: ["$a", "a", 1]})", R"({a: "banana"})", "1"},
    {R"({$indexOfBytes: ["$a", "x"]})", R"({a: "banana"})", "-1"},
    {R"({$indexOfBytes: ["$a", "x"]})", R"({})", "null"},
    {R"({$indexOfBytes: ["$a", 1]})", R"({a: "x"})", "error 40092"},
};
constexpr Example kIndexOfCpExamples[] = {
    {R"({$indexOfCP: ["$a", "il"]})", R"({a: "añil"})", "2"},
    {R"({$indexOfCP: ["$a", "a", 2, 4]})", R"({a: "banana"})", "3"},
    {R"({$indexOfCP: ["$a", "a", -1]})", R"({a: "banana"})", "error 40097"},
};
constexpr Example kReplaceAllExamples[] = {
    {R"({$replaceAll: {input: "$a", find: "-", replacement: "/"}})", R"({a: "1-2-3"})", R"("1/2/3")"},
    {R"({$replaceAll: {input: "$a", find: "-", replacement: "/"}})", R"({})", "null"},
    {R"({$replaceAll: {input: "$a", find: "-", replacement: "/"}})", R"({a: 1})", "error 10503904"},
};
constexpr Example kReplaceOneExamples[] = {
    {R"({$replaceOne: {input: "$a", find: "-", replacement: "/"}})", R"({a: "1-2-3"})", R"("1/2-3")"},
    {R"({$replaceOne: {input: "$a", find: "-"}})", R"({a: "1-2-3"})", "error 51747"},
};
constexpr Example kSplitExamples[] = {
    {R"({$split: ["$a", "/"]})", R"({a: "/x//y"})", R"(["", "x", "", "y"])"},
    {R"({$split: ["$a", "/"]})", R"({})", "null"},
    {R"({$split: ["$a", ""]})", R"({a: "x"})", "error 40087"},
};

constexpr Function kStringSearchFunctions[] = {
    {.name = "$indexOfBytes",
     .arity = Arity::between(2, 4),
     .summary = "The first byte at which a string is found in another, optionally between two bytes; -1 if it is not.",
     .parse = parse_lazily<kIndexOfBytesShape, evaluate_index_of_bytes>,
     .examples = kIndexOfBytesExamples},
    {.name = "$indexOfCP",
     .arity = Arity::between(2, 4),
     .summary = "The first code point at which a string is found in another, optionally between two code points; -1 if "
                "it is not.",
     .parse = parse_lazily<kIndexOfCpShape, evaluate_index_of_cp>,
     .examples = kIndexOfCpExamples},
    {.name = "$replaceAll",
     .arity = Arity::exactly(1),
     .summary = "{input, find, replacement}: every occurrence of a text replaced.",
     .parse = parse_replace_all,
     .examples = kReplaceAllExamples},
    {.name = "$replaceOne",
     .arity = Arity::exactly(1),
     .summary = "{input, find, replacement}: the first occurrence of a text replaced.",
     .parse = parse_replace_one,
     .examples = kReplaceOneExamples},
    {.name = "$split",
     .arity = Arity::exactly(2),
     .summary = "The parts of a string between the occurrences of a separator.",
     .evaluate = split,
     .examples = kSplitExamples},
};

}  // namespace

std::span<const Function> string_search_functions() { return kStringSearchFunctions; }

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
// $trim, $ltrim, $rtrim (reference mql-semantics 8).
#include <algorithm>

#include "bson/ejson.h"
#include "expression/functions/functions.h"
#include "expression/functions/results.h"

namespace penstock {
namespace {

constexpr NamedArgument kArguments[] = {{.name = "input", .required = true}, {.name = "chars"}};
constexpr NamedArgumentErrors kErrors = {
    .not_an_object = ErrorCode{50696}, .unknown = ErrorCode{50694}, .missing = ErrorCode{50695}};

// White space and NUL. Not all that Unicode calls so: this set was measured.
constexpr std::string_view kBlanks(
    "\0\t\n\v\f\r \xC2\xA0\xE1\x9A\x80"  // up to U+1680
    "\xE2\x80\x80\xE2\x80\x81\xE2\x80\x82\xE2\x80\x83\xE2\x80\x84\xE2\x80\x85"
    "\xE2\x80\x86\xE2\x80\x87\xE2\x80\x88\xE2\x80\x89\xE2\x80\x8A",  // U+2000 to U+200A
    7 + 2 + 3 + 11 * 3);

bool holds(std::string_view chars, std::string_view code_point) {
  for (size_t at = 0; at < chars.size();) {
    const size_t size = code_point_bytes(chars[at]);
    if (chars.substr(at, size) == code_point) return true;
    at += size;
  }
  return false;
}

std::string_view without_front(std::string_view text, std::string_view chars) {
  while (!text.empty()) {
    const size_t size = code_point_bytes(text.front());
    if (!holds(chars, text.substr(0, size))) break;
    text.remove_prefix(std::min(size, text.size()));
  }
  return text;
}

std::string_view without_back(std::string_view text, std::string_view chars) {
  while (!text.empty()) {
    size_t at = text.size() - 1;
    while (at > 0 && is_continuation_byte(text[at]))
      --at;
    if (!holds(chars, text.substr(at))) break;
    text = text.substr(0, at);
  }
  return text;
}

enum class Ends { kBoth, kFront, kBack };

Error wrong_type(ErrorCode code, std::string_view function, std::string_view what, const Value& found) {
  return Error(code, "{} requires {} to be a string, got {} (of type {}) instead.", function, what, to_text(found),
               type_name(found.type()));
}

Result<Value> trim(std::string_view function, Ends ends, std::span<const ExpressionPtr> arguments,
                   EvalContext& context) {
  PS_TRY(const Value input, arguments[0]->evaluate(context));
  if (input.is_nullish()) return Value::null();
  if (!input.is_string()) return wrong_type(ErrorCode{50699}, function, "its input", input);
  std::string_view chars = kBlanks;
  if (arguments[1] != nullptr) {
    PS_TRY(const Value given, arguments[1]->evaluate(context));
    if (given.is_nullish()) return Value::null();
    if (!given.is_string()) return wrong_type(ErrorCode{50700}, function, "'chars'", given);
    chars = given.as_string();
  }
  std::string_view text = input.as_string();
  if (ends != Ends::kBack) text = without_front(text, chars);
  if (ends != Ends::kFront) text = without_back(text, chars);
  return Value::string(text);
}

Result<Value> evaluate_trim(std::span<const ExpressionPtr> arguments, EvalContext& context) {
  return trim("$trim", Ends::kBoth, arguments, context);
}
Result<Value> evaluate_ltrim(std::span<const ExpressionPtr> arguments, EvalContext& context) {
  return trim("$ltrim", Ends::kFront, arguments, context);
}
Result<Value> evaluate_rtrim(std::span<const ExpressionPtr> arguments, EvalContext& context) {
  return trim("$rtrim", Ends::kBack, arguments, context);
}

Result<ExpressionPtr> parse(std::string_view function, LazyCall call, const Value& argument, ParseContext& context) {
  PS_TRY(std::vector<ExpressionPtr> arguments, parse_named_arguments(function, kArguments, kErrors, argument, context));
  return make_lazy(function, call, std::move(arguments));
}

Result<ExpressionPtr> parse_trim(const Value& argument, ParseContext& context) {
  return parse("$trim", evaluate_trim, argument, context);
}
Result<ExpressionPtr> parse_ltrim(const Value& argument, ParseContext& context) {
  return parse("$ltrim", evaluate_ltrim, argument, context);
}
Result<ExpressionPtr> parse_rtrim(const Value& argument, ParseContext& context) {
  return parse("$rtrim", evaluate_rtrim, argument, context);
}

constexpr Example kLtrimExamples[] = {
    {R"({$ltrim: {input: "$a"}})", R"({a: "  x "})", R"("x ")"},
    {R"({$ltrim: {input: "$a", chars: "0"}})", R"({a: "0070"})", R"("70")"},
};
constexpr Example kRtrimExamples[] = {
    {R"({$rtrim: {input: "$a"}})", R"({a: "  x "})", R"("  x")"},
    {R"({$rtrim: {input: "$a", chars: 0}})", R"({a: "x"})", "error 50700"},
};
constexpr Example kTrimExamples[] = {
    {R"({$trim: {input: "$a"}})", R"({a: "  x "})", R"("x")"},
    {R"({$trim: {input: "$a", chars: " x"}})", R"({a: "  xx-ab-x "})", R"("-ab-")"},
    {R"({$trim: {input: "$a"}})", R"({})", "null"},
    {R"({$trim: {input: "$a"}})", R"({a: 5})", "error 50699"},
};

constexpr Function kTrimFunctions[] = {
    {.name = "$ltrim",
     .arity = Arity::exactly(1),
     .summary = "{input, chars}: a string without the white space, or the given characters, at its front.",
     .parse = parse_ltrim,
     .examples = kLtrimExamples},
    {.name = "$rtrim",
     .arity = Arity::exactly(1),
     .summary = "{input, chars}: a string without the white space, or the given characters, at its end.",
     .parse = parse_rtrim,
     .examples = kRtrimExamples},
    {.name = "$trim",
     .arity = Arity::exactly(1),
     .summary = "{input, chars}: a string without the white space, or the given characters, at both ends.",
     .parse = parse_trim,
     .examples = kTrimExamples},
};

}  // namespace

std::span<const Function> trim_functions() { return kTrimFunctions; }

}  // namespace penstock

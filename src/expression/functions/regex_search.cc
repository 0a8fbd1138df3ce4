// SPDX-License-Identifier: Apache-2.0
// $regexMatch, $regexFind, $regexFindAll (reference mql-semantics 8). A pattern that is constant is compiled while
// parsing, so its errors are definition errors; another one is compiled for every row.
#include <optional>

#include "bson/ejson.h"
#include "bson/number.h"
#include "expression/functions/functions.h"
#include "expression/functions/results.h"
#include "expression/nodes.h"
#include "expression/regex.h"

namespace penstock {
namespace {

constexpr size_t kFoundBytesMax = 64 * 1024 * 1024;

enum class Search { kMatch, kFind, kFindAll };

constexpr std::string_view name_of(Search search) {
  return search == Search::kMatch ? "$regexMatch" : search == Search::kFind ? "$regexFind" : "$regexFindAll";
}

Result<void> check_types(std::string_view function, const Value& pattern, const Value& options) {
  if (!pattern.is_nullish() && !pattern.is_string() && pattern.type() != Type::kRegex) {
    return Error(ErrorCode{51105}, "{} needs 'regex' to be of type string or regex", function);
  }
  if (!options.is_nullish() && !options.is_string()) {
    return Error(ErrorCode{51106}, "{} needs 'options' to be of type string", function);
  }
  return {};
}

// Types are checked. Empty: the pattern is null.
Result<std::optional<Regex>> compile(std::string_view function, const Value& pattern, const Value& options) {
  if (pattern.is_nullish()) return std::optional<Regex>();
  std::string_view text = pattern.bytes();
  std::string_view flags = options.is_string() ? options.as_string() : std::string_view();
  if (pattern.type() == Type::kRegex) {
    const size_t end = text.find('\0');
    std::string_view own = text.substr(end + 1);
    own.remove_suffix(1);
    text = text.substr(0, end);
    if (!own.empty() && options.is_string()) {
      return Error(ErrorCode{51107}, "{}: found regex option(s) specified in both 'regex' and 'option' fields",
                   function);
    }
    if (!own.empty()) flags = own;
  }
  if (text.find('\0') != std::string_view::npos) {
    return Error(ErrorCode{51109}, "{}: regular expression cannot contain an embedded null byte", function);
  }
  if (flags.find('\0') != std::string_view::npos) {
    return Error(ErrorCode{51110}, "{}: regular expression options cannot contain an embedded null byte", function);
  }
  auto regex = Regex::compile(text, flags);
  if (regex.ok()) return std::optional(std::move(*regex));
  if (regex.error().code() == ErrorCode{51108}) {
    return Error(ErrorCode{51108}, "{} invalid flag in regex options: {}", function, flags);
  }
  return Error(ErrorCode{51111}, "Invalid Regex in {}: {}", function, regex.error().message());
}

// Walks a text match by match; keeps count of the code points.
class Finder {
 public:
  Finder(std::string_view function, const Regex& regex, std::string_view text, Arena& arena)
      : function_(function), regex_(regex), text_(text), arena_(arena) {
    const size_t count = regex.group_count() + 1;
    auto* parts = reinterpret_cast<Regex::Part*>(arena.allocate(count * sizeof(Regex::Part)));
    parts_ = {parts, count};
  }

  // {match, idx, captures}, or missing when there is none from where the last one ended.
  Result<Value> next() {
    if (from_ > text_.size()) return Value::missing();
    PS_TRY(const bool found, regex_.find(text_, from_, parts_));
    if (!found) return Value::missing();
    const Regex::Part match = parts_[0];
    // A \K in a lookahead can put the start behind the end.
    if (match.begin < from_ || match.end < match.begin) {
      return Error(ErrorCode{31307}, "Unexpected error occurred while executing {}. startPos: {}, limitPos: {}",
                   function_, match.begin, match.end);
    }
    index_ += count_code_points(text_.substr(from_, match.begin - from_));
    const Value document = describe(match);
    advance(match);
    return document;
  }

  // The end of the text is a place for a match only if the text is empty.
  bool at_end() const { return from_ >= text_.size(); }

 private:
  Value part(Regex::Part part) const {
    if (part.begin == std::string_view::npos) return Value::null();
    return Value::string(text_.substr(part.begin, part.end - part.begin));
  }

  Value describe(Regex::Part match) {
    document_.append("match", part(match));
    document_.append("idx", int_or_long(static_cast<int64_t>(index_)));
    const size_t captures = document_.begin_array("captures");
    char scratch[12];
    for (size_t i = 1; i < parts_.size(); ++i)
      document_.append(index_name(static_cast<uint32_t>(i - 1), scratch), part(parts_[i]));
    document_.end(captures);
    return Value::object(document_.finish_in(arena_));
  }

  // Behind the match, or one code point on when it is empty.
  void advance(Regex::Part match) {
    from_ = match.end;
    if (match.end == match.begin) {
      from_ += match.end < text_.size() ? code_point_bytes(text_[match.end]) : 1;
      ++index_;
    } else {
      index_ += count_code_points(text_.substr(match.begin, match.end - match.begin));
    }
  }

  std::string_view function_;
  const Regex& regex_;
  std::string_view text_;
  Arena& arena_;
  std::span<Regex::Part> parts_;
  DocumentBuilder document_;
  size_t from_ = 0;
  size_t index_ = 0;  // Of the code point at from_.
};

Result<Value> find_first(const Regex& regex, std::string_view text, Arena& arena) {
  Finder finder(name_of(Search::kFind), regex, text, arena);
  PS_TRY(const Value found, finder.next());
  return found.is_missing() ? Value::null() : found;
}

Result<Value> find_all(const Regex& regex, std::string_view text, Arena& arena) {
  Finder finder(name_of(Search::kFindAll), regex, text, arena);
  ArrayResult all(name_of(Search::kFindAll));
  size_t bytes = 0;
  do {
    PS_TRY(const Value found, finder.next());
    if (found.is_missing()) break;
    bytes += found.bytes().size();
    if (bytes > kFoundBytesMax) {
      return Error(ErrorCode{51151}, "$regexFindAll: the size of buffer to store output exceeded the 64MB limit");
    }
    PS_TRY(all.append(found));
  } while (!finder.at_end());
  return all.finish(arena);
}

Result<Value> search(Search kind, const Regex& regex, std::string_view text, Arena& arena) {
  if (kind == Search::kFind) return find_first(regex, text, arena);
  if (kind == Search::kFindAll) return find_all(regex, text, arena);
  PS_TRY(const bool found, regex.find(text, 0, {}));
  return Value::boolean(found);
}

class RegexNode final : public Expression {
 public:
  // `ready`: the pattern is constant, and `regex` what came of it.
  RegexNode(Search kind, std::vector<ExpressionPtr> arguments, bool ready, std::optional<Regex> regex)
      : kind_(kind), arguments_(std::move(arguments)), ready_(ready), regex_(std::move(regex)) {}

  Result<Value> evaluate(EvalContext& context) const override {
    Value input;
    PS_TRY(evaluate_into(*arguments_[0], context, input));
    if (!input.is_nullish() && !input.is_string()) {
      return Error(ErrorCode{51104}, "{} needs 'input' to be of type string", name_of(kind_));
    }
    if (ready_) {
      if (!regex_ || input.is_nullish()) return nothing(context.arena);
      return search(kind_, *regex_, input.as_string(), context.arena);
    }
    PS_TRY(const Value pattern, arguments_[1]->evaluate(context));
    Value options;
    if (arguments_[2] != nullptr) PS_TRY(evaluate_into(*arguments_[2], context, options));
    PS_TRY(check_types(name_of(kind_), pattern, options));
    if (input.is_nullish()) return nothing(context.arena);
    PS_TRY(const std::optional<Regex> regex, compile(name_of(kind_), pattern, options));
    if (!regex) return nothing(context.arena);
    return search(kind_, *regex, input.as_string(), context.arena);
  }
  void collect_needs(FieldNeeds& needs) const override {
    for (const ExpressionPtr& argument : arguments_) {
      if (argument) argument->collect_needs(needs);
    }
  }
  void bind(const FieldNeeds* needs) override {
    for (const ExpressionPtr& argument : arguments_) {
      if (argument) argument->bind(needs);
    }
  }
  std::string to_text() const override {
    std::string text = "{" + std::string(name_of(kind_)) + ": [";
    for (const ExpressionPtr& argument : arguments_)
      text.append(argument == arguments_[0] ? "" : ", ").append(argument ? argument->to_text() : "-");
    return text + "]}";
  }

 private:
  Value nothing(Arena& arena) const {
    if (kind_ == Search::kMatch) return Value::boolean(false);
    return kind_ == Search::kFind ? Value::null() : Value::array(ArrayBuilder().finish_in(arena));
  }

  Search kind_;
  std::vector<ExpressionPtr> arguments_;  // input, regex, options or null
  bool ready_;
  std::optional<Regex> regex_;
};

constexpr NamedArgument kArguments[] = {{.name = "input"}, {.name = "regex"}, {.name = "options"}};
constexpr NamedArgumentErrors kErrors = {
    .not_an_object = ErrorCode{51103}, .unknown = ErrorCode{31024}, .missing = ErrorCode{31022}};

Result<ExpressionPtr> parse_search(Search kind, const Value& argument, ParseContext& context) {
  const std::string_view name = name_of(kind);
  PS_TRY(std::vector<ExpressionPtr> arguments, parse_named_arguments(name, kArguments, kErrors, argument, context));
  if (arguments[0] == nullptr) return Error(ErrorCode{31022}, "{} requires 'input' parameter", name);
  if (arguments[1] == nullptr) return Error(ErrorCode{31023}, "{} requires 'regex' parameter", name);
  const Value* pattern = arguments[1]->constant();
  const Value* options = arguments[2] != nullptr ? arguments[2]->constant() : nullptr;
  const bool ready = pattern != nullptr && (arguments[2] == nullptr || options != nullptr);
  std::optional<Regex> regex;
  if (ready) {
    const Value given = options != nullptr ? *options : Value::missing();
    PS_TRY(check_types(name, *pattern, given));
    PS_TRY(regex, compile(name, *pattern, given));
  }
  const bool constant = ready && arguments[0]->constant() != nullptr;
  ExpressionPtr node = std::make_unique<RegexNode>(kind, std::move(arguments), ready, std::move(regex));
  return constant ? fold(std::move(node)) : Result<ExpressionPtr>(std::move(node));
}

Result<ExpressionPtr> parse_regex_match(const Value& argument, ParseContext& context) {
  return parse_search(Search::kMatch, argument, context);
}
Result<ExpressionPtr> parse_regex_find(const Value& argument, ParseContext& context) {
  return parse_search(Search::kFind, argument, context);
}
Result<ExpressionPtr> parse_regex_find_all(const Value& argument, ParseContext& context) {
  return parse_search(Search::kFindAll, argument, context);
}

constexpr Example kRegexFindExamples[] = {
    {R"({$regexFind: {input: "$a", regex: "(\\d)(\\d)(x)?"}})", R"({a: "kañ-42"})",
     R"({match: "42", idx: 4, captures: ["4", "2", null]})"},
    {R"({$regexFind: {input: "$a", regex: "z"}})", R"({a: "abc"})", "null"},
    {R"({$regexFind: {input: "$a", regex: "("}})", R"({a: "abc"})", "error 51111"},
};
constexpr Example kRegexFindAllExamples[] = {
    {R"({$regexFindAll: {input: "$a", regex: "[0-9]"}})", R"({a: "a1b"})", R"([{match: "1", idx: 1, captures: []}])"},
    {R"({$regexFindAll: {input: "$a", regex: "[0-9]"}})", R"({})", "[]"},
};
constexpr Example kRegexMatchExamples[] = {
    {R"({$regexMatch: {input: "$a", regex: "^line", options: "im"}})", R"({a: "1\nLINE"})", "true"},
    {R"({$regexMatch: {input: "$a", regex: "^x"}})", R"({})", "false"},
    {R"({$regexMatch: {input: "$a", regex: "^x"}})", R"({a: 5})", "error 51104"},
};

constexpr Function kRegexFunctions[] = {
    {.name = "$regexFind",
     .arity = Arity::exactly(1),
     .summary = "{input, regex, options}: the first match as {match, idx, captures}, or null.",
     .parse = parse_regex_find,
     .examples = kRegexFindExamples},
    {.name = "$regexFindAll",
     .arity = Arity::exactly(1),
     .summary = "{input, regex, options}: all matches, each as {match, idx, captures}.",
     .parse = parse_regex_find_all,
     .examples = kRegexFindAllExamples},
    {.name = "$regexMatch",
     .arity = Arity::exactly(1),
     .summary = "{input, regex, options}: true if the string contains a match.",
     .parse = parse_regex_match,
     .examples = kRegexMatchExamples},
};

}  // namespace

std::span<const Function> regex_functions() { return kRegexFunctions; }

}  // namespace penstock

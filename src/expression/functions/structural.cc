// SPDX-License-Identifier: Apache-2.0
// Operators that are about the expression language itself and the stream: $literal, $const, $let, $meta.
#include "base/did_you_mean.h"
#include "bson/ejson.h"
#include "expression/functions/functions.h"

namespace penstock {
namespace {

Result<ExpressionPtr> parse_literal(const Value& argument, ParseContext&) { return make_constant(argument); }

// {$meta: "stream.window.start"} (reference pipeline-language 1.5.1).
class MetaNode final : public Expression {
 public:
  MetaNode(std::string path, MetaField field) : path_(std::move(path)), field_(field) {}
  Result<Value> evaluate(EvalContext& context) const override {
    if (context.meta == nullptr) return Value::missing();
    return read_meta(*context.meta, field_, context.arena);
  }
  void collect_needs(FieldNeeds& needs) const override {
    if (field_ >= MetaField::kWindow || field_ == MetaField::kWhole) needs.need_window();
    if (field_ < MetaField::kWindow) needs.need_record_meta();
  }
  void bind(const FieldNeeds*) override {}
  std::string to_text() const override { return "{$meta: \"" + path_ + "\"}"; }

 private:
  std::string path_;
  MetaField field_;
};

Result<ExpressionPtr> parse_meta(const Value& argument, ParseContext&) {
  if (!argument.is_string()) {
    return Error(ErrorCode::kTypeMismatch, "$meta takes a string such as \"stream.window.start\", found {}",
                 type_name(argument.type()));
  }
  const std::string_view path = argument.as_string();
  const auto field = parse_meta_field(path);
  if (!field && !path.starts_with("stream")) {
    return Error(ErrorCode{17308}, "Unsupported argument to $meta: {}; in stream processors it starts with \"stream\"",
                 path);
  }
  if (!field) {
    constexpr std::string_view kKnown[] = {"stream",
                                           "stream.source",
                                           "stream.source.type",
                                           "stream.source.ts",
                                           "stream.source.topic",
                                           "stream.source.partition",
                                           "stream.source.offset",
                                           "stream.source.key",
                                           "stream.source.headers",
                                           "stream.window",
                                           "stream.window.start",
                                           "stream.window.end"};
    return Error(ErrorCode{17308}, "$meta \"{}\" is not available from a Kafka source in this version.{}", path,
                 did_you_mean(path, kKnown));
  }
  return ExpressionPtr(std::make_unique<MetaNode>(std::string(path), *field));
}

// {$let: {vars: {a: e}, in: e}}: the variables are evaluated outside, "in" sees them.
class LetNode final : public Expression {
 public:
  LetNode(std::vector<ExpressionPtr> values, int first, ExpressionPtr in)
      : values_(std::move(values)), first_(first), in_(std::move(in)) {}
  Result<Value> evaluate(EvalContext& context) const override {
    for (size_t i = 0; i < values_.size(); ++i) {
      PS_TRY(context.variables[static_cast<size_t>(first_) + i], values_[i]->evaluate(context));
    }
    return in_->evaluate(context);
  }
  void collect_needs(FieldNeeds& needs) const override {
    for (const ExpressionPtr& value : values_)
      value->collect_needs(needs);
    in_->collect_needs(needs);
  }
  void bind(const FieldNeeds* needs) override {
    for (const ExpressionPtr& value : values_)
      value->bind(needs);
    in_->bind(needs);
  }
  std::string to_text() const override {
    std::string text = "{$let: [";
    for (const ExpressionPtr& value : values_)
      text += value->to_text() + ", ";
    return text + in_->to_text() + "]}";
  }

 private:
  std::vector<ExpressionPtr> values_;
  int first_;
  ExpressionPtr in_;
};

Result<ExpressionPtr> parse_let_body(Document vars, const Value& in, ParseContext& context) {
  std::vector<ExpressionPtr> values;
  for (const Element& element : vars) {
    PS_TRY(check_variable_name(element.name));
    auto value = parse_expression(element.value, context);
    if (!value.ok()) return value.take_error().at(element.name).at("vars");
    values.push_back(std::move(*value));
  }
  int first = -1;
  for (const Element& element : vars) {
    const int index = context.push_variable(element.name);
    if (first < 0) first = index;
  }
  auto body = parse_expression(in, context);
  context.pop_variables(values.size());
  if (!body.ok()) return body.take_error().at("in");
  return ExpressionPtr(std::make_unique<LetNode>(std::move(values), first, std::move(*body)));
}

Result<ExpressionPtr> parse_let(const Value& argument, ParseContext& context) {
  if (!argument.is_object()) return Error(ErrorCode{16874}, "$let only supports an object as its argument");
  const Document spec = argument.as_object();
  for (const Element& element : spec) {
    if (element.name != "vars" && element.name != "in") {
      return Error(ErrorCode{16875}, "Unrecognized parameter to $let: {}", element.name);
    }
  }
  const Value vars = spec.get("vars");
  const Value in = spec.get("in");
  if (vars.is_missing()) return Error(ErrorCode{16876}, "Missing 'vars' parameter to $let");
  if (in.is_missing()) return Error(ErrorCode{16877}, "Missing 'in' parameter to $let");
  if (!vars.is_object()) {
    return Error(vars.is_array() ? ErrorCode::kFailedToParse : ErrorCode{10065},
                 "invalid parameter: expected an object (vars), found {}", type_name(vars.type()));
  }
  return parse_let_body(vars.as_object(), in, context);
}

constexpr Example kLiteralExamples[] = {
    {R"({$literal: "$a"})", R"({a: 1})", R"("$a")"},
};
constexpr Example kLetExamples[] = {
    {R"({$let: {vars: {x: "$a"}, in: {$add: ["$$x", 1]}}})", R"({a: 2})", "3"},
    {R"({$let: {vars: {x: "$a"}}})", R"({a: 2})", "error 16877"},
};
constexpr Example kMetaExamples[] = {
    {R"({$meta: "stream.window.start"})", R"({})", "missing"},
    {R"({$meta: "textScore"})", R"({})", "error 17308"},
};
constexpr Function kStructuralFunctions[] = {
    {.name = "$const",
     .arity = Arity::exactly(1),
     .summary = "The argument itself, never parsed (alias of $literal).",
     .parse = parse_literal},
    {.name = "$let",
     .arity = Arity::exactly(1),
     .summary = "Binds variables for one expression.",
     .parse = parse_let,
     .examples = kLetExamples},
    {.name = "$literal",
     .arity = Arity::exactly(1),
     .summary = "The argument itself, never parsed.",
     .parse = parse_literal,
     .examples = kLiteralExamples},
    {.name = "$meta",
     .arity = Arity::exactly(1),
     .summary = "Metadata of the stream: window bounds, topic, offset, ...",
     .parse = parse_meta,
     .examples = kMetaExamples},
};

}  // namespace

Result<void> check_variable_name(std::string_view name) {
  const auto starts = [](char c) { return (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80; };
  const auto goes_on = [&](char c) {
    return starts(c) || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  if (name == "CURRENT") return {};  // What "$a" reads from may be bound.
  if (name.empty()) return Error(ErrorCode::kFailedToParse, "empty variable names are not allowed");
  if (!starts(name.front())) {
    return Error(ErrorCode::kFailedToParse, "'{}' starts with an invalid character for a user variable name", name);
  }
  for (const char c : name) {
    if (!goes_on(c)) {
      return Error(ErrorCode::kFailedToParse, "'{}' contains an invalid character for a variable name", name);
    }
  }
  return {};
}

std::span<const Function> structural_functions() { return kStructuralFunctions; }

}  // namespace penstock

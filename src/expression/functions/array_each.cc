// SPDX-License-Identifier: Apache-2.0
// $map, $filter, $reduce: an expression per element (reference mql-semantics 6). They are never folded, as in MongoDB:
// what fails in them fails per row.
#include <algorithm>

#include "bson/ejson.h"
#include "expression/functions/functions.h"
#include "expression/functions/results.h"
#include "expression/nodes.h"

namespace penstock {
namespace {

constexpr std::string_view kDefaultName = "this";

// Parts of a specification by name; the parser of each operator knows which it takes.
Result<ExpressionPtr> parse_part(std::string_view name, const Value& spec, ParseContext& context) {
  auto parsed = parse_expression(spec, context);
  if (!parsed.ok()) return parsed.take_error().at(name);
  return parsed;
}

// An expression that sees an element under a name.
struct Body {
  ExpressionPtr expression;
  int variable = 0;
};

Result<Body> parse_body(std::string_view part, const Value& spec, const Value& as, ParseContext& context) {
  const std::string_view name = as.is_missing() ? kDefaultName : as.is_string() ? as.as_string() : std::string_view();
  if (auto good = check_variable_name(name); !good.ok()) return good.take_error().at("as");
  Body body;
  body.variable = context.push_variable(name);
  auto expression = parse_part(part, spec, context);
  context.pop_variables(1);
  PS_TRY(body.expression, std::move(expression));
  return body;
}

Result<void> check_keys(Document spec, std::span<const std::string_view> known, ErrorCode code,
                        std::string_view function) {
  for (const Element& element : spec) {
    if (std::find(known.begin(), known.end(), element.name) == known.end()) {
      return Error(code, "Unrecognized parameter to {}: {}", function, element.name);
    }
  }
  return {};
}

// $map

class MapNode final : public Expression {
 public:
  MapNode(ExpressionPtr input, Body body) : input_(std::move(input)), body_(std::move(body)) {}

  Result<Value> evaluate(EvalContext& context) const override {
    PS_TRY(const Value input, input_->evaluate(context));
    if (input.is_nullish()) return Value::null();
    if (!input.is_array()) {
      return Error(ErrorCode{16883}, "input to $map must be an array not {}", type_name(input.type()));
    }
    ArrayResult mapped("$map");
    for (const Element& element : input.as_array()) {
      context.variables[body_.variable] = element.value;
      PS_TRY(const Value value, body_.expression->evaluate(context));
      PS_TRY(mapped.append(value));
    }
    return mapped.finish(context.arena);
  }
  void collect_needs(FieldNeeds& needs) const override {
    input_->collect_needs(needs);
    body_.expression->collect_needs(needs);
  }
  void bind(const FieldNeeds* needs) override {
    input_->bind(needs);
    body_.expression->bind(needs);
  }
  std::string to_text() const override {
    return "{$map: [" + input_->to_text() + ", " + body_.expression->to_text() + "]}";
  }

 private:
  ExpressionPtr input_;
  Body body_;
};

Result<ExpressionPtr> parse_map(const Value& argument, ParseContext& context) {
  constexpr std::string_view kKeys[] = {"input", "as", "in"};
  if (!argument.is_object()) return Error(ErrorCode{16878}, "$map only supports an object as its argument");
  const Document spec = argument.as_object();
  PS_TRY(check_keys(spec, kKeys, ErrorCode{16879}, "$map"));
  if (!spec.has("input")) return Error(ErrorCode{16880}, "Missing 'input' parameter to $map");
  if (!spec.has("in")) return Error(ErrorCode{16882}, "Missing 'in' parameter to $map");
  PS_TRY(ExpressionPtr input, parse_part("input", spec.get("input"), context));
  PS_TRY(Body body, parse_body("in", spec.get("in"), spec.get("as"), context));
  return ExpressionPtr(std::make_unique<MapNode>(std::move(input), std::move(body)));
}

// $filter

class FilterNode final : public Expression {
 public:
  FilterNode(ExpressionPtr input, Body condition, ExpressionPtr limit)
      : input_(std::move(input)), condition_(std::move(condition)), limit_(std::move(limit)) {}

  Result<Value> evaluate(EvalContext& context) const override {
    PS_TRY(const Value input, input_->evaluate(context));
    if (input.is_nullish()) return Value::null();
    if (!input.is_array()) {
      return Error(ErrorCode{28651}, "input to $filter must be an array not {}", type_name(input.type()));
    }
    PS_TRY(const size_t limit, limit_of(context));
    ArrayBuilder kept;
    for (const Element& element : input.as_array()) {
      context.variables[condition_.variable] = element.value;
      Value truth;
      PS_TRY(evaluate_into(*condition_.expression, context, truth));
      if (!is_true(truth)) continue;
      kept.append(element.value);
      if (kept.count() == limit) break;
    }
    return Value::array(kept.finish_in(context.arena));
  }
  void collect_needs(FieldNeeds& needs) const override {
    input_->collect_needs(needs);
    condition_.expression->collect_needs(needs);
    if (limit_) limit_->collect_needs(needs);
  }
  void bind(const FieldNeeds* needs) override {
    input_->bind(needs);
    condition_.expression->bind(needs);
    if (limit_) limit_->bind(needs);
  }
  std::string to_text() const override {
    return "{$filter: [" + input_->to_text() + ", " + condition_.expression->to_text() +
           (limit_ ? ", " + limit_->to_text() : "") + "]}";
  }

 private:
  // 0: none.
  Result<size_t> limit_of(EvalContext& context) const {
    if (limit_ == nullptr) return size_t{0};
    PS_TRY(const Value value, limit_->evaluate(context));
    if (value.is_nullish()) return size_t{0};
    const auto n = whole_int(value);
    if (!n) {
      return Error(ErrorCode{327391}, "$filter: limit must be represented as a 32-bit integral value: {}",
                   penstock::to_text(value));
    }
    if (*n <= 0) return Error(ErrorCode{327392}, "$filter: limit must be greater than 0: {}", *n);
    return static_cast<size_t>(*n);
  }

  ExpressionPtr input_;
  Body condition_;
  ExpressionPtr limit_;  // May be null.
};

Result<ExpressionPtr> parse_filter_operator(const Value& argument, ParseContext& context) {
  constexpr std::string_view kKeys[] = {"input", "as", "cond", "limit"};
  if (!argument.is_object()) return Error(ErrorCode{28646}, "$filter only supports an object as its argument");
  const Document spec = argument.as_object();
  PS_TRY(check_keys(spec, kKeys, ErrorCode{28647}, "$filter"));
  if (!spec.has("input")) return Error(ErrorCode{28648}, "Missing 'input' parameter to $filter");
  if (!spec.has("cond")) return Error(ErrorCode{28650}, "Missing 'cond' parameter to $filter");
  PS_TRY(ExpressionPtr input, parse_part("input", spec.get("input"), context));
  PS_TRY(Body condition, parse_body("cond", spec.get("cond"), spec.get("as"), context));
  ExpressionPtr limit;
  if (spec.has("limit")) {
    PS_TRY(limit, parse_part("limit", spec.get("limit"), context));
  }
  return ExpressionPtr(std::make_unique<FilterNode>(std::move(input), std::move(condition), std::move(limit)));
}

constexpr Example kFilterExamples[] = {
    {R"({$filter: {input: "$a", as: "x", cond: {$gt: ["$$x", 2]}}})", R"({a: [1, 3, 5]})", "[3, 5]"},
    {R"({$filter: {input: "$a", cond: "$$this", limit: 1}})", R"({a: [0, "", 1]})", R"([""])"},
    {R"({$filter: {input: "$a", cond: true}})", R"({})", "null"},
    {R"({$filter: {input: "$a", cond: true}})", R"({a: 1})", "error 28651"},
};
constexpr Example kMapExamples[] = {
    {R"({$map: {input: "$a", as: "x", in: {$multiply: ["$$x", 2]}}})", R"({a: [1, 2]})", "[2, 4]"},
    {R"({$map: {input: "$a", in: "$$this.q"}})", R"({a: [{q: 1}, {}]})", "[1, null]"},
    {R"({$map: {input: "$a", in: 1}})", R"({a: 1})", "error 16883"},
};

constexpr Function kArrayEachFunctions[] = {
    {.name = "$filter",
     .arity = Arity::exactly(1),
     .summary = "{input, as, cond, limit}: the elements for which cond is true.",
     .parse = parse_filter_operator,
     .examples = kFilterExamples},
    {.name = "$map",
     .arity = Arity::exactly(1),
     .summary = "{input, as, in}: an expression of each element; its name is \"this\" by default.",
     .parse = parse_map,
     .examples = kMapExamples},
};

}  // namespace

std::span<const Function> array_each_functions() { return kArrayEachFunctions; }

}  // namespace penstock

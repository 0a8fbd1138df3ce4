// SPDX-License-Identifier: Apache-2.0
// Boolean and conditional operators: special forms, since they evaluate only what decides (reference mql-semantics 5).
// What constants decide is decided while parsing; parts that can no longer matter are dropped then, so that they cannot
// fail at run time (reference mql-semantics 2.4). They have been parsed before, so their definition errors count.
#include "expression/functions/functions.h"

namespace penstock {
namespace {

Result<ExpressionPtr> parse_at(std::string_view name, const Value& spec, ParseContext& context) {
  auto parsed = parse_expression(spec, context);
  if (!parsed.ok()) return parsed.take_error().at(name);
  return parsed;
}

// $and, $or

Result<Value> evaluate_and(std::span<const ExpressionPtr> arguments, EvalContext& context) {
  for (const ExpressionPtr& argument : arguments) {
    PS_TRY(const bool truth, argument->truth(context));
    if (!truth) return Value::boolean(false);
  }
  return Value::boolean(true);
}

Result<Value> evaluate_or(std::span<const ExpressionPtr> arguments, EvalContext& context) {
  for (const ExpressionPtr& argument : arguments) {
    PS_TRY(const bool truth, argument->truth(context));
    if (truth) return Value::boolean(true);
  }
  return Value::boolean(false);
}

// What parse_arguments wants to know.
constexpr Function kAndShape = {.name = "$and", .arity = Arity::at_least(0)};
constexpr Function kCondShape = {.name = "$cond", .arity = Arity::exactly(3)};
constexpr Function kIfNullShape = {.name = "$ifNull", .arity = Arity::at_least(2)};
constexpr Function kOrShape = {.name = "$or", .arity = Arity::at_least(0)};

// `deciding`: the truth that decides, false for $and. A deciding constant anywhere is the result; other constants go.
Result<ExpressionPtr> parse_junction(const Function& function, LazyCall call, bool deciding, const Value& argument,
                                     ParseContext& context) {
  PS_TRY(std::vector<ExpressionPtr> arguments, parse_arguments(function, argument, context));
  std::vector<ExpressionPtr> open;
  for (ExpressionPtr& expression : arguments) {
    if (const Value* value = expression->constant(); value == nullptr) {
      open.push_back(std::move(expression));
    } else if (is_true(*value) == deciding) {
      return make_constant(Value::boolean(deciding));
    }
  }
  return make_lazy(function.name, call, std::move(open));
}

Result<ExpressionPtr> parse_and(const Value& argument, ParseContext& context) {
  return parse_junction(kAndShape, evaluate_and, false, argument, context);
}

Result<ExpressionPtr> parse_or(const Value& argument, ParseContext& context) {
  return parse_junction(kOrShape, evaluate_or, true, argument, context);
}

Result<Value> evaluate_not(std::span<const Value> arguments, EvalContext&) {
  return Value::boolean(!is_true(arguments[0]));
}

// $cond

Result<Value> evaluate_cond(std::span<const ExpressionPtr> arguments, EvalContext& context) {
  PS_TRY(const bool truth, arguments[0]->truth(context));
  // Where both arms are at hand, picking one costs less than a branch that the data decides.
  const Value* const arms[] = {arguments[2]->leaf(context), arguments[1]->leaf(context)};
  if (arms[0] != nullptr && arms[1] != nullptr) return *arms[truth];
  return arguments[truth ? 1 : 2]->evaluate(context);
}

constexpr std::string_view kCondNames[] = {"if", "then", "else"};

Result<std::vector<ExpressionPtr>> parse_cond_object(Document spec, ParseContext& context) {
  std::vector<ExpressionPtr> parts(std::size(kCondNames));
  for (const Element& element : spec) {
    size_t at = 0;
    while (at < parts.size() && kCondNames[at] != element.name)
      ++at;
    if (at == parts.size()) return Error(ErrorCode{17083}, "Unrecognized parameter to $cond: {}", element.name);
    PS_TRY(parts[at], parse_at(element.name, element.value, context));
  }
  for (size_t i = 0; i < parts.size(); ++i) {
    if (parts[i] != nullptr) continue;
    return Error(ErrorCode{17080 + static_cast<int32_t>(i)}, "Missing '{}' parameter to $cond", kCondNames[i]);
  }
  return parts;
}

Result<ExpressionPtr> parse_cond(const Value& argument, ParseContext& context) {
  std::vector<ExpressionPtr> parts;
  if (argument.is_object()) {
    PS_TRY(parts, parse_cond_object(argument.as_object(), context));
  } else {
    PS_TRY(parts, parse_arguments(kCondShape, argument, context));
  }
  if (const Value* condition = parts[0]->constant()) return std::move(parts[is_true(*condition) ? 1 : 2]);
  return make_lazy("$cond", evaluate_cond, std::move(parts));
}

// $ifNull

Result<Value> evaluate_if_null(std::span<const ExpressionPtr> arguments, EvalContext& context) {
  for (const ExpressionPtr& argument : arguments.first(arguments.size() - 1)) {
    PS_TRY(const Value value, argument->evaluate(context));
    if (!value.is_nullish()) return value;
  }
  return arguments.back()->evaluate(context);
}

Result<ExpressionPtr> parse_if_null(const Value& argument, ParseContext& context) {
  const size_t count = argument.is_array() ? argument.as_array().count() : 1;
  if (count < 2) return Error(ErrorCode{1257300}, "$ifNull needs at least two arguments, had: {}", count);
  PS_TRY(std::vector<ExpressionPtr> arguments, parse_arguments(kIfNullShape, argument, context));
  std::vector<ExpressionPtr> open;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const Value* value = arguments[i]->constant();
    const bool last = i + 1 == arguments.size();
    if (value != nullptr && value->is_nullish() && !last) continue;
    open.push_back(std::move(arguments[i]));
    if (value != nullptr && !value->is_nullish()) break;  // What follows is never looked at.
  }
  if (open.size() == 1) return std::move(open[0]);
  return make_lazy("$ifNull", evaluate_if_null, std::move(open));
}

// $switch: children are case, then, case, then, ..., and a default when their number is odd.

Result<Value> evaluate_switch(std::span<const ExpressionPtr> arguments, EvalContext& context) {
  size_t i = 0;
  for (; i + 1 < arguments.size(); i += 2) {
    PS_TRY(const bool truth, arguments[i]->truth(context));
    if (truth) return arguments[i + 1]->evaluate(context);
  }
  if (i < arguments.size()) return arguments[i]->evaluate(context);
  return Error(ErrorCode{40066},
               "$switch could not find a matching branch for an input, and no default was specified.");
}

struct Branch {
  ExpressionPtr condition;
  ExpressionPtr then;
};

Result<Branch> parse_branch(const Value& spec, ParseContext& context) {
  if (!spec.is_object()) {
    return Error(ErrorCode{40062}, "$switch requires each branch to be an object, found: {}", type_name(spec.type()));
  }
  Branch branch;
  for (const Element& element : spec.as_object()) {
    if (element.name == "case") {
      PS_TRY(branch.condition, parse_at("case", element.value, context));
    } else if (element.name == "then") {
      PS_TRY(branch.then, parse_at("then", element.value, context));
    } else {
      return Error(ErrorCode{40063}, "$switch found an unknown argument to a branch: {}", element.name);
    }
  }
  if (branch.condition == nullptr) {
    return Error(ErrorCode{40064}, "$switch requires each branch have a 'case' expression");
  }
  if (branch.then == nullptr) {
    return Error(ErrorCode{40065}, "$switch requires each branch have a 'then' expression.");
  }
  return branch;
}

Result<std::vector<Branch>> parse_branches(const Value& spec, ParseContext& context) {
  if (!spec.is_array()) {
    return Error(ErrorCode{40061}, "$switch expected an array for 'branches', found: {}", type_name(spec.type()));
  }
  std::vector<Branch> branches;
  for (const Element& element : spec.as_array()) {
    auto branch = parse_branch(element.value, context);
    if (!branch.ok()) return branch.take_error().at("[" + std::string(element.name) + "]").at("branches");
    branches.push_back(std::move(*branch));
  }
  return branches;
}

// Branches that constants decide disappear; one that is always taken becomes the default.
Result<ExpressionPtr> reduce_switch(std::vector<Branch> branches, ExpressionPtr otherwise) {
  std::vector<ExpressionPtr> children;
  for (Branch& branch : branches) {
    if (const Value* condition = branch.condition->constant()) {
      if (!is_true(*condition)) continue;
      otherwise = std::move(branch.then);
      break;
    }
    children.push_back(std::move(branch.condition));
    children.push_back(std::move(branch.then));
  }
  if (otherwise == nullptr && children.empty()) {
    return Error(ErrorCode{40069},
                 "Cannot execute a switch statement where all the cases evaluate to false without a default");
  }
  if (children.empty()) return otherwise;
  if (otherwise != nullptr) children.push_back(std::move(otherwise));
  return make_lazy("$switch", evaluate_switch, std::move(children));
}

Result<ExpressionPtr> parse_switch(const Value& argument, ParseContext& context) {
  if (!argument.is_object()) {
    return Error(ErrorCode{40060}, "$switch requires an object as an argument, found: {}", type_name(argument.type()));
  }
  std::vector<Branch> branches;
  ExpressionPtr otherwise;
  for (const Element& element : argument.as_object()) {
    if (element.name == "branches") {
      PS_TRY(branches, parse_branches(element.value, context));
    } else if (element.name == "default") {
      PS_TRY(otherwise, parse_at("default", element.value, context));
    } else {
      return Error(ErrorCode{40067}, "$switch found an unknown argument: {}", element.name);
    }
  }
  if (branches.empty()) return Error(ErrorCode{40068}, "$switch requires at least one branch.");
  return reduce_switch(std::move(branches), std::move(otherwise));
}

constexpr Example kAndExamples[] = {
    {R"({$and: ["$a", {$gt: ["$b", 1]}]})", R"({a: "", b: 2})", "true"},
    {R"({$and: ["$a", {$divide: [1, "$a"]}]})", R"({a: 0})", "false"},
    {R"({$and: []})", R"({})", "true"},
};
constexpr Example kCondExamples[] = {
    {R"({$cond: ["$n", "y", "n"]})", R"({n: 0})", R"("n")"},
    {R"({$cond: {if: {$eq: ["$side", "buy"]}, then: "$quantity", else: 0}})", R"({side: "buy", quantity: 5})", "5"},
    {R"({$cond: ["$ok", {$divide: ["$n", 0]}, 5]})", R"({ok: false, n: 1})", "5"},
    {R"({$cond: [true, "$none", 1]})", R"({})", "missing"},
    {R"({$cond: {if: true, then: 1}})", R"({})", "error 17082"},
};
constexpr Example kIfNullExamples[] = {
    {R"({$ifNull: ["$a", "$b", "x"]})", R"({a: null})", R"("x")"},
    {R"({$ifNull: ["$a", "$b"]})", R"({a: null})", "missing"},
    {R"({$ifNull: ["$a"]})", R"({})", "error 1257300"},
};
constexpr Example kNotExamples[] = {
    {R"({$not: "$a"})", R"({a: 0})", "true"},
    {R"({$not: [[]]})", R"({})", "false"},
    {R"({$not: ["$a", 1]})", R"({})", "error 16020"},
};
constexpr Example kOrExamples[] = {
    {R"({$or: ["$a", "$b"]})", R"({a: null, b: 1})", "true"},
    {R"({$or: [{$divide: [1, "$zero"]}, true]})", R"({zero: 0})", "true"},
    {R"({$or: []})", R"({})", "false"},
};
constexpr Example kSwitchExamples[] = {
    {R"({$switch: {branches: [{case: {$gt: ["$n", 9]}, then: "big"}], default: "small"}})", R"({n: 3})", R"("small")"},
    {R"({$switch: {branches: [{case: "$a", then: 1}, {case: "$b", then: 2}]}})", R"({b: true})", "2"},
    {R"({$switch: {branches: [{case: "$a", then: 1}]}})", R"({})", "error 40066"},
    {R"({$switch: {branches: []}})", R"({})", "error 40068"},
};

constexpr Function kConditionalFunctions[] = {
    {.name = "$and",
     .arity = Arity::at_least(0),
     .summary = "True if every argument is true; stops at the first that is not.",
     .parse = parse_and,
     .examples = kAndExamples},
    {.name = "$cond",
     .arity = Arity::exactly(3),
     .summary = "The second argument if the first is true, else the third; also {if, then, else}.",
     .parse = parse_cond,
     .examples = kCondExamples},
    {.name = "$ifNull",
     .arity = Arity::at_least(2),
     .summary = "The first argument that is neither null nor missing, else the last as it is.",
     .parse = parse_if_null,
     .examples = kIfNullExamples},
    {.name = "$not",
     .arity = Arity::exactly(1),
     .summary = "True if the argument is false, zero, null or missing.",
     .evaluate = evaluate_not,
     .examples = kNotExamples},
    {.name = "$or",
     .arity = Arity::at_least(0),
     .summary = "True if any argument is true; stops at the first that is.",
     .parse = parse_or,
     .examples = kOrExamples},
    {.name = "$switch",
     .arity = Arity::exactly(1),
     .summary = "The `then` of the first branch whose `case` is true, else `default`.",
     .parse = parse_switch,
     .examples = kSwitchExamples},
};

}  // namespace

std::span<const Function> conditional_functions() { return kConditionalFunctions; }

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
// $reduce (reference mql-semantics 6), and what keeps it from taking all memory: an expression that adds to its result
// makes a new one with every step, and may double it or wrap it into another level.
//
//   first steps      into the arena of the row, as everything
//   from 1 MB on     step --> scratch --copy--> kept[0], kept[1], kept[0], ...
//                             (reset)           (the one before the last is reset)
#include "bson/ejson.h"
#include "expression/functions/functions.h"
#include "expression/functions/results.h"
#include "expression/nodes.h"

namespace penstock {
namespace {

constexpr size_t kPlainBytes = 1024 * 1024;
// As MongoDB bounds what it converts to BSON. Values are compared and printed recursively: a bound there must be.
constexpr size_t kLevelsMax = 200;
// Walking a value costs as much as making it; a step adds at most the levels of its expression.
constexpr size_t kStepsPerCheck = 16;

bool same_bytes(const Value& a, const Value& b) {
  return a.type() == b.type() && a.bytes().data() == b.bytes().data() && a.bytes().size() == b.bytes().size();
}

// Iterative: the levels are what is in question.
bool too_deep(const Value& value) {
  if (!value.is_object() && !value.is_array()) return false;
  struct Level {
    Document::Iterator at;
    Document::Iterator end;
  };
  const Document top = value.as_container();
  std::vector<Level> levels{{top.begin(), top.end()}};
  while (!levels.empty()) {
    if (levels.back().at == levels.back().end) {
      levels.pop_back();
      continue;
    }
    const Value child = levels.back().at->value;
    ++levels.back().at;
    if (!child.is_object() && !child.is_array()) continue;
    if (levels.size() == kLevelsMax) return true;
    levels.push_back({child.as_container().begin(), child.as_container().end()});
  }
  return false;
}

// Whether a result is still of a size and depth that may go on.
class Growth {
 public:
  Result<void> check(const Value& value, bool last) {
    if (!value.is_object() && !value.is_array()) return {};
    if (value.bytes().size() > kContainerBytesMax) return container_too_large("$reduce");
    if (++steps_ % kStepsPerCheck != 0 && !last) return {};
    if (same_bytes(value, checked_)) return {};
    checked_ = value;
    if (!too_deep(value)) return {};
    return Error(ErrorCode::kOverflow, "the result of $reduce exceeds the limit of {} levels of nesting", kLevelsMax);
  }
  // What was checked may be gone.
  void forget() { checked_ = Value(); }

 private:
  size_t steps_ = 0;
  Value checked_;
};

class ReduceNode final : public Expression {
 public:
  // The variables: `value` is $$value, the next one $$this.
  ReduceNode(ExpressionPtr input, ExpressionPtr initial, ExpressionPtr in, int value)
      : input_(std::move(input)), initial_(std::move(initial)), in_(std::move(in)), value_(value) {}

  Result<Value> evaluate(EvalContext& context) const override {
    PS_TRY(const Value input, input_->evaluate(context));
    if (input.is_nullish()) return Value::null();
    if (!input.is_array()) {
      return Error(ErrorCode{40080}, "$reduce requires that 'input' be an array, found: {}", penstock::to_text(input));
    }
    PS_TRY(Value value, initial_->evaluate(context));
    const size_t before = context.arena.bytes_reserved();
    const Document array = input.as_array();
    const auto end = array.end();
    Growth growth;
    for (auto at = array.begin(); at != end;) {
      if (context.arena.bytes_reserved() > before + kPlainBytes) return go_on(value, at, end, context);
      PS_TRY(value, step(value, at->value, context));
      ++at;
      PS_TRY(growth.check(value, at == end));
    }
    return value;
  }
  void collect_needs(FieldNeeds& needs) const override {
    input_->collect_needs(needs);
    initial_->collect_needs(needs);
    in_->collect_needs(needs);
  }
  void bind(const FieldNeeds* needs) override {
    input_->bind(needs);
    initial_->bind(needs);
    in_->bind(needs);
  }
  std::string to_text() const override {
    return "{$reduce: [" + input_->to_text() + ", " + initial_->to_text() + ", " + in_->to_text() + "]}";
  }

 private:
  Result<Value> step(const Value& value, const Value& element, EvalContext& context) const {
    context.variables[value_] = value;
    context.variables[value_ + 1] = element;
    return in_->evaluate(context);
  }

  Result<Value> go_on(Value value, Document::Iterator at, const Document::Iterator& end, EvalContext& context) const {
    Arena scratch;
    Arena kept[2];
    EvalContext inner{.arena = scratch,
                      .clock = context.clock,
                      .slots = context.slots,
                      .root = context.root,
                      .meta = context.meta,
                      .variables = context.variables};
    Growth growth;
    size_t turn = 0;
    while (at != end) {
      PS_TRY(const Value next, step(value, at->value, inner));
      ++at;
      PS_TRY(growth.check(next, at == end));
      if (!same_bytes(next, value)) {
        growth.forget();
        kept[turn].reset();
        value = next.copied_to(kept[turn]);
        turn ^= 1;
      }
      scratch.reset();
    }
    return value.copied_to(context.arena);
  }

  ExpressionPtr input_;
  ExpressionPtr initial_;
  ExpressionPtr in_;
  int value_;
};

Result<ExpressionPtr> parse_part(std::string_view name, const Value& spec, ParseContext& context) {
  auto parsed = parse_expression(spec, context);
  if (!parsed.ok()) return parsed.take_error().at(name);
  return parsed;
}

Result<ExpressionPtr> parse_reduce(const Value& argument, ParseContext& context) {
  if (!argument.is_object()) {
    return Error(ErrorCode{40075}, "$reduce requires an object as an argument, found: {}", type_name(argument.type()));
  }
  const Document spec = argument.as_object();
  for (const Element& element : spec) {
    if (element.name == "input" || element.name == "initialValue" || element.name == "in") continue;
    return Error(ErrorCode{40076}, "$reduce found an unknown argument: {}", element.name);
  }
  if (!spec.has("input")) return Error(ErrorCode{40077}, "$reduce requires 'input' to be specified");
  if (!spec.has("initialValue")) return Error(ErrorCode{40078}, "$reduce requires 'initialValue' to be specified");
  if (!spec.has("in")) return Error(ErrorCode{40079}, "$reduce requires 'in' to be specified");
  PS_TRY(ExpressionPtr input, parse_part("input", spec.get("input"), context));
  PS_TRY(ExpressionPtr initial, parse_part("initialValue", spec.get("initialValue"), context));
  const int value = context.push_variable("value");
  context.push_variable("this");
  auto in = parse_part("in", spec.get("in"), context);
  context.pop_variables(2);
  if (!in.ok()) return in.take_error();
  return ExpressionPtr(std::make_unique<ReduceNode>(std::move(input), std::move(initial), std::move(*in), value));
}

constexpr Example kReduceExamples[] = {
    {R"({$reduce: {input: "$a", initialValue: 1, in: {$multiply: ["$$value", "$$this"]}}})", R"({a: [2, 3]})", "6"},
    {R"({$reduce: {input: "$a", initialValue: "", in: {$concat: ["$$value", "$$this"]}}})", R"({a: []})", R"("")"},
    {R"({$reduce: {input: "$a", initialValue: 0, in: "$$this"}})", R"({})", "null"},
    {R"({$reduce: {input: "$a", initialValue: 0, in: "$$this"}})", R"({a: 1})", "error 40080"},
};

constexpr Function kReduceFunctions[] = {
    {.name = "$reduce",
     .arity = Arity::exactly(1),
     .summary = "{input, initialValue, in}: one value of all elements, step by step; \"in\" sees $$value and $$this.",
     .parse = parse_reduce,
     .examples = kReduceExamples},
};

}  // namespace

std::span<const Function> reduce_functions() { return kReduceFunctions; }

}  // namespace penstock

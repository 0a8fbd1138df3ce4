// SPDX-License-Identifier: Apache-2.0
// $replaceRoot {newRoot: <expression>} and $replaceWith <expression> (reference mql-semantics 15.8).
#include "base/did_you_mean.h"
#include "bson/ejson.h"
#include "stages/catalog.h"
#include "stages/row_steps.h"
#include "stages/spec_value.h"

namespace penstock {
namespace {

constexpr size_t kDescribedCharsMax = 160;

Error not_an_object(std::string_view subject, const Value& value, const Value& input) {
  return Error(ErrorCode{40228},
               "{} must evaluate to an object, but resulting value was: {}. Type of resulting value: '{}'. "
               "Input document: {}",
               subject, value.is_missing() ? "MISSING" : to_text(value), type_name(value.type()), to_text(input));
}

class ReplaceRootOperator final : public Operator {
 public:
  ReplaceRootOperator(std::string_view subject, ExpressionPtr new_root, size_t variable_count)
      : subject_(subject), new_root_(std::move(new_root)), variables_(variable_count) {}

  Result<void> process(RowBatch& batch, EvalContext& context, DeadLetterCollector& dead_letters) override {
    context.variables = variables_.data();
    for_each_row(batch, context, dead_letters, "ReplaceRootOperator", [&](Row& row) -> Result<bool> {
      PS_TRY(const Value value, new_root_->evaluate(context));
      if (!value.is_object()) return not_an_object(subject_, value, row.root);
      row.root = value;
      row.slots = nullptr;  // They show the document before this stage.
      return true;
    });
    return {};
  }

 private:
  std::string_view subject_;
  ExpressionPtr new_root_;
  std::vector<Value> variables_;
};

class ReplaceRootStage final : public StageSpec {
 public:
  // `subject`: how errors call the value; a literal.
  ReplaceRootStage(std::string_view subject, const Value& spec, ExpressionPtr new_root)
      : subject_(subject), spec_(spec), new_root_(std::move(new_root)) {}

  FieldNeeds needs(const FieldNeeds& downstream) const override {
    FieldNeeds needs;
    if (downstream.window()) needs.need_window();
    if (downstream.record_meta()) needs.need_record_meta();
    new_root_->collect_needs(needs);
    return needs;
  }
  std::string describe() const override { return to_text(spec_.value(), kDescribedCharsMax); }
  Result<std::unique_ptr<Operator>> build(const FieldNeeds* input) const override {
    // A document is rewritten: the planner gives whole or pruned documents to this stage, never slots alone.
    PS_CHECK(input == nullptr);
    ParseContext context;
    PS_TRY(ExpressionPtr new_root, parse_expression(spec_.value(), context));
    return std::unique_ptr<Operator>(
        std::make_unique<ReplaceRootOperator>(subject_, std::move(new_root), context.variable_count()));
  }

 private:
  std::string_view subject_;
  SpecValue spec_;
  ExpressionPtr new_root_;
};

Result<std::unique_ptr<StageSpec>> make_stage(std::string_view subject, const Value& expression) {
  ParseContext context;
  PS_TRY(ExpressionPtr new_root, parse_expression(expression, context));
  return std::unique_ptr<StageSpec>(std::make_unique<ReplaceRootStage>(subject, expression, std::move(new_root)));
}

}  // namespace

Result<std::unique_ptr<StageSpec>> parse_replace_root_stage(const Value& spec) {
  if (!spec.is_object()) {
    return Error(ErrorCode{40229}, "expected an object as specification for $replaceRoot stage, got {}",
                 type_name(spec.type()));
  }
  for (const Element& element : spec.as_object()) {
    if (element.name == "newRoot") continue;
    constexpr std::string_view kKnown[] = {"newRoot"};
    return Error(ErrorCode{40415}, "BSON field '$replaceRoot.{}' is an unknown field.{}", element.name,
                 did_you_mean(element.name, kKnown))
        .at(element.name);
  }
  const Value new_root = spec.as_object().get("newRoot");
  if (new_root.is_missing()) {
    return Error(ErrorCode{40414}, "BSON field '$replaceRoot.newRoot' is missing but a required field");
  }
  auto stage = make_stage("'newRoot' expression", new_root);
  if (!stage.ok()) return stage.take_error().at("newRoot");
  return stage;
}

Result<std::unique_ptr<StageSpec>> parse_replace_with_stage(const Value& spec) {
  return make_stage("'replacement document' ", spec);  // The second blank is MongoDB's.
}

}  // namespace penstock

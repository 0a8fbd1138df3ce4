// SPDX-License-Identifier: Apache-2.0
// $match: documents that fulfil a filter go on (reference mql-semantics 16).
#include "bson/ejson.h"
#include "expression/match.h"
#include "stages/catalog.h"
#include "stages/row_steps.h"
#include "stages/spec_value.h"

namespace penstock {
namespace {

constexpr size_t kDescribedCharsMax = 160;

class MatchOperator final : public Operator {
 public:
  MatchOperator(std::unique_ptr<Filter> filter, size_t variable_count)
      : filter_(std::move(filter)), variables_(variable_count) {}

  Result<void> process(RowBatch& batch, EvalContext& context, DeadLetterCollector& dead_letters) override {
    context.variables = variables_.data();
    for_each_row(batch, context, dead_letters, "MatchOperator", [&](Row&) { return filter_->matches(context); });
    return {};
  }

 private:
  std::unique_ptr<Filter> filter_;
  std::vector<Value> variables_;
};

class MatchStage final : public StageSpec {
 public:
  MatchStage(const Value& spec, std::unique_ptr<Filter> filter) : spec_(spec), filter_(std::move(filter)) {}

  FieldNeeds needs(const FieldNeeds& downstream) const override {
    FieldNeeds needs = downstream;
    filter_->collect_needs(needs);
    return needs;
  }
  bool reads_slots() const override { return true; }
  std::string describe() const override { return to_text(spec_.value(), kDescribedCharsMax); }
  Result<std::unique_ptr<Operator>> build(const FieldNeeds* input) const override {
    ParseContext context;
    PS_TRY(std::unique_ptr<Filter> filter, parse_filter_document(spec_.value().as_object(), context));
    filter->bind(input);
    return std::unique_ptr<Operator>(std::make_unique<MatchOperator>(std::move(filter), context.variable_count()));
  }

 private:
  SpecValue spec_;
  std::unique_ptr<Filter> filter_;
};

}  // namespace

Result<std::unique_ptr<StageSpec>> parse_match_stage(const Value& spec) {
  if (!spec.is_object()) return Error(ErrorCode{15959}, "the match filter must be an expression in an object");
  ParseContext context;
  PS_TRY(std::unique_ptr<Filter> filter, parse_filter_document(spec.as_object(), context));
  return std::unique_ptr<StageSpec>(std::make_unique<MatchStage>(spec, std::move(filter)));
}

}  // namespace penstock

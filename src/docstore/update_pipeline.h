// SPDX-License-Identifier: Apache-2.0
// The pipeline of $merge {whenMatched: [...]}: runs over the stored document, with what comes in as variables. Results,
// field order and error codes as mongod's (measured on 6.0.5).
//
//   stored {_id: 1, n: 2}, incoming {_id: 1, n: 5},  [{$set: {n: {$add: ["$n", "$$new.n"]}}}]   =>  {_id: 1, n: 7}
//
//  - `let` is evaluated on the incoming document, also when there is no match: its errors do not depend on it
//  - `new` is the incoming document unless `let` names variables and nothing may be inserted
//  - a variable without a value does not exist: a pipeline that uses it is refused for this document
// Thread: one at a time.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "bson/document.h"
#include "stages/merge_stage.h"
#include "stages/projection.h"

namespace penstock {

class UpdatePipeline {
 public:
  // Errors have MongoDB's codes: 40324 (no such stage), 72 (not allowed here), and those of stages and expressions.
  static Result<UpdatePipeline> parse(const MergeSpec& spec, const Clock& clock);
  // That of an update command: it may ask for $$NOW, `let` holds its variables, there is no `new`; set_incoming() gets
  // an empty document.
  static Result<UpdatePipeline> parse_update(Document stages, Document let, const Clock& clock);
  // The variables of this document. Views into `incoming`, which must outlive the next apply().
  Result<void> set_incoming(Document incoming);
  // What the pipeline makes of the stored document; valid until the next set_incoming().
  Result<Document> apply(Document stored);

 private:
  // One stage: a projection, or an expression for the new root.
  struct Step {
    std::unique_ptr<Projection> projection;
    ExpressionPtr new_root;
    std::string_view subject;  // How errors call the new root.
  };
  struct Variable {
    std::string name;
    ExpressionPtr value;
  };

  explicit UpdatePipeline(const Clock& clock) : clock_(&clock) {}
  Result<void> parse_variables(Document let, bool adds_new);
  Result<void> parse_stages(Document stages);
  static Result<std::vector<Step>> parse_steps(Document pipeline, ParseContext& names);
  static Result<Step> parse_step(const Element& stage, ParseContext& names);
  Result<void> check_without_the_missing() const;
  EvalContext context() { return {.arena = *arena_, .clock = *clock_, .meta = &meta_}; }

  // What names of variables mean here.
  ParseContext scope() const { return now_ ? ParseContext(*now_) : ParseContext(); }

  const Clock* clock_;
  std::optional<EventTime> now_;  // $$NOW; streams have none.
  OwnedDocument pipeline_;
  std::vector<Variable> variables_;
  std::vector<Step> steps_;
  std::vector<Value> let_values_;  // What evaluating `let` needs itself.
  std::vector<Value> values_;      // Of the variables, then of those that expressions of the pipeline make.
  std::unique_ptr<Arena> arena_ = std::make_unique<Arena>();
  DocumentBuilder builder_;
  RowMeta meta_;
};

}  // namespace penstock

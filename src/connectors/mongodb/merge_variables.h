// SPDX-License-Identifier: Apache-2.0
// The constants a whenMatched pipeline sees, per incoming document: {new: document, <variable of let>: value, ...}.
// An `_id` that serves for an insert only is left out of them, as mongod's own $merge would not have it yet; the server
// makes one when it inserts.
// Thread: any, one at a time.
#pragma once

#include <string>
#include <vector>

#include "base/arena.h"
#include "base/clock.h"
#include "expression/expression.h"
#include "stages/merge_stage.h"

namespace penstock {

class MergeVariables {
 public:
  // Errors: of an expression in `let`.
  static Result<MergeVariables> make(const MergeSpec& spec, const Clock& clock);
  // The object for `c`. Error: an expression fails on this document.
  Result<OwnedDocument> evaluate(const MergeSpec& spec, Document incoming) const;

 private:
  explicit MergeVariables(const Clock& clock) : clock_(&clock) {}
  std::vector<NamedExpression> variables_;
  size_t scratch_variables_ = 0;  // That evaluation needs.
  const Clock* clock_;
};

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
// The variables that `let` of a command gives to its filter, its pipeline and its projection: constants, or expressions
// of constants. Thread: immutable.
#pragma once

#include <vector>

#include "base/result.h"
#include "expression/expression.h"

namespace penstock {

class CommandVariables {
 public:
  // Makes them visible in `names`, to which nothing was added before. Error 4890500: one wants a field.
  static Result<CommandVariables> parse(Document let, ParseContext& names);
  // Into the values that an evaluation looks at; valid as long as this.
  void set(std::vector<Value>& values) const;

 private:
  static Result<CommandVariables> parse_values(Document let, ParseContext& names);
  std::vector<ExpressionPtr> values_;
};

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
// The catalog of stages and what a parsed stage can do. A stage of the language is a row of the catalog
// (stages/catalog.h); parsing gives a StageSpec, building gives the Operator that runs (dataflow/operator.h).
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "dataflow/operator.h"
#include "expression/expression.h"

namespace penstock {

class StageSpec {
 public:
  virtual ~StageSpec() = default;
  // What the stage reads of its input. `downstream`: what the stages after it read of its output. The result is what
  // this stage and all after it need of its input; a stage that passes documents on adds downstream's needs.
  virtual FieldNeeds needs(const FieldNeeds& downstream) const = 0;
  // True when the running form can read slots; false: rows must come with their document in Row::root.
  virtual bool reads_slots() const { return false; }
  // One line for explain, without the stage's name: "_id: 0, symbol, vwap".
  virtual std::string describe() const = 0;
  // The running form. `input`: the slots rows come with, or null when rows come as documents.
  // Called once per lane; the operator owns its copy of the expressions.
  virtual Result<std::unique_ptr<Operator>> build(const FieldNeeds* input) const = 0;
};

// The name of a stage's running form in dead letters and statistics (reference control-plane A7.4): "$match" gives
// "MatchOperator"; stages that are another one's other spelling have its name.
std::string operator_name_of(std::string_view stage);

// Where a stage may stand (reference pipeline-language 1.7).
enum class StagePlace { kMain, kWindow };

}  // namespace penstock

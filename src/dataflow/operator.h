// SPDX-License-Identifier: Apache-2.0
// The running form of a stage. Synchronous, owned by one task, never blocks, never sleeps, no lock.
#pragma once

#include <memory>
#include <vector>

#include "dataflow/dead_letter.h"
#include "dataflow/row.h"

namespace penstock {

class Operator {
 public:
  virtual ~Operator() = default;
  // Transforms the rows in place: removes, replaces, adds. A row that fails becomes a dead letter and is removed.
  // Error: the processor cannot go on (memory limit).
  virtual Result<void> process(RowBatch& batch, EvalContext& context, DeadLetterCollector& dead_letters) = 0;
};

// What stages such as $match and $project share: evaluates for a row with the context set to it.
inline void set_row(EvalContext& context, const Row& row) {
  context.root = row.root;
  context.slots = row.slots;
  context.meta = &row.meta;
}

}  // namespace penstock

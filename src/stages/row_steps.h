// SPDX-License-Identifier: Apache-2.0
// What operators that look at one row at a time share: the loop over a batch, and the way of a failed row into the dead
// letters.
#pragma once

#include <string_view>

#include "dataflow/operator.h"

namespace penstock {

// The dead letter of a row that failed with `error`. `operator_name`: a literal.
void add_dead_letter(std::string_view operator_name, const Error& error, const Row& row,
                     DeadLetterCollector& dead_letters);

// Calls `step` (Result<bool>(Row&)) for every row with the context set to it. A row stays when the step says true,
// leaves when it says false, and becomes a dead letter when it fails.
template <typename Step>
void for_each_row(RowBatch& batch, EvalContext& context, DeadLetterCollector& dead_letters,
                  std::string_view operator_name, Step step) {
  size_t kept = 0;
  for (size_t i = 0; i < batch.rows.size(); ++i) {
    Row& row = batch.rows[i];
    set_row(context, row);
    Result<bool> stays = step(row);
    if (!stays.ok()) {
      add_dead_letter(operator_name, stays.error(), row, dead_letters);
    } else if (*stays) {
      if (kept != i) batch.rows[kept] = row;
      ++kept;
    }
  }
  batch.rows.resize(kept);
}

}  // namespace penstock

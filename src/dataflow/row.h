// SPDX-License-Identifier: Apache-2.0
// Rows on their way through the stages of a lane. A row is a document (or the slots of the wanted fields) plus
// metadata.
//
//   RowBatch    rows_[i].slots -> slots_ (n x wanted)      rows_[i].root -> BSON in arena or record
//               rows_[i].meta  -> record of the RecordBatch
//
// Everything a row points to lives until clear(): the arena, the record batch it came from.
#pragma once

#include <vector>

#include "expression/expression.h"

namespace penstock {

struct Row {
  Value root;                    // Object, or missing when only slots were decoded.
  const Value* slots = nullptr;  // In the order of the needs the source was planned with; null when root is complete.
  RowMeta meta;
  EventTime window_time;  // Which window it falls in: event time, or the clock for processing time.
  // The largest window_time of its batch up to this row, rows that stages have left out since included: the watermark
  // moves with every record.
  EventTime seen;
};

class RowBatch {
 public:
  std::vector<Row> rows;
  Arena arena{128 * 1024};
  std::vector<Value> slots;  // Storage of Row::slots.

  // Keeps the memory, also of the slots: they are written before they are read.
  void clear() {
    rows.clear();
    arena.reset();
  }
};

}  // namespace penstock

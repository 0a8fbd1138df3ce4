// SPDX-License-Identifier: Apache-2.0
// Records -> rows: the first step of every lane (architecture 3). With slots only the wanted fields are decoded;
// otherwise the whole document. A record that is no document becomes a dead letter and is left out; its position has
// moved all the same. Thread: one lane.
#pragma once

#include "bson/json_decoder.h"
#include "dataflow/operator.h"
#include "runtime/counters.h"
#include "runtime/plan.h"

namespace penstock {

class RecordDecoder {
 public:
  // `slots`: decode only needs.fields() into Row::slots.
  RecordDecoder(const FieldNeeds& needs, bool slots);
  // Appends a row for each good record of [begin, end) to `out` (cleared by the caller). Row::window_time is the event
  // time.
  void decode(const RecordBatch& batch, size_t begin, size_t end, const SourceMeta& source, RowBatch& out,
              LaneCounters& counters, DeadLetterCollector& dead_letters);

 private:
  Result<void> decode_record(const RecordBatch::Record& record, Row& row, Value* slots, Arena& arena);

  JsonDecoder decoder_;
  size_t slot_count_;
  bool slots_;
};

}  // namespace penstock

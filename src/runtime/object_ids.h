// SPDX-License-Identifier: Apache-2.0
// `_id`s for documents that have none. Made once, at the freeze: a second delivery writes the same ones (architecture
// 13).
#pragma once

#include "base/clock.h"
#include "base/random.h"
#include "bson/value.h"
#include "columnar/record_batch.h"
#include "time/window.h"

namespace penstock {

class ObjectIds {
 public:
  // `reproducible`: ids follow from the input (--clock record), so that two runs give the same bytes.
  ObjectIds(bool reproducible, uint64_t definition_hash, const Clock& clock, Random& random);
  // Of the result number `ordinal` of a window.
  ObjectId of_window(const Window& window, uint64_t ordinal);
  // Of the result that came from one record.
  ObjectId of_record(PartitionId partition, int64_t offset, EventTime time);
  // Of a dead letter and anything else: time, random, counter.
  ObjectId fresh();
  // Of the dead letter of a document that the sink refused: follows from the entry, so that a repeated delivery writes
  // the same one. `salt`: differs between lineages.
  static ObjectId of_refusal(uint64_t salt, uint64_t seq, uint64_t index, EventTime frozen_at);

 private:
  static ObjectId from_hash(EventTime time, uint64_t salt, uint64_t a, uint64_t b, uint64_t c);
  bool reproducible_;
  uint64_t definition_hash_;
  const Clock& clock_;
  uint64_t random_;
  uint32_t counter_;
};

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
// A record or document that cannot be processed, with the reason: counted always, written when the definition names a
// dead letter queue (reference pipeline-language 1.6).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dataflow/row.h"

namespace penstock {

struct DeadLetter {
  std::string_view operator_name;  // A literal: "KafkaConsumerOperator", "GroupOperator", ...
  std::string reason;
  ErrorCode code = ErrorCode::kFailedToParse;
  OwnedDocument document;  // The document as it was when it failed; unset when `raw` is to be used.
  std::string raw;         // The record's bytes, when no document was made of them.
  bool has_raw = false;
  bool undecodable = false;   // `raw` is not a document: shown as {raw: BinData}, else decoded when written.
  OwnedDocument stream_meta;  // Same content as {$meta: "stream"}.
  std::vector<EventTime> missed_window_starts;  // Late records only.
};

// Takes dead letters from operators. Thread: the lane.
class DeadLetterCollector {
 public:
  virtual ~DeadLetterCollector() = default;
  // False when nobody will read the letter (no queue is configured): the caller may leave documents out; add() still
  // counts.
  virtual bool wanted() const = 0;
  virtual void add(DeadLetter letter) = 0;
};

// Fills document, raw and stream_meta of a letter from the row it is about. `whole` false: only what costs nothing.
void describe_row(const Row& row, DeadLetter& letter, bool whole);

}  // namespace penstock

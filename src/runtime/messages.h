// SPDX-License-Identifier: Apache-2.0
// What coordinator, lanes and delivery say to each other.
//
//   coordinator --Barrier {seq, frontier}--> lane     between two batches: seal, then answer
//   coordinator <--LaneReply {seq, ...}----- lane     positions, watermark, sealed parts, outputs, dead letters
//   coordinator --OutboxEntry--> delivery --Delivered--> coordinator
#pragma once

#include <optional>
#include <vector>

#include "dataflow/sink.h"
#include "dataflow/source.h"
#include "dataflow/window.h"
#include "runtime/counters.h"
#include "time/watermark.h"

namespace penstock {

struct LaneMessage {
  enum class Kind { kBarrier, kPartition, kStop } kind;
  uint64_t seq = 0;                          // kBarrier
  EventTime frontier = EventTime::lowest();  // kBarrier: seal through this.
  std::optional<SourcePartition> partition;  // kPartition: read this one too.
};

// A result of a pipeline without windows, with the record it came from.
struct LaneOutput {
  OwnedDocument document;
  PartitionId partition;
  int64_t offset = 0;
  EventTime time;
};

struct PartitionView {
  PartitionId id;
  int64_t position = 0;  // Next offset to read: the cut.
  WatermarkTracker::Slot time;
};

struct LaneReply {
  size_t lane = 0;
  uint64_t seq = 0;              // Of the barrier; 0 for a notice between barriers.
  bool has_sealed = false;       // Notice: a window was sealed, a barrier is wanted now.
  std::optional<Error> failure;  // The processor cannot go on.
  bool finished = false;         // A bounded run: everything was read.
  bool holds_watermark = false;  // Some partition of the lane counts.
  std::optional<EventTime> watermark;
  std::vector<PartitionView> partitions;
  std::vector<SealedPart> sealed;
  std::vector<LaneOutput> outputs;
  std::vector<DeadLetter> dead_letters;
  LaneCounters counters;  // Since the start of the lane.
  uint64_t open_windows = 0;
  uint64_t state_bytes = 0;
  uint64_t queued_bytes = 0;
  std::optional<EventTime> next_end;
  int64_t last_arrival_ns = 0;  // Monotonic time of the last batch with records.
};

struct Delivered {
  uint64_t seq = 0;
  size_t documents = 0;
  std::vector<RefusedDocument> refused;
  std::vector<OwnedDocument> refused_documents;  // Of `refused`, in its order.
  std::optional<Error> failure;                  // Not transient: the processor fails.
};

}  // namespace penstock

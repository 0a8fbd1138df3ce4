// SPDX-License-Identifier: Apache-2.0
// What coordinator, lanes and delivery say to each other.
//
//   coordinator --Barrier {seq, frontier, save}--> lane     between two batches: seal, save, then answer
//   coordinator <--LaneReply {seq, ...}----------- lane     positions, watermark, sealed parts, saved parts, outputs,
//   ... coordinator --Checkpoint, entries--> checkpoint task --CheckpointDone--> coordinator coordinator
//   --FrozenEntry--> delivery --Delivered--> coordinator        only entries of a durable checkpoint
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "dataflow/sink.h"
#include "dataflow/source.h"
#include "dataflow/window.h"
#include "runtime/counters.h"
#include "state/checkpoint.h"
#include "time/watermark.h"

namespace penstock {

struct LaneMessage {
  enum class Kind { kBarrier, kPartition, kStop } kind;
  uint64_t seq = 0;                          // kBarrier
  EventTime frontier = EventTime::lowest();  // kBarrier: seal through this.
  bool save = false;                         // kBarrier: answer with the open parts, for a checkpoint.
  std::optional<SourcePartition> partition;  // kPartition: read this one too.
};

// What a lane knows of a partition besides its position; from a checkpoint at a restart.
struct PartitionMemory {
  std::optional<EventTime> max_time;
  bool idle = false;
  std::optional<EventTime> record_clock;
  LastRecord last;
};

// A result of a pipeline without windows, with the record it came from.
struct LaneOutput {
  OwnedDocument document;
  PartitionId partition;
  int64_t offset = 0;
  EventTime time;
};

// So many results come from records that were read then (monotonic).
struct ReadMark {
  int64_t read_ns = 0;
  uint64_t results = 0;
};

struct PartitionView {
  PartitionId id;
  int64_t position = 0;  // Next offset to read: the cut.
  uint64_t records = 0;  // Read since the start of the lane, and the bytes of their values.
  uint64_t bytes = 0;
  WatermarkTracker::Slot time;
  std::optional<EventTime> record_clock;  // --clock record
  LastRecord last;
};

struct LaneReply {
  size_t lane = 0;
  uint64_t seq = 0;              // Of the barrier; 0 for a notice between barriers.
  bool has_sealed = false;       // Notice: a window was sealed, a barrier is wanted now.
  bool has_news = false;         // Since the answer before: records came, or the watermark moved. Notice: at the first.
  std::optional<Error> failure;  // The processor cannot go on.
  bool finished = false;         // A bounded run: everything was read.
  bool holds_watermark = false;  // Some partition of the lane counts.
  std::optional<EventTime> watermark;
  std::vector<PartitionView> partitions;
  EventTime frontier = EventTime::lowest();  // Windows of the lane are sealed through this.
  std::vector<SealedPart> sealed;
  std::vector<SavedPart> saved;  // Of a barrier that saves.
  std::vector<LaneOutput> outputs;
  std::vector<ReadMark> reads;  // Of the outputs.
  std::vector<DeadLetter> dead_letters;
  LaneCounters counters;              // Since the start of the lane.
  std::vector<StageCounters> stages;  // Likewise: the source, stages up to the window, the window.
  uint64_t open_windows = 0;
  std::optional<OpenWindows> windows;
  uint64_t state_bytes = 0;
  uint64_t queued_bytes = 0;
  std::optional<EventTime> next_end;
  int64_t last_arrival_ns = 0;  // Monotonic time of the last batch with records.
};

// A checkpoint on its way to the disk, and back with its number.
struct CheckpointRequest {
  std::unique_ptr<Checkpoint> checkpoint;  // Null: the task ends.
  std::vector<FrozenEntry> undelivered;    // All entries that belong to it.
};

struct CheckpointDone {
  std::unique_ptr<Checkpoint> checkpoint;
  uint64_t durable_seq = 0;      // Entries up to it may be delivered.
  std::optional<Error> failure;  // Not transient: the processor fails.
};

struct Delivered {
  uint64_t seq = 0;
  size_t documents = 0;
  size_t refused = 0;  // Became dead letters in the same commit.
  uint64_t bytes = 0;  // Of the documents, and of those refused.
  uint64_t refused_bytes = 0;
  int64_t acknowledged_ns = 0;   // Monotonic.
  int64_t busy_ns = 0;           // What the sink took.
  std::optional<Error> failure;  // Not transient: the processor fails.
};

}  // namespace penstock

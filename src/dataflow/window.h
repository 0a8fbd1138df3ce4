// SPDX-License-Identifier: Apache-2.0
// Windows, cut in two: the lane's half collects rows into parts keyed by pane, the finishing half joins the parts of a
// sealed window and gives its result rows (architecture 7).
//
//   lane 0: rows -> pane [12:00:00, 12:00:30) -> part --+
//   lane 1: rows -> pane [12:00:00, 12:00:30) -> part --+--> finisher: merge in partition order -> rows -> later stages
//
// Frontier: the watermark (or the clock, for processing time) through which windows are sealed. A window is sealed when
// frontier - allowedLateness >= its end (reference pipeline-language 3.4, decision 4); a row for a sealed window is
// late.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "dataflow/operator.h"

namespace penstock {

enum class WindowBoundary { kEventTime, kProcessingTime };

// Partial content of one pane: what one lane collected of it, from one partition where order matters.
class WindowPart {
 public:
  virtual ~WindowPart() = default;
  virtual size_t bytes() const = 0;
  // Appends the content, for a checkpoint.
  virtual void save(std::string& to) const = 0;
};

// A part of an open window as bytes.
struct SavedPart {
  Window window;
  uint32_t partition = 0;  // As in SealedPart.
  std::string bytes;
};

struct SealedPart {
  Window window;
  uint32_t partition = 0;  // PartitionId.index where parts are kept per partition, else 0: the order of merging.
  std::unique_ptr<WindowPart> part;
  int64_t opened_ns = -1;  // Monotonic time when its first row came; -1 unknown: it was restored.
};

// Tells the window operator, in the middle of a batch, how far windows are sealed.
class FrontierOfLane {
 public:
  virtual ~FrontierOfLane() = default;
  // Records of the batch's partition up to `largest` (Row::seen) have been read. Returns the frontier after them; with
  // several lanes it moves only at barriers, between batches.
  virtual EventTime observe(EventTime largest) = 0;
  virtual EventTime frontier() const = 0;
};

// The lane's half.
class WindowOperator {
 public:
  virtual ~WindowOperator() = default;
  // Adds all rows of a batch (one partition). Late rows become dead letters. Error kWorkerOutOfMemory never comes from
  // here: the lane compares bytes().
  virtual Result<void> process(RowBatch& batch, PartitionId partition, EvalContext& context, FrontierOfLane& frontier,
                               DeadLetterCollector& dead_letters) = 0;
  // Seals every window that `frontier` closes.
  virtual void seal_through(EventTime frontier) = 0;
  // Sealed parts since the last call, by window start, then partition.
  virtual std::vector<SealedPart> take_sealed() = 0;
  virtual bool has_sealed() const = 0;
  virtual size_t open_windows() const = 0;
  // The first and the last one that is open.
  virtual std::optional<std::pair<Window, Window>> open_range() const = 0;
  // Earliest end of an open window.
  virtual std::optional<EventTime> next_end() const = 0;
  virtual size_t bytes() const = 0;
  // All open parts, by window start, then partition; sealed ones are not among them.
  virtual std::vector<SavedPart> save() const = 0;
  // Adds a saved part, also to one that is there already: parts that several lanes had collected come into one.
  // kFailedToParse when it is none of this plan.
  virtual Result<void> restore(const SavedPart& part) = 0;
};

// The finishing half.
class WindowFinisher {
 public:
  virtual ~WindowFinisher() = default;
  // `parts`: all parts of one window, in the order of merging. Appends result rows (after the inner pipeline) to `out`;
  // their bytes live in out.arena, their metadata (window bounds) as long as the finisher's next call.
  virtual Result<void> finish(std::vector<SealedPart> parts, RowBatch& out, EvalContext& context,
                              DeadLetterCollector& dead_letters) = 0;
};

// What a window stage is to the rest: built by stages/window_stage.h.
class WindowPlan {
 public:
  virtual ~WindowPlan() = default;
  virtual WindowBoundary boundary() const = 0;
  virtual Duration allowed_lateness() const = 0;
  virtual std::optional<Duration> idle_timeout() const = 0;
  virtual Duration interval() const = 0;
  // True when parts are kept per partition: SealedPart::partition and SavedPart::partition tell which.
  virtual bool part_per_partition() const = 0;
  // The window an instant falls in.
  virtual Window window_of(EventTime time) const = 0;
  // True when its stages can read slots; false: rows must come as documents.
  virtual bool reads_slots() const = 0;
  // What its inner pipeline reads of the rows.
  virtual FieldNeeds needs() const = 0;
  virtual Result<std::unique_ptr<WindowOperator>> build_operator(const FieldNeeds* input) const = 0;
  virtual Result<std::unique_ptr<WindowFinisher>> build_finisher() const = 0;
  // Lines for explain, outermost first: "tumblingWindow 30 s ...", "  group ...", ...
  virtual std::vector<std::string> describe() const = 0;
};

}  // namespace penstock

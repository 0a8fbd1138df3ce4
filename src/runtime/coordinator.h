// SPDX-License-Identifier: Apache-2.0
// Leads one processor: sends barriers through the lanes, moves the frontier from their answers, freezes what was
// sealed, makes it durable, hands it to delivery, ends the run (architecture 8, 9).
//
//   send barrier {seq, frontier} --> all lanes answer --> freeze --> checkpoint --> delivery --> acknowledged
//        ^------------------------- frontier = minimum of the watermarks answered ----|
//
// Barriers follow each other at once when windows were sealed, else every freeze period or 200 ms, and every second
// while nothing happens; the first record then wakes the coordinator.
//
// One barrier and one checkpoint are under way at a time, never both: a checkpoint is the cut of the barrier before it.
// Invariant: no entry is delivered before the checkpoint that holds it is durable. What is frozen and not acknowledged
// is bounded; beyond that the lanes stop polling. Thread: its own task; snapshot() and the requests from any.
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <set>
#include <vector>

#include "base/log.h"
#include "runtime/checkpoint_task.h"
#include "runtime/delivery.h"
#include "runtime/durable_state.h"
#include "runtime/freezer.h"
#include "runtime/lane.h"
#include "runtime/statistics.h"

namespace penstock {

class Coordinator final : public Task {
 public:
  struct Parts {
    const ProcessorPlan& plan;
    const RunSettings& settings;
    Source& source;
    const Clock& clock;
    Logger& log;
    std::unique_ptr<Freezer> freezer;
    std::vector<std::unique_ptr<Lane>>& lanes;
    DeliveryTask& delivery;
    Mailbox<LaneReply>& replies;
    Mailbox<Delivered>& delivered;
    std::atomic<bool>& hold;
    SampleTaps& taps;
    CheckpointTask* checkpoints;  // Null: no state is kept; likewise `state`.
    Mailbox<CheckpointDone>& written;
    DurableState* state;
  };
  explicit Coordinator(Parts parts);

  StepResult step() override;
  // Stop reading, deliver what is frozen, end. Thread: any.
  void request_stop() { stop_requested_.store(true); }
  ProcessorSnapshot snapshot() const;
  // Why the processor failed; empty when it ended well. After its end only.
  std::optional<Error> take_failure() { return std::move(failure_); }

 private:
  enum class Phase { kRunning, kLastBarrier, kDraining, kEnded };

  void take_replies();
  void take_deliveries();
  void take_checkpoints();
  void send_barrier();
  Result<void> complete_barrier();
  bool has_material() const { return !sealed_.empty() || !outputs_.empty() || !dead_letters_.empty(); }
  bool should_save(int64_t now_ns) const;
  Result<void> freeze();
  bool checkpoint_is_due();
  void write_checkpoint();
  std::vector<ReadMark> take_reads();
  void deliver_durable(uint64_t seq);
  void publish_positions(const Checkpoint& checkpoint);
  void drain();
  EventTime next_frontier();
  EventTime watermark_frontier() const;
  EventTime idle_frontier() const;
  std::optional<EventTime> next_close() const;
  void read_new_partitions();
  void warn_about_silent_partitions();
  void give_up_after_deadline(int64_t now_ns);
  void fail(Error error);
  void end();
  void publish_snapshot();
  bool is_behind() const;
  bool may_send_barrier() const;
  bool wants_barrier(int64_t now_ns) const;
  bool waits_for_the_clock() const;
  int64_t longest_pause_ns() const;
  int64_t next_step_ns(int64_t now_ns) const;
  bool all_finished() const;

  Parts parts_;
  Phase phase_ = Phase::kRunning;
  uint64_t barrier_seq_ = 0;
  size_t answers_missing_ = 0;
  bool barrier_under_way_ = false;
  bool barrier_saves_ = false;  // The newest barrier asked for the open parts.
  int64_t stop_deadline_ns_ = 0;
  bool barrier_wanted_ = false;
  bool idle_ = false;            // Since the barrier before the newest nothing came and nothing is due.
  int64_t active_pause_ns_ = 0;  // Between barriers while it is not.
  int64_t next_barrier_ns_ = 0;
  int64_t answered_ns_ = 0;  // When the newest answers were complete.
  int64_t next_discovery_ns_ = 0;
  int64_t published_ns_ = 0;  // When the snapshot was made.
  EventTime frontier_ = EventTime::lowest();
  EventTime sealed_through_ = EventTime::lowest();  // Of everything frozen: what a checkpoint says.
  std::vector<LaneReply> last_;                     // Newest answer of each lane.
  std::vector<SealedPart> sealed_;                  // Not frozen yet.
  std::vector<LaneOutput> outputs_;
  std::vector<ReadMark> reads_;  // Of outputs_.
  std::vector<DeadLetter> dead_letters_;
  std::deque<FrozenEntry> undelivered_;  // Frozen, not acknowledged.
  size_t undelivered_bytes_ = 0;
  uint64_t posted_seq_ = 0;                 // Up to here entries were given to delivery.
  std::unique_ptr<Checkpoint> checkpoint_;  // The newest; with the task while one is written.
  bool checkpoint_under_way_ = false;
  bool checkpoint_has_outbox_ = false;  // The newest holds entries that were not acknowledged when it was made.
  int64_t next_checkpoint_ns_ = 0;
  std::optional<int64_t> written_ns_;  // When the newest checkpoint of this run was written.
  Statistics statistics_;
  std::set<uint32_t> warned_;  // Partitions named in a warning already.
  std::atomic<bool> stop_requested_{false};
  std::optional<Error> failure_;
  mutable std::mutex mutex_;
  ProcessorSnapshot snapshot_;
};

}  // namespace penstock

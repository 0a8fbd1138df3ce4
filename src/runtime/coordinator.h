// SPDX-License-Identifier: Apache-2.0
// Leads one processor: sends barriers through the lanes, moves the frontier from their answers, freezes what was
// sealed, hands it to delivery, ends the run (architecture 8).
//
//   send barrier {seq, frontier} --> all lanes answer --> freeze --> outbox --> delivery --> acknowledged
//        ^------------------------- frontier = minimum of the watermarks answered ----|
//
// One barrier is under way at a time; at most kOutboxEntriesMax entries wait for delivery, then the lanes stop polling.
// Thread: its own task; snapshot() and the requests from any.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <set>
#include <vector>

#include "base/log.h"
#include "runtime/delivery.h"
#include "runtime/freezer.h"
#include "runtime/lane.h"

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
  void send_barrier();
  Result<void> complete_barrier();
  Result<void> freeze();
  EventTime next_frontier();
  EventTime watermark_frontier() const;
  EventTime idle_frontier() const;
  void read_new_partitions();
  void warn_about_silent_partitions();
  void give_up_after_deadline(int64_t now_ns);
  void fail(Error error);
  void end();
  void publish_snapshot();
  bool may_send_barrier() const;
  bool wants_barrier(int64_t now_ns) const;
  int64_t next_step_ns(int64_t now_ns) const;
  bool all_finished() const;

  Parts parts_;
  Phase phase_ = Phase::kRunning;
  uint64_t barrier_seq_ = 0;
  size_t answers_missing_ = 0;
  bool barrier_under_way_ = false;
  int64_t stop_deadline_ns_ = 0;
  bool barrier_wanted_ = false;
  int64_t next_barrier_ns_ = 0;
  int64_t answered_ns_ = 0;  // When the newest answers were complete.
  int64_t next_discovery_ns_ = 0;
  EventTime frontier_ = EventTime::lowest();
  std::vector<LaneReply> last_;     // Newest answer of each lane.
  std::vector<SealedPart> sealed_;  // Of the barrier at hand.
  std::vector<LaneOutput> outputs_;
  std::vector<DeadLetter> dead_letters_;
  size_t outbox_entries_ = 0;  // Given to delivery, not acknowledged.
  uint64_t documents_out_ = 0;
  uint64_t refused_ = 0;
  std::set<uint32_t> warned_;  // Partitions named in a warning already.
  std::atomic<bool> stop_requested_{false};
  std::optional<Error> failure_;
  mutable std::mutex mutex_;
  ProcessorSnapshot snapshot_;
};

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
// A running processor: lanes, coordinator, delivery on an executor.
//   Processor p(...);  p.start();  ... p.snapshot() ... p.request_stop() ...  auto end = p.wait();
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "runtime/coordinator.h"
#include "runtime/sample_tap.h"

namespace penstock {

class Processor {
 public:
  // What it needs from outside; all outlive it. `source` and the sinks are open; `partitions` come from Source::open.
  struct Environment {
    Source& source;
    std::vector<SourcePartition> partitions;
    Sink& sink;
    Sink* dead_letter_sink = nullptr;
    Executor& executor;
    Random& random;
    Logger& log;
    DurableState* state = nullptr;  // Null: at-most-once, nothing is kept. Else taken over by make().
    std::string lineage = {};       // Makes ids of dead letters differ between lineages.
  };
  // With state: takes up what it says and writes a first checkpoint, before any record is read (reliability P1, P2).
  static Result<std::unique_ptr<Processor>> make(const ProcessorPlan& plan, const RunSettings& settings,
                                                 Environment environment);
  void start();
  void request_stop();
  ProcessorSnapshot snapshot() const { return coordinator_->snapshot(); }
  // Shows everything that is frozen from now on, and dead letters, as long as the caller keeps it or until the
  // processor ends. Before start(): from the first one on. Thread: any.
  void add_tap(const std::shared_ptr<SampleTap>& tap) { taps_.add(tap); }
  // After the executor has joined: how it ended.
  Result<void> outcome();

 private:
  Processor(const ProcessorPlan& plan, const RunSettings& settings, Environment environment);
  Result<void> build();
  Result<std::unique_ptr<Lane>> build_lane(size_t number);
  Result<void> add_partitions();
  Result<void> restore();

  const ProcessorPlan& plan_;
  const RunSettings settings_;
  Environment environment_;
  std::atomic<bool> hold_{false};
  SampleTaps taps_;
  Mailbox<LaneReply> replies_;
  Mailbox<Delivered> delivered_;
  Mailbox<CheckpointDone> written_;
  std::vector<std::unique_ptr<Lane>> lanes_;
  std::unique_ptr<DeliveryTask> delivery_;
  std::unique_ptr<CheckpointTask> checkpoints_;
  std::unique_ptr<Coordinator> coordinator_;
  Waker* coordinator_waker_ = nullptr;
};

}  // namespace penstock

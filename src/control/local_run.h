// SPDX-License-Identifier: Apache-2.0
// One processor run in this process: `penstock run`, the demo, and later each started processor of the server.
//   open (connects both ends, resolves positions) -> start -> snapshot ... request_stop -> join
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/files.h"
#include "base/write_lock.h"
#include "control/connectors.h"
#include "dataflow/executor_pool.h"
#include "runtime/processor.h"
#include "runtime/recovery.h"

namespace penstock {

struct LocalRunOptions {
  StartPosition start;
  bool until_end = false;
  ClockMode clock = ClockMode::kWall;
  size_t lanes = 0;  // 0: as many as partitions, at most the cores.
  size_t memory_bytes = size_t{1} << 30;
  std::string data_folder;
  // What the state is kept under: names the folder, stands in checkpoints and markers. "": the processor's name.
  std::string state_id;
  std::shared_ptr<DocStore> store;  // The embedded store, where it is open already; else opened when needed.
  bool keep_state = true;           // False: at-most-once, on explicit request.
  Duration checkpoint_period{5000};
  RecoveryChoices recovery;
  ExecutorPool* pool = nullptr;  // What it shares threads with, outlives it; null: each task has a thread of its own.
  // Wraps the sink of the results: the demo shows what passes. May be empty.
  std::function<std::unique_ptr<Sink>(std::unique_ptr<Sink>)> wrap_sink;
};

class LocalRun {
 public:
  // Takes up the state of the processor in the data folder, if there is one (runtime/recovery.h). First contact with
  // both ends: at most 30 s each, then kPeerUnreachable or kCredentialsRefused with one sentence. kStateRefused:
  // another process runs it, or what is there does not fit. Everything given by reference outlives the run.
  static Result<std::unique_ptr<LocalRun>> open(const Plan& plan, LocalRunOptions options, const Clock& clock,
                                                Random& random, Logger& log);
  void start();
  void request_stop() { processor_->request_stop(); }
  // Shows what leaves the last stage from now on, until the run ends. Thread: any.
  void add_tap(const std::shared_ptr<SampleTap>& tap) { processor_->add_tap(tap); }
  ProcessorSnapshot snapshot() const { return processor_->snapshot(); }
  // Waits for the end that request_stop(), --until-end or a failure brings.
  Result<void> join();
  // What its results are worth, and why not more.
  Guarantee guarantee() const;
  // True: it goes on from a checkpoint.
  bool resumed() const { return resumed_; }
  // "reading 6 partitions of sample_data_stock_trades, ..." for the start message.
  std::string describe() const;
  ~LocalRun();

 private:
  LocalRun(const Plan& plan, LocalRunOptions options, const Clock& clock, Random& random, Logger& log);
  Result<void> open_all();
  Result<void> open_sinks();
  Result<void> open_source();
  Result<void> open_kafka(const KafkaSourceSpec& spec);
  Result<void> open_state();
  Result<std::vector<SourcePartition>> find_start();
  const std::string& state_id() const;

  const Plan& plan_;
  LocalRunOptions options_;
  const Clock& clock_;
  Random& random_;
  Logger& log_;
  SinkFactory sinks_;
  std::unique_ptr<Sink> sink_;
  std::unique_ptr<Sink> dead_letter_sink_;
  std::unique_ptr<Source> source_;
  SystemFiles files_;
  std::optional<WriteLock> lock_;
  std::unique_ptr<CheckpointStore> store_;
  std::optional<DurableState> state_;
  bool resumed_ = false;
  size_t partition_count_ = 0;
  RunSettings settings_;
  // Its wakers are woken by threads of the source until the processor's readers are gone.
  std::unique_ptr<Executor> executor_;
  std::unique_ptr<Processor> processor_;
};

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
// One processor run in this process: `penstock run`, the demo, and later each started processor of the server.
//   open (connects both ends, resolves positions) -> start -> snapshot ... request_stop -> join
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "control/connectors.h"
#include "runtime/processor.h"

namespace penstock {

struct LocalRunOptions {
  StartPosition start;
  bool until_end = false;
  ClockMode clock = ClockMode::kWall;
  size_t lanes = 0;  // 0: as many as partitions, at most the cores.
  size_t memory_bytes = size_t{1} << 30;
  std::string data_folder;
  // Wraps the sink of the results: the demo shows what passes. May be empty.
  std::function<std::unique_ptr<Sink>(std::unique_ptr<Sink>)> wrap_sink;
};

class LocalRun {
 public:
  // First contact with both ends: at most 30 s each, then kPeerUnreachable or kCredentialsRefused with one sentence.
  // Everything given by reference outlives the run.
  static Result<std::unique_ptr<LocalRun>> open(const Plan& plan, LocalRunOptions options, const Clock& clock,
                                                Random& random, Logger& log);
  void start();
  void request_stop() { processor_->request_stop(); }
  ProcessorSnapshot snapshot() const { return processor_->snapshot(); }
  // Waits for the end that request_stop(), --until-end or a failure brings.
  Result<void> join();
  ~LocalRun();
  // "reading 6 partitions of sample_data_stock_trades, ..." for the start message.
  std::string describe() const;

 private:
  LocalRun(const Plan& plan, LocalRunOptions options, const Clock& clock, Random& random, Logger& log);
  Result<void> open_all();
  Result<void> open_sinks();
  Result<void> open_source();

  const Plan& plan_;
  LocalRunOptions options_;
  const Clock& clock_;
  Random& random_;
  Logger& log_;
  SinkFactory sinks_;
  std::unique_ptr<Sink> sink_;
  std::unique_ptr<Sink> dead_letter_sink_;
  std::unique_ptr<Source> source_;
  size_t partition_count_ = 0;
  RunSettings settings_;
  // Its wakers are woken by threads of the source until the processor's readers are gone.
  std::unique_ptr<Executor> executor_;
  std::unique_ptr<Processor> processor_;
};

}  // namespace penstock

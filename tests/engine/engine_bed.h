// SPDX-License-Identifier: Apache-2.0
// A whole processor on one thread: a definition as a user writes it, planned by the planner, run by the runtime between
// a source and a sink in memory.
//
//   EngineBed bed(definition, {.seed = 7});   bed.source().append(0, "{...}", at("12:00:01"));
//   bed.start();  bed.run_for({1000});  ...   bed.finish() -> how it ended;   bed.sink().documents()
//   with BedSettings.durable:  bed.crash(); bed.start();   goes on from the checkpoint on a simulated disk
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "planner/planner.h"
#include "runtime/processor.h"
#include "runtime/recovery.h"
#include "tests/engine/memory_sink.h"
#include "tests/engine/memory_source.h"
#include "tests/engine/simulated_disk.h"
#include "tests/engine/stepped_executor.h"

namespace penstock {

// "12:00:01", "12:00:01.500" on the first day of 2026, or a whole ISO date; anything else is a mistake of the test.
EventTime at(std::string_view time);

struct BedSettings {
  RunSettings run;
  uint64_t seed = 1;
  size_t partitions = 1;
  size_t batch_max = 4096;
  bool random_batches = true;  // Cut by the seed.
  bool durable = false;        // Checkpoints on a simulated disk.
  Duration checkpoint_period{5000};
  SinkRule sink_rule = SinkRule::kRequired;
};

class EngineBed {
 public:
  EngineBed(std::string_view definition, BedSettings settings);

  MemorySource& source() { return source_; }
  MemorySink& sink() { return sink_; }
  MemorySink& dead_letters() { return dead_letters_; }
  ManualClock& clock() { return clock_; }
  MemoryLogger& log() { return log_; }
  SteppedExecutor& executor() { return *executor_; }
  BedSettings& settings() { return settings_; }
  const Plan& plan() const { return *plan_; }
  Processor& processor() { return *processor_; }

  // The next start delivers there; outlives the bed.
  void deliver_to(Sink& sink) { deliver_to_ = &sink; }
  // The next start shows everything to it.
  void tap_at_start(std::shared_ptr<SampleTap> tap) { tap_ = std::move(tap); }
  // Without state never refused; with state see try_start().
  void start();
  Result<void> try_start(const RecoveryChoices& choices = {});
  // The process is gone, whatever it was doing.
  void crash();
  SimulatedDisk& disk() { return disk_; }
  void run_for(Duration span) { executor_->run_for(span); }
  // Runs to the end; how it ended.
  Result<void> finish();
  // Stops it and runs to the end.
  Result<void> stop();

 private:
  BedSettings settings_;
  ManualClock clock_;
  MemoryLogger log_;
  SeededRandom random_;
  MemorySource source_;
  MemorySink sink_;
  MemorySink dead_letters_;
  SimulatedDisk disk_;
  FileCheckpointStore store_{disk_, "state"};
  std::optional<DurableState> state_;
  std::unique_ptr<Plan> plan_;
  std::unique_ptr<SteppedExecutor> executor_;
  std::unique_ptr<Processor> processor_;
  Sink* deliver_to_ = &sink_;
  std::shared_ptr<SampleTap> tap_;
};

// The definition of a pipeline without its ends: `stages` between $source and $merge, with a dead letter queue.
// `source_options`: more fields of $source, each with a comma before it.
std::string definition_of(std::string_view stages, std::string_view source_options = "");

// A file of the source tree.
std::string source_file(const std::string& path);

}  // namespace penstock

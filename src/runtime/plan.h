// SPDX-License-Identifier: Apache-2.0
// What the planner hands to the runtime: an immutable physical plan, and how to run it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "dataflow/stage.h"
#include "dataflow/window.h"

namespace penstock {

struct PlannedStage {
  std::string name;  // "$match"
  std::unique_ptr<StageSpec> spec;
};

struct ProcessorPlan {
  std::string name;                    // Of the processor.
  std::string workspace = "default";   // What dead letters call it.
  FieldNeeds needs;                    // What all stages read of a record.
  bool slots = false;                  // Rows come as slots of `needs`; otherwise as documents.
  std::vector<PlannedStage> before;    // Main pipeline up to the window, or all of it.
  std::unique_ptr<WindowPlan> window;  // May be null.
  std::vector<PlannedStage> after;     // Main pipeline behind the window.
  // Names in statistics: of the window ("TumblingWindowOperator") and of the sink; "" when there is none.
  std::string window_operator;
  std::string sink_operator = "MergeOperator";
  std::optional<Duration> partition_idle_timeout;
  bool dead_letter_queue = false;  // Somebody reads dead letters.
  uint64_t definition_hash = 0;    // Of the text: part of reproducible ids.
  std::string definition;          // Pipeline and options as canonical Extended JSON: part of the state.
};

enum class ClockMode {
  kWall,    // Processing time is the wall clock.
  kRecord,  // Processing time is the running maximum of record timestamps, per partition: bounded runs only.
};

struct RunSettings {
  size_t lanes = 1;
  ClockMode clock = ClockMode::kWall;
  bool until_end = false;                 // Read each partition to what was its end at the start, then finish.
  size_t memory_bytes = size_t{1} << 30;  // Window state, outputs and client queues; beyond: error 418.
  Duration freeze_period{50};             // The longest a sealed window waits under load.
};

}  // namespace penstock

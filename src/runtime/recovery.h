// SPDX-License-Identifier: Apache-2.0
// Where a processor begins: what the local checkpoint, the source and the sink's marker say, brought together
// (reliability 1.4.5, 1.4.8, 1.4.9).
//
//   local state   marker              then
//   none          none                a new lineage
//   none          at entry S > 0      refused: the state was lost, or this is another folder      --accept sink-marker
//   up to N       at S, S <= N        entries S+1 .. N are delivered again
//   up to N       at S > N            refused: the sink is ahead (an old copy of the folder)       --accept sink-marker
//   beyond S      at S, or none       refused: the sink lost what was confirmed                   --accept local-state
//
// Nothing is decided silently: what does not fit is kStateRefused with the numbers and the option that goes on.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/random.h"
#include "dataflow/sink.h"
#include "dataflow/source.h"
#include "runtime/durable_state.h"
#include "runtime/plan.h"

namespace penstock {

// What a person has agreed to.
struct RecoveryChoices {
  bool fresh = false;        // Begin anew: throw local state and markers away.
  bool sink_marker = false;  // Go on at the marker's cut; open windows are lost.
  bool local_state = false;  // Go on at the checkpoint although the marker is behind or gone.
  SourceLosses losses;
};

struct Recovery {
  Checkpoint start;  // See DurableState.
  std::vector<FrozenEntry> undelivered;
  std::vector<SourcePartition> partitions;
  bool resumed = false;
};

struct RecoveryEnvironment {
  const ProcessorPlan& plan;
  const RunSettings& settings;
  CheckpointStore& store;
  Source& source;  // Not open yet.
  Sink& sink;      // Open.
  const Clock& clock;
  Random& random;
  Logger& log;
  // What state and markers are kept under; "": the processor's name. One that can be renamed has an id.
  std::string identity = {};
};

// Opens the source at the right place and claims the sink. Blocks.
Result<Recovery> recover(const RecoveryEnvironment& environment, const StartPosition& first_start,
                         const RecoveryChoices& choices);

}  // namespace penstock

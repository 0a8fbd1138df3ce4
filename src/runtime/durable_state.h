// SPDX-License-Identifier: Apache-2.0
// How a processor keeps its state, and where it goes on (reliability 1.4.5). Without one it is at-most-once.
#pragma once

#include <vector>

#include "state/checkpoint_store.h"

namespace penstock {

struct DurableState {
  CheckpointStore& store;
  Duration period{5000};  // Between checkpoints; every freeze makes one too.
  // Identity of the processor and where it goes on. Partitions: as the source was opened, in the order of PartitionId,
  // with resolved positions; the partition of a part is an index into them.
  Checkpoint start;
  std::vector<FrozenEntry> undelivered;  // Frozen before, not in the sink yet.
};

}  // namespace penstock

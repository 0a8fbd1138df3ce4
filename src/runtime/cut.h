// SPDX-License-Identifier: Apache-2.0
// The answers of all lanes to one barrier, joined: a consistent cut (architecture 9). Pure.
#pragma once

#include <span>

#include "dataflow/source.h"
#include "runtime/messages.h"

namespace penstock {

// Partitions of all lanes in the order of PartitionId.
std::vector<PartitionView> partitions_of(std::span<const LaneReply> replies);
// [{topic, partition, offset}, ...] for the marker.
OwnedDocument cut_document(std::span<const PartitionView> partitions, const Source& source);
// Fills partitions, parts (taken out of the replies) and frontier of a checkpoint.
void take_cut(std::span<LaneReply> replies, const Source& source, Checkpoint& checkpoint);
// True: a checkpoint made of these answers now would have the same positions, times and open windows.
bool is_cut_of(std::span<const LaneReply> replies, const Checkpoint& checkpoint);
// What a checkpoint says of a partition, for its lane.
PartitionMemory memory_of(const CheckpointPartition& partition);

}  // namespace penstock

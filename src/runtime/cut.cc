// SPDX-License-Identifier: Apache-2.0
#include "runtime/cut.h"

#include <algorithm>

namespace penstock {

std::vector<PartitionView> partitions_of(std::span<const LaneReply> replies) {
  std::vector<PartitionView> partitions;
  for (const LaneReply& reply : replies)
    partitions.insert(partitions.end(), reply.partitions.begin(), reply.partitions.end());
  std::sort(partitions.begin(), partitions.end(),
            [](const PartitionView& a, const PartitionView& b) { return a.id < b.id; });
  return partitions;
}

OwnedDocument cut_document(std::span<const PartitionView> partitions, const Source& source) {
  DocumentBuilder cut;
  char name[12];
  uint32_t index = 0;
  for (const PartitionView& view : partitions) {
    const SourceMeta meta = source.meta(view.id);
    const size_t item = cut.begin_object(index_name(index++, name));
    cut.append("topic", Value::string(meta.topic));
    cut.append("partition", Value::int32(meta.partition));
    cut.append("offset", Value::int64(view.position));
    cut.end(item);
  }
  return OwnedDocument(cut.take());
}

void take_cut(std::span<LaneReply> replies, const Source& source, Checkpoint& checkpoint) {
  checkpoint.partitions.clear();
  for (const PartitionView& view : partitions_of(replies)) {
    PS_CHECK(view.id.index == checkpoint.partitions.size(), "every partition answers");
    const SourceMeta meta = source.meta(view.id);
    checkpoint.partitions.push_back({.topic = std::string(meta.topic),
                                     .number = meta.partition,
                                     .position = view.position,
                                     .max_time = view.time.seen ? std::optional(view.time.max_time) : std::nullopt,
                                     .idle = view.time.idle,
                                     .record_clock = view.record_clock,
                                     .last_offset = view.last.offset,
                                     .last_timestamp = view.last.timestamp,
                                     .last_hash = view.last.hash});
  }
  checkpoint.parts.clear();
  for (LaneReply& reply : replies) {
    for (SavedPart& part : reply.saved)
      checkpoint.parts.push_back({part.window, part.partition, std::move(part.bytes)});
    reply.saved.clear();
  }
}

// Windows change by records only, and records move positions.
bool is_cut_of(std::span<const LaneReply> replies, const Checkpoint& checkpoint) {
  const std::vector<PartitionView> partitions = partitions_of(replies);
  return std::equal(partitions.begin(), partitions.end(), checkpoint.partitions.begin(), checkpoint.partitions.end(),
                    [](const PartitionView& now, const CheckpointPartition& then) {
                      return now.position == then.position && now.time.idle == then.idle;
                    });
}

PartitionMemory memory_of(const CheckpointPartition& partition) {
  return {.max_time = partition.max_time,
          .idle = partition.idle,
          .record_clock = partition.record_clock,
          .last = {partition.last_offset, partition.last_timestamp, partition.last_hash}};
}

}  // namespace penstock

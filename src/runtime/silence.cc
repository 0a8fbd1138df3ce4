// SPDX-License-Identifier: Apache-2.0
#include "runtime/silence.h"

#include <algorithm>

namespace penstock {

std::vector<SilentPartition> find_silent(std::span<const PartitionView> partitions, Duration interval, int64_t now_ns) {
  EventTime furthest = EventTime::lowest();
  for (const PartitionView& p : partitions) {
    if (p.time.seen) furthest = std::max(furthest, p.time.max_time);
  }
  std::vector<SilentPartition> found;
  for (const PartitionView& p : partitions) {
    if (!p.time.seen || p.time.idle || p.time.finished) continue;
    const Duration silent_for{(now_ns - p.time.last_arrival_ns) / 1'000'000};
    const bool behind = furthest - p.time.max_time >= Duration{interval.ms / 2};
    if (silent_for >= Duration{interval.ms / 2} && behind) found.push_back({p.id, silent_for});
  }
  return found;
}

}  // namespace penstock

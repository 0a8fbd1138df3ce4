// SPDX-License-Identifier: Apache-2.0
// Finds the partitions behind the classic "no output at all": delivered once, silent since, and holding the watermark
// back while others go on. Pure.
#pragma once

#include <span>
#include <vector>

#include "runtime/messages.h"

namespace penstock {

struct SilentPartition {
  PartitionId id;
  Duration silent_for;
};

// Silent = counts, and for half a window neither a record came nor did its event time keep up with the furthest
// partition; so the warning comes within one window.
std::vector<SilentPartition> find_silent(std::span<const PartitionView> partitions, Duration interval, int64_t now_ns);

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
// Latencies of the last thirty seconds that are over, as quantiles (reference control-plane A7.3). They are counted in
// buckets whose width is a sixteenth of their value. Thread: the owner.
#pragma once

#include <optional>
#include <vector>

#include "runtime/counters.h"

namespace penstock {

class LatencyMeter {
 public:
  explicit LatencyMeter(const Clock& clock);
  // So many results took that long.
  void add(int64_t latency_ns, uint64_t results);
  // Of the last period that is over; empty while the first one runs.
  std::optional<LatencySummary> last();

 private:
  void turn();
  int64_t quantile_us(double share) const;

  const Clock& clock_;
  EventTime start_;
  int64_t started_ns_;
  uint64_t count_ = 0;
  int64_t sum_us_ = 0;
  std::vector<uint64_t> buckets_;
  std::optional<LatencySummary> last_;
};

}  // namespace penstock

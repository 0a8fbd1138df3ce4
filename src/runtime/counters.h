// SPDX-License-Identifier: Apache-2.0
// Plain integers a lane counts with; summed when someone asks (architecture 8).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"

namespace penstock {

struct LaneCounters {
  uint64_t records = 0;     // Read from the source, bad ones included.
  uint64_t bytes = 0;       // Of their values.
  uint64_t tombstones = 0;  // Null values, taken as empty documents.
  uint64_t dead_letters = 0;
  void add(const LaneCounters& other) {
    records += other.records;
    bytes += other.bytes;
    tombstones += other.tombstones;
    dead_letters += other.dead_letters;
  }
};

// What a processor shows of itself at an instant.
struct ProcessorSnapshot {
  LaneCounters in;
  uint64_t documents_out = 0;  // Acknowledged by the sink.
  uint64_t windows_closed = 0;
  uint64_t open_windows = 0;
  uint64_t state_bytes = 0;
  uint64_t queued_bytes = 0;  // In the source client's queues.
  int64_t lag_records = -1;   // Behind the ends, summed; -1 unknown.
  std::optional<EventTime> watermark;
  std::string trouble;  // Why a peer is not reachable at the moment, or "".
  bool finished = false;
};

}  // namespace penstock

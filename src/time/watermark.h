// SPDX-License-Identifier: Apache-2.0
// Turns the event times seen on the partitions of one source into one watermark (reference pipeline-language 1.4).
//
//   partition 0 --12:00:07--+
//   partition 1 --12:00:09--+--> minimum over the partitions that count --> 12:00:07
//   partition 2 --(idle)----+
//
// A partition counts unless it is idle (silent for partitionIdleTimeout), has delivered nothing and is at its end, or
// is finished (a bounded run reached its last record). Until every counting partition has delivered there is no
// watermark. Invariants: the watermark never moves back, also when a partition joins late. Thread: one lane owns it, no
// locks. Checkpoint: one instant and two flags a partition.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.h"

namespace penstock {

class WatermarkTracker {
 public:
  // idle_timeout: empty = partitions never become idle by silence.
  explicit WatermarkTracker(std::optional<Duration> idle_timeout) : idle_timeout_(idle_timeout) {}

  // Adds a partition; `slot`s are numbered from 0 in this order. `max_time` and `idle`: from a checkpoint.
  size_t add_partition(int64_t now_ns, std::optional<EventTime> max_time = std::nullopt, bool idle = false);

  // A record's event time; any order. True when the partition's own maximum moved: the only way the watermark can.
  bool observe(size_t slot, EventTime time) {
    Slot& s = slots_[slot];
    if (s.seen && time <= s.max_time) return false;
    s.max_time = time;
    s.seen = true;
    return true;
  }
  // A batch arrived now (monotonic): the partition is not idle, and not at its end any more.
  void touch(size_t slot, int64_t now_ns);
  void set_at_end(size_t slot, bool at_end) { slots_[slot].at_end = at_end; }
  void set_finished(size_t slot) { slots_[slot].finished = true; }
  // Marks partitions idle that have been silent too long.
  void check_idle(int64_t now_ns);
  // When the next partition becomes idle if nothing arrives; empty: none does. Monotonic.
  std::optional<int64_t> next_idle_ns() const;
  // Nobody is reading at the moment: silence is counted from now on. What is idle stays idle.
  void postpone_idle(int64_t now_ns);

  // The minimum over the partitions that count; empty when one of them has not delivered yet. When none counts and at
  // least one has delivered: the largest time seen. Never moves back.
  std::optional<EventTime> watermark();
  // False when no partition counts: then this source holds nothing back.
  bool any_counts() const;
  bool all_finished() const;

  struct Slot {
    EventTime max_time;
    int64_t last_arrival_ns = 0;
    bool seen = false;  // Has delivered at least one record.
    bool idle = false;
    bool at_end = false;    // The source says that there is nothing more to read now.
    bool finished = false;  // A bounded run: everything wanted was read.
  };
  const std::vector<Slot>& slots() const { return slots_; }

 private:
  static bool counts(const Slot& s) { return !s.idle && !s.finished && (s.seen || !s.at_end); }
  std::optional<Duration> idle_timeout_;
  std::vector<Slot> slots_;
  std::optional<EventTime> watermark_;
};

}  // namespace penstock

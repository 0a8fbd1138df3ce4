// SPDX-License-Identifier: Apache-2.0
#include "time/watermark.h"

#include <algorithm>

namespace penstock {

size_t WatermarkTracker::add_partition(int64_t now_ns, std::optional<EventTime> max_time, bool idle) {
  Slot slot;
  slot.last_arrival_ns = now_ns;
  slot.seen = max_time.has_value();
  if (max_time) slot.max_time = *max_time;
  slot.idle = idle;
  slots_.push_back(slot);
  return slots_.size() - 1;
}

void WatermarkTracker::touch(size_t slot, int64_t now_ns) {
  Slot& s = slots_[slot];
  s.last_arrival_ns = now_ns;
  s.idle = false;
  s.at_end = false;
}

void WatermarkTracker::check_idle(int64_t now_ns) {
  if (!idle_timeout_) return;
  for (Slot& s : slots_) {
    if ((now_ns - s.last_arrival_ns) / 1'000'000 >= idle_timeout_->ms) s.idle = true;
  }
}

std::optional<int64_t> WatermarkTracker::next_idle_ns() const {
  if (!idle_timeout_) return std::nullopt;
  std::optional<int64_t> next;
  for (const Slot& s : slots_) {
    if (s.idle || s.finished) continue;
    const int64_t due_ns = s.last_arrival_ns + idle_timeout_->ms * 1'000'000;
    next = next ? std::min(*next, due_ns) : due_ns;
  }
  return next;
}

void WatermarkTracker::postpone_idle(int64_t now_ns) {
  for (Slot& s : slots_)
    s.last_arrival_ns = now_ns;
}

std::optional<EventTime> WatermarkTracker::watermark() {
  std::optional<EventTime> least;
  std::optional<EventTime> largest;
  for (const Slot& s : slots_) {
    if (s.seen) largest = largest ? std::max(*largest, s.max_time) : s.max_time;
    if (!counts(s)) continue;
    if (!s.seen) return watermark_;
    least = least ? std::min(*least, s.max_time) : s.max_time;
  }
  const std::optional<EventTime> now = least ? least : largest;
  if (now && (!watermark_ || *now > *watermark_)) watermark_ = now;
  return watermark_;
}

bool WatermarkTracker::any_counts() const { return std::any_of(slots_.begin(), slots_.end(), counts); }

bool WatermarkTracker::all_finished() const {
  return std::all_of(slots_.begin(), slots_.end(), [](const Slot& s) { return s.finished; });
}

}  // namespace penstock

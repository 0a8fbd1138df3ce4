// SPDX-License-Identifier: Apache-2.0
// Time comes in by constructor: nothing else in the tree asks the system for it.
// Two clocks that must not be mixed: wall time says when something happened (may jump), monotonic time drives timers.
#pragma once

#include <atomic>
#include <compare>
#include <cstdint>
#include <limits>

namespace penstock {

// A span of time in whole milliseconds. 64 bits; the checks for overflow are where user input enters.
struct Duration {
  int64_t ms = 0;
  auto operator<=>(const Duration&) const = default;
};

// An instant: milliseconds since 1970-01-01T00:00:00Z, as a BSON date. May be negative.
struct EventTime {
  int64_t ms = 0;
  auto operator<=>(const EventTime&) const = default;
  static constexpr EventTime lowest() { return {std::numeric_limits<int64_t>::min()}; }
  static constexpr EventTime highest() { return {std::numeric_limits<int64_t>::max()}; }
};

constexpr EventTime operator+(EventTime t, Duration d) { return {t.ms + d.ms}; }
constexpr EventTime operator-(EventTime t, Duration d) { return {t.ms - d.ms}; }
constexpr Duration operator-(EventTime a, EventTime b) { return {a.ms - b.ms}; }

class Clock {
 public:
  virtual ~Clock() = default;
  virtual EventTime now() const = 0;         // Wall time, UTC.
  virtual int64_t monotonic_ns() const = 0;  // Never goes back; origin unspecified.
};

// The machine's clocks.
class SystemClock final : public Clock {
 public:
  EventTime now() const override;
  int64_t monotonic_ns() const override;
};

// The machine's clock run faster from the instant of construction: the demo shows 30-second windows in seconds.
// Only wall time is scaled; timers stay real.
class ScaledClock final : public Clock {
 public:
  ScaledClock(const Clock& base, double rate);
  EventTime now() const override;
  int64_t monotonic_ns() const override;
  double rate() const { return rate_; }

 private:
  const Clock& base_;
  EventTime start_;
  int64_t start_ns_;
  double rate_;
};

// Moves only when told: tests and simulations. Threads may read while one thread sets.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(EventTime start = {0}) : now_ms_(start.ms) {}
  EventTime now() const override { return {now_ms_.load()}; }
  int64_t monotonic_ns() const override { return monotonic_ns_.load(); }
  void advance(Duration by) {
    now_ms_ += by.ms;
    monotonic_ns_ += by.ms * 1'000'000;
  }
  void set(EventTime now) { now_ms_ = now.ms; }

 private:
  std::atomic<int64_t> now_ms_;
  std::atomic<int64_t> monotonic_ns_{0};
};

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"

#include <chrono>

namespace penstock {

EventTime SystemClock::now() const {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::milliseconds>(since).count()};
}

int64_t SystemClock::monotonic_ns() const {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(since).count();
}

ScaledClock::ScaledClock(const Clock& base, double rate)
    : base_(base), start_(base.now()), start_ns_(base.monotonic_ns()), rate_(rate) {}

EventTime ScaledClock::now() const {
  const double real_ms = static_cast<double>(base_.monotonic_ns() - start_ns_) / 1e6;
  return start_ + Duration{static_cast<int64_t>(real_ms * rate_)};
}

int64_t ScaledClock::monotonic_ns() const { return base_.monotonic_ns(); }

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
#include "control/open_gate.h"

#include <algorithm>
#include <chrono>

namespace penstock {
namespace {

constexpr std::ptrdiff_t kInsideMax = 16;
constexpr int64_t kPatienceNs = 1'000'000'000;
constexpr std::chrono::milliseconds kLookAgain{100};

}  // namespace

bool OpenGate::full() const {
  const int64_t now_ns = clock_.monotonic_ns();
  return std::count_if(inside_.begin(), inside_.end(),
                       [now_ns](int64_t since_ns) { return now_ns - since_ns < kPatienceNs; }) >= kInsideMax;
}

std::list<int64_t>::iterator OpenGate::enter() {
  std::unique_lock lock(mutex_);
  while (full())
    left_.wait_for(lock, kLookAgain);
  return inside_.insert(inside_.end(), clock_.monotonic_ns());
}

void OpenGate::leave(std::list<int64_t>::iterator place) {
  {
    const std::lock_guard lock(mutex_);
    inside_.erase(place);
  }
  left_.notify_one();
}

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
#include "tests/engine/stepped_executor.h"

#include <algorithm>

#include "base/check.h"

namespace penstock {
namespace {

constexpr int64_t kNsPerMs = 1'000'000;

}  // namespace

struct SteppedExecutor::Slot final : Waker {
  Slot(std::string slot_name, Task& slot_task) : name(std::move(slot_name)), task(slot_task) {}
  void wake() override { woken = true; }
  bool ready(int64_t now_ns) const { return !done && (woken || until_ns <= now_ns); }

  std::string name;
  Task& task;
  bool woken = true;
  bool done = false;
  int64_t until_ns = 0;
};

SteppedExecutor::SteppedExecutor(ManualClock& clock, uint64_t seed) : clock_(clock), random_(seed) {}
SteppedExecutor::~SteppedExecutor() = default;

Waker& SteppedExecutor::start(std::string name, Task& task) {
  slots_.push_back(std::make_unique<Slot>(std::move(name), task));
  return *slots_.back();
}

bool SteppedExecutor::all_done() const {
  return std::all_of(slots_.begin(), slots_.end(), [](const auto& slot) { return slot->done; });
}

bool SteppedExecutor::step_one() {
  const int64_t now_ns = clock_.monotonic_ns();
  ready_.clear();
  for (const auto& slot : slots_) {
    if (slot->ready(now_ns)) ready_.push_back(slot.get());
  }
  if (ready_.empty()) return false;
  PS_CHECK(++steps_ < kStepsMax, "the tasks never come to an end");
  Slot& slot = *ready_[random_.below(ready_.size())];
  slot.woken = false;
  const StepResult result = slot.task.step();
  slot.done = result.kind == StepResult::Kind::kDone;
  slot.until_ns = result.kind == StepResult::Kind::kWait ? result.until_ns : 0;
  return true;
}

bool SteppedExecutor::advance(int64_t limit_ns) {
  int64_t next_ns = limit_ns + 1;
  for (const auto& slot : slots_) {
    if (!slot->done) next_ns = std::min(next_ns, slot->until_ns);
  }
  if (next_ns > limit_ns) return false;
  const int64_t now_ns = clock_.monotonic_ns();
  clock_.advance({(next_ns - now_ns + kNsPerMs - 1) / kNsPerMs});
  return true;
}

void SteppedExecutor::join() {
  const bool ended = run_until([] { return false; }, Duration{int64_t{1000} * 24 * 3600 * 1000});
  PS_CHECK(ended || all_done(), "the processor does not end");
}

void SteppedExecutor::run_for(Duration span) {
  run_until([] { return false; }, span);
}

bool SteppedExecutor::run_until(const std::function<bool()>& done, Duration span) {
  const int64_t end_ns = clock_.monotonic_ns() + span.ms * kNsPerMs;
  while (!done()) {
    if (step_one()) continue;
    if (all_done()) return done();
    if (advance(end_ns)) continue;
    if (clock_.monotonic_ns() < end_ns) clock_.advance({(end_ns - clock_.monotonic_ns()) / kNsPerMs});
    return done();
  }
  return true;
}

}  // namespace penstock

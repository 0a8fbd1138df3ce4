// SPDX-License-Identifier: Apache-2.0
#include "dataflow/executor.h"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>

namespace penstock {
namespace {

constexpr int64_t kForEverNs = int64_t{3600} * 1'000'000'000;

class StepTask final : public Task {
 public:
  explicit StepTask(std::function<StepResult(int)> step) : step_(std::move(step)) {}
  StepResult step() override { return step_(count_++); }
  int count() const { return count_; }

 private:
  std::function<StepResult(int)> step_;
  std::atomic<int> count_{0};
};

TEST(ThreadExecutor, StepsUntilDone) {
  const SystemClock clock;
  StepTask busy([](int count) { return count < 1000 ? StepResult::again() : StepResult::done(); });
  StepTask short_waits([&clock](int count) {
    return count < 5 ? StepResult::wait_until(clock.monotonic_ns() + 100'000) : StepResult::done();
  });
  const auto executor = make_thread_executor(clock);
  executor->start("a name that is longer than what the system takes", busy);
  executor->start("waits", short_waits);
  executor->join();
  EXPECT_EQ(busy.count(), 1001);
  EXPECT_EQ(short_waits.count(), 6);
}

// Would take an hour if a wake were lost, before, between or during waits.
TEST(ThreadExecutor, AWakeEndsAWaitAndIsNeverLost) {
  const SystemClock clock;
  std::atomic<int> tokens{0};
  std::atomic<Waker*> other{nullptr};
  StepTask consumer([&](int) {
    return tokens.load() >= 2000 ? StepResult::done() : StepResult::wait_until(clock.monotonic_ns() + kForEverNs);
  });
  StepTask producer([&](int count) {
    if (other.load() == nullptr) return StepResult::again();
    tokens.fetch_add(1);
    other.load()->wake();
    return count < 1'000'000 && tokens.load() < 2000 ? StepResult::again() : StepResult::done();
  });
  const auto executor = make_thread_executor(clock);
  executor->start("producer", producer);
  other.store(&executor->start("consumer", consumer));
  executor->join();
  EXPECT_GE(tokens.load(), 2000);
}

TEST(ThreadExecutor, ItsEndWaitsForItsTasks) {
  const SystemClock clock;
  StepTask task([](int count) { return count < 100 ? StepResult::again() : StepResult::done(); });
  {
    make_thread_executor(clock)->start("task", task);
  }
  EXPECT_EQ(task.count(), 101);
}

}  // namespace
}  // namespace penstock

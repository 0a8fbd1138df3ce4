// SPDX-License-Identifier: Apache-2.0
#include "dataflow/executor_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace penstock {
namespace {

constexpr int64_t kNsPerMs = 1'000'000;
constexpr int64_t kForEverNs = int64_t{3600} * 1'000'000'000;

class StepTask final : public Task {
 public:
  explicit StepTask(std::function<StepResult(int)> step, bool may_block = false)
      : step_(std::move(step)), may_block_(may_block) {}
  StepResult step() override {
    const bool alone = !inside_.exchange(true);
    if (!alone) ++overlaps_;
    const StepResult result = step_(count_++);
    inside_ = false;
    return result;
  }
  bool may_block() const override { return may_block_; }
  int count() const { return count_; }
  int overlaps() const { return overlaps_; }

 private:
  std::function<StepResult(int)> step_;
  const bool may_block_;
  std::atomic<int> count_{0};
  std::atomic<bool> inside_{false};
  std::atomic<int> overlaps_{0};
};

// Keeps tasks inside their step until it is opened.
class Gate {
 public:
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void pass() {
    std::unique_lock lock(mutex_);
    ++inside_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
    --inside_;
  }
  void await_inside(int count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this, count] { return inside_ >= count; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
  int inside_ = 0;
};

TEST(ExecutorPool, StepsUntilDone) {
  const SystemClock clock;
  StepTask busy([](int count) { return count < 1000 ? StepResult::again() : StepResult::done(); });
  StepTask short_waits([&clock](int count) {
    return count < 5 ? StepResult::wait_until(clock.monotonic_ns() + 100'000) : StepResult::done();
  });
  StepTask blocks([](int count) { return count < 10 ? StepResult::again() : StepResult::done(); }, true);
  ExecutorPool pool(clock, {});
  const auto executor = pool.make_executor();
  executor->start("busy", busy);
  executor->start("waits", short_waits);
  executor->start("blocks", blocks);
  executor->join();
  EXPECT_EQ(busy.count(), 1001);
  EXPECT_EQ(short_waits.count(), 6);
  EXPECT_EQ(blocks.count(), 11);
  EXPECT_EQ(pool.steps(), 1001U + 6 + 11);
}

// Would take an hour if a wake were lost, before, between or during waits.
TEST(ExecutorPool, AWakeEndsAWaitAndIsNeverLost) {
  const SystemClock clock;
  for (const bool may_block : {false, true}) {
    for (const size_t threads : {1, 2, 4}) {
      std::atomic<int> tokens{0};
      std::atomic<Waker*> other{nullptr};
      StepTask consumer([&](int) { return tokens.load() >= 2000 ? StepResult::done() : StepResult::wait_for_wake(); },
                        may_block);
      StepTask producer([&](int count) {
        if (other.load() == nullptr) return StepResult::again();
        tokens.fetch_add(1);
        other.load()->wake();
        return count < 1'000'000 && tokens.load() < 2000 ? StepResult::again() : StepResult::done();
      });
      ExecutorPool pool(clock, {.threads = threads});
      const auto executor = pool.make_executor();
      executor->start("producer", producer);
      other.store(&executor->start("consumer", consumer));
      executor->join();
      EXPECT_GE(tokens.load(), 2000);
      EXPECT_EQ(consumer.overlaps() + producer.overlaps(), 0);
    }
  }
}

// Threads of a client wake a task from everywhere, also when it is done.
TEST(ExecutorPool, ManyWakersOneStepAtATime) {
  const SystemClock clock;
  ExecutorPool pool(clock, {.threads = 3});
  const auto executor = pool.make_executor();
  std::atomic<bool> stop{false};
  StepTask task([&](int) { return stop ? StepResult::done() : StepResult::wait_for_wake(); });
  Waker& waker = executor->start("task", task);
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&waker] {
      for (int wake = 0; wake < 20'000; ++wake)
        waker.wake();
    });
  }
  for (std::thread& thread : threads)
    thread.join();
  stop = true;
  waker.wake();
  executor->join();
  waker.wake();
  EXPECT_EQ(task.overlaps(), 0);
}

// With one thread: a task that always goes on gets every other step, not all of them.
TEST(ExecutorPool, TasksTakeTurns) {
  const SystemClock clock;
  ExecutorPool pool(clock, {.threads = 1});
  std::atomic<int> running{0};
  constexpr int kSteps = 1000;
  std::vector<int> order;
  const auto step_of = [&](int number) {
    return [&, number](int count) {
      if (count == 0) ++running;
      if (running < 3) return StepResult::again();  // Until all have begun.
      order.push_back(number);
      return order.size() < kSteps ? StepResult::again() : StepResult::done();
    };
  };
  StepTask a(step_of(0)), b(step_of(1)), c(step_of(2));
  const auto first = pool.make_executor();
  const auto second = pool.make_executor();
  first->start("a", a);
  first->start("b", b);
  second->start("c", c);
  first->join();
  second->join();
  for (size_t i = 3; i < kSteps; ++i)
    ASSERT_EQ(order[i], order[i - 3]) << i;
}

TEST(ExecutorPool, AnExecutorWaitsForItsOwnTasksOnly) {
  const SystemClock clock;
  ExecutorPool pool(clock, {.threads = 1});
  std::atomic<bool> stop{false};
  StepTask other([&stop](int) { return stop ? StepResult::done() : StepResult::wait_for_wake(); });
  StepTask finite([](int count) { return count < 100 ? StepResult::again() : StepResult::done(); });
  const auto running = pool.make_executor();
  Waker& waker = running->start("other", other);
  {
    const auto executor = pool.make_executor();
    executor->start("finite", finite);
  }
  EXPECT_EQ(finite.count(), 101);
  stop = true;
  waker.wake();
  running->join();
}

// What blocks keeps nobody else from working, and every blocking task gets a thread in the end.
TEST(ExecutorPool, BlockingTasksGetThreadsOfTheirOwn) {
  const SystemClock clock;
  ExecutorPool pool(clock, {.threads = 2, .blocking_threads_max = 12, .growth_after = {1}});
  Gate gate;
  std::vector<std::unique_ptr<StepTask>> blocked;
  const auto executor = pool.make_executor();
  for (int i = 0; i < 20; ++i) {
    blocked.push_back(std::make_unique<StepTask>(
        [&gate](int) {
          gate.pass();
          return StepResult::done();
        },
        true));
    executor->start("blocked", *blocked.back());
  }
  gate.await_inside(12);
  EXPECT_EQ(pool.blocking_threads(), 12U);
  StepTask free([](int count) { return count < 1000 ? StepResult::again() : StepResult::done(); });
  const auto other = pool.make_executor();
  other->start("free", free);
  other->join();
  gate.open();
  executor->join();
  for (const auto& task : blocked)
    EXPECT_EQ(task->count(), 1);
}

TEST(ExecutorPool, ThreadsWithoutWorkEnd) {
  const SystemClock clock;
  ExecutorPool pool(clock, {.threads = 2, .growth_after = {1}, .spare_threads_after = {1}});
  for (int round = 0; round < 3; ++round) {
    Gate gate;
    const auto executor = pool.make_executor();
    std::vector<std::unique_ptr<StepTask>> blocked;
    for (int i = 0; i < 6; ++i) {
      blocked.push_back(std::make_unique<StepTask>(
          [&gate](int) {
            gate.pass();
            return StepResult::done();
          },
          true));
      executor->start("blocked", *blocked.back());
    }
    gate.await_inside(6);
    gate.open();
    executor->join();
    while (pool.blocking_threads() > 0)
      std::this_thread::yield();
  }
}

// Timers go off in their order, none early, and a wait for ever costs no step.
TEST(ExecutorPool, TimersGoOffInTheirOrder) {
  const SystemClock clock;
  ExecutorPool pool(clock, {.threads = 1});
  const int64_t start_ns = clock.monotonic_ns();
  std::mutex mutex;
  std::vector<int> order;
  std::atomic<int> early{0};
  std::vector<std::unique_ptr<StepTask>> tasks;
  const auto executor = pool.make_executor();
  for (const int ms : {30, 10, 20, 40, 0}) {
    tasks.push_back(std::make_unique<StepTask>([&, ms](int count) {
      if (count == 0) return StepResult::wait_until(start_ns + (20 + ms) * kNsPerMs);
      if (clock.monotonic_ns() < start_ns + (20 + ms) * kNsPerMs) ++early;
      const std::lock_guard lock(mutex);
      order.push_back(ms);
      return StepResult::done();
    }));
    executor->start("timer", *tasks.back());
  }
  executor->join();
  EXPECT_EQ(early, 0);
  EXPECT_EQ(order, (std::vector<int>{0, 10, 20, 30, 40}));
}

TEST(ExecutorPool, NothingRunsWhileAllWait) {
  const SystemClock clock;
  ExecutorPool pool(clock, {});
  constexpr int kTasks = 800;
  std::atomic<bool> stop{false};
  std::vector<std::unique_ptr<StepTask>> tasks;
  std::vector<Waker*> wakers;
  const auto executor = pool.make_executor();
  for (int i = 0; i < kTasks; ++i) {
    const bool may_block = i % 2 == 0;
    tasks.push_back(std::make_unique<StepTask>(
        [&](int) { return stop ? StepResult::done() : StepResult::wait_until(clock.monotonic_ns() + kForEverNs); },
        may_block));
    wakers.push_back(&executor->start("waits", *tasks.back()));
  }
  while (pool.steps() < kTasks)
    std::this_thread::yield();
  // A task that runs for a while meanwhile: the others stay where they are.
  StepTask busy([](int count) { return count < 1000 ? StepResult::again() : StepResult::done(); });
  const auto other = pool.make_executor();
  other->start("busy", busy);
  other->join();
  EXPECT_EQ(pool.steps(), kTasks + 1001U);
  stop = true;
  for (Waker* waker : wakers)
    waker->wake();
  executor->join();
  EXPECT_EQ(pool.steps(), 2 * kTasks + 1001U);
}

}  // namespace
}  // namespace penstock

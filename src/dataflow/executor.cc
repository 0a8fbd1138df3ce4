// SPDX-License-Identifier: Apache-2.0
#include "dataflow/executor.h"

#include <pthread.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

namespace penstock {
namespace {

class ThreadWaker final : public Waker {
 public:
  void wake() override {
    {
      const std::lock_guard lock(mutex_);
      woken_ = true;
    }
    changed_.notify_one();
  }
  void wait_until(int64_t until_ns, const Clock& clock) {
    std::unique_lock lock(mutex_);
    const int64_t left_ns = until_ns - clock.monotonic_ns();
    if (until_ns == kNeverNs) {
      changed_.wait(lock, [this] { return woken_; });
    } else if (left_ns > 0) {
      changed_.wait_for(lock, std::chrono::nanoseconds(left_ns), [this] { return woken_; });
    }
    woken_ = false;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool woken_ = false;
};

class ThreadExecutor final : public Executor {
 public:
  explicit ThreadExecutor(const Clock& clock) : clock_(clock) {}
  ~ThreadExecutor() override { join(); }

  Waker& start(std::string name, Task& task) override {
    wakers_.push_back(std::make_unique<ThreadWaker>());
    ThreadWaker& waker = *wakers_.back();
    threads_.emplace_back([this, &task, &waker, name = name.substr(0, 15)] {
      pthread_setname_np(pthread_self(), name.c_str());
      run(task, waker);
    });
    return waker;
  }
  void join() override {
    for (std::thread& thread : threads_)
      thread.join();
    threads_.clear();
  }
  const Clock& clock() const override { return clock_; }

 private:
  void run(Task& task, ThreadWaker& waker) {
    while (true) {
      const StepResult result = task.step();
      if (result.kind == StepResult::Kind::kDone) return;
      if (result.kind == StepResult::Kind::kWait) waker.wait_until(result.until_ns, clock_);
    }
  }

  const Clock& clock_;
  std::vector<std::unique_ptr<ThreadWaker>> wakers_;
  std::vector<std::thread> threads_;
};

}  // namespace

std::unique_ptr<Executor> make_thread_executor(const Clock& clock) { return std::make_unique<ThreadExecutor>(clock); }

}  // namespace penstock

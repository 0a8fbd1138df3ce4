// SPDX-License-Identifier: Apache-2.0
// Runs tasks. In production each task has a thread; in a simulation one seeded thread steps them in any order and the
// clock moves only when all wait. Because of that a task never blocks and never sleeps: it does a bounded piece of work
// and says when it wants to be called again.
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"

namespace penstock {

// What a task says after a step.
struct StepResult {
  enum class Kind { kAgain, kWait, kDone } kind;
  int64_t until_ns = 0;  // kWait: monotonic time of the next step at the latest; earlier when woken.
  static StepResult again() { return {Kind::kAgain}; }
  static StepResult wait_until(int64_t monotonic_ns) { return {Kind::kWait, monotonic_ns}; }
  static StepResult done() { return {Kind::kDone}; }
};

// Ends a wait early. Thread: any. A wake before the wait is not lost. Lives as long as its task's executor.
class Waker {
 public:
  virtual ~Waker() = default;
  virtual void wake() = 0;
};

class Task {
 public:
  virtual ~Task() = default;
  // Bounded work, no blocking beyond what one call to a peer needs (delivery tasks). Called by one thread at a time.
  virtual StepResult step() = 0;
};

class Executor {
 public:
  virtual ~Executor() = default;
  // Starts stepping `task`, which must outlive the executor or its own kDone; `name` is for logs and thread names.
  // Returns the task's waker.
  virtual Waker& start(std::string name, Task& task) = 0;
  // Returns when every task started so far is done.
  virtual void join() = 0;
  virtual const Clock& clock() const = 0;
};

// A thread per task.
std::unique_ptr<Executor> make_thread_executor(const Clock& clock);

}  // namespace penstock

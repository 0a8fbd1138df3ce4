// SPDX-License-Identifier: Apache-2.0
// Runs tasks. `penstock run` gives each a thread, the server lets them share a pool (executor_pool.h), in a simulation
// one seeded thread steps them in any order and the clock moves only when all wait. Because of that a task never
// sleeps, and blocks only if it says so: it does a bounded piece of work and says when it wants to be called again.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <string>

#include "base/clock.h"

namespace penstock {

// A monotonic time that does not come.
constexpr int64_t kNeverNs = std::numeric_limits<int64_t>::max();

// What a task says after a step.
struct StepResult {
  enum class Kind { kAgain, kWait, kDone } kind;
  int64_t until_ns = 0;  // kWait: monotonic time of the next step at the latest; earlier when woken.
  static StepResult again() { return {Kind::kAgain}; }
  static StepResult wait_until(int64_t monotonic_ns) { return {Kind::kWait, monotonic_ns}; }
  static StepResult wait_for_wake() { return {Kind::kWait, kNeverNs}; }
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
  // Bounded work. Called by one thread at a time, not always the same.
  virtual StepResult step() = 0;
  // True: a step may wait for a disk or a peer, for one call. The answer never changes.
  virtual bool may_block() const { return false; }
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

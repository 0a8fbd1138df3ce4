// SPDX-License-Identifier: Apache-2.0
// Threads that many processors share.
//
//   executor of processor 1 --lane, coordinator, ...--+--> ready, in turn ----------> threads, as many as cores
//   executor of processor 2 --------------------------+--> ready, may block, in turn > threads as needed, bounded
//        ^                                            |
//        +-- wake --                                  +--> waiting for a time ------> the timer makes them ready
//
// Tasks that never block are stepped in turn by a fixed number of threads. Tasks that may block (Task::may_block) have
// threads of their own: as many as cores at once, and one more each time such a task has been ready for a few
// milliseconds without a thread; those that find nothing to do for a while end. Invariants: a task is stepped by one
// thread at a time and is ready at most once; no wake is lost; nothing runs while all tasks wait. Thread: any; an
// executor ends before its pool, its tasks outlive it.
#pragma once

#include <memory>

#include "dataflow/executor.h"

namespace penstock {

struct PoolOptions {
  size_t threads = 0;                    // For tasks that never block; 0: as many as cores.
  size_t blocking_threads_max = 256;     // For those that may.
  Duration growth_after{5};              // How long a task that may block is ready before it gets one more thread.
  Duration spare_threads_after{10'000};  // One of them without work ends then.
};

class ExecutorPool {
 public:
  ExecutorPool(const Clock& clock, const PoolOptions& options);
  // Every executor of it has ended before.
  ~ExecutorPool();
  // What one processor runs on: its join() waits for the tasks that were started by it, and so does its end.
  std::unique_ptr<Executor> make_executor();
  // Threads for tasks that may block, now.
  size_t blocking_threads() const;
  // Steps of all tasks since the start: what idle processors cost.
  uint64_t steps() const;

 private:
  struct Slot;
  class Threads;
  class PooledExecutor;
  std::unique_ptr<Threads> threads_;
};

}  // namespace penstock

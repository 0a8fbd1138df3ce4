// SPDX-License-Identifier: Apache-2.0
// Threads for jobs that may block, so that the network thread never waits: commands run here. A thread is made when a
// job comes and none is free, and stays. Thread: any.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace penstock {

class WorkerPool {
 public:
  // At most `threads_max` jobs run and `waiting_max` wait for a thread.
  WorkerPool(size_t threads_max, size_t waiting_max);
  // Waits for the jobs that run; those that wait are destroyed without having run.
  ~WorkerPool();
  // Runs it later on a thread of the pool, in the order of submit(). False: no room, the job was not taken; say so to
  // whoever asked.
  bool submit(std::function<void()> job);

 private:
  void work();

  const size_t threads_max_;
  const size_t waiting_max_;
  std::mutex mutex_;
  std::condition_variable changed_;
  // Under mutex_:
  std::deque<std::function<void()>> waiting_;
  std::vector<std::thread> threads_;
  size_t free_ = 0;  // Threads that wait for a job.
  bool stopping_ = false;
};

}  // namespace penstock

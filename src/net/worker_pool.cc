// SPDX-License-Identifier: Apache-2.0
#include "net/worker_pool.h"

#include <system_error>
#include <utility>

namespace penstock {

WorkerPool::WorkerPool(size_t threads_max, size_t waiting_max) : threads_max_(threads_max), waiting_max_(waiting_max) {}

WorkerPool::~WorkerPool() {
  std::deque<std::function<void()>> never_run;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    std::swap(never_run, waiting_);
  }
  changed_.notify_all();
  never_run.clear();  // At once: whoever waits for such a job learns that it will not run.
  for (std::thread& thread : threads_)
    thread.join();
}

bool WorkerPool::submit(std::function<void()> job) {
  const std::lock_guard lock(mutex_);
  if (stopping_) return false;
  if (waiting_.size() >= free_ && threads_.size() < threads_max_) {
    try {
      threads_.emplace_back([this] { work(); });
      ++free_;
    } catch (const std::system_error&) {  // The system has no thread for us: with those there are.
      if (threads_.empty()) return false;
    }
  }
  if (waiting_.size() >= waiting_max_ + free_) return false;
  waiting_.push_back(std::move(job));
  changed_.notify_one();
  return true;
}

void WorkerPool::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (stopping_) return;
    std::function<void()> job = std::move(waiting_.front());
    waiting_.pop_front();
    --free_;
    lock.unlock();
    job();
    job = nullptr;  // What it holds goes before the thread counts as free.
    lock.lock();
    ++free_;
  }
}

}  // namespace penstock

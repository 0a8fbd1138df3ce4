// SPDX-License-Identifier: Apache-2.0
#include "dataflow/executor_pool.h"

#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <list>
#include <mutex>
#include <set>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "base/check.h"

namespace penstock {
namespace {

constexpr int64_t kNsPerMs = 1'000'000;

size_t cores_or(size_t wanted) {
  return wanted > 0 ? wanted : std::max<size_t>(1, std::thread::hardware_concurrency());
}

}  // namespace

// A task of one executor. All but the task is guarded by the pool's mutex.
struct ExecutorPool::Slot final : Waker {
  enum class State { kWaiting, kReady, kRunning, kDone };
  Slot(Threads& pool_in, PooledExecutor& owner_in, Task& task_in)
      : pool(pool_in), owner(owner_in), task(task_in), may_block(task_in.may_block()) {}
  void wake() override;

  Threads& pool;
  PooledExecutor& owner;
  Task& task;
  const bool may_block;
  State state = State::kReady;
  bool woken = false;    // While running: it is called again at once.
  int64_t until_ns = 0;  // While waiting.
  int64_t ready_ns = 0;  // Since when it is ready, if it may block.
};

class ExecutorPool::Threads {
 public:
  Threads(const Clock& clock, const PoolOptions& options);
  ~Threads();

  const Clock& clock() const { return clock_; }
  void start(Slot& slot);
  void wake(Slot& slot);
  void join(const PooledExecutor& executor);
  size_t blocking_threads() const {
    const std::lock_guard lock(mutex_);
    return blocking_.threads.size();
  }
  uint64_t steps() const {
    const std::lock_guard lock(mutex_);
    return steps_;
  }

 private:
  // Threads of one kind, and what waits for them.
  struct Crew {
    std::deque<Slot*> ready;
    std::condition_variable filled;
    std::list<std::thread> threads;
    size_t idle = 0;
  };
  using Timers = std::set<std::pair<int64_t, Slot*>>;

  void make_ready(Slot& slot, bool taken_here);
  void put_back(Slot& slot, const StepResult& result);
  void step_one(Crew& crew, std::unique_lock<std::mutex>& lock);
  void run_fixed();
  void run_blocking(std::list<std::thread>::iterator self);
  bool await_work(std::unique_lock<std::mutex>& lock);
  bool add_blocking_thread();
  void join_ended(std::unique_lock<std::mutex>& lock);
  void run_timer();
  void take_due(int64_t now_ns);
  int64_t grow_if_stuck(int64_t now_ns);

  const Clock& clock_;
  const PoolOptions options_;
  const size_t fixed_count_;
  mutable std::mutex mutex_;
  Crew fixed_;
  Crew blocking_;
  Timers timers_;
  std::condition_variable timers_changed_;
  std::condition_variable task_ended_;
  std::list<std::thread> ended_;  // Of blocking_, to be joined.
  int64_t grown_ns_ = 0;          // When the newest blocking thread was made.
  bool growth_watched_ = false;   // The timer looks again by itself whether one more is needed.
  uint64_t steps_ = 0;
  bool stopping_ = false;
  std::thread timer_;
};

class ExecutorPool::PooledExecutor final : public Executor {
 public:
  explicit PooledExecutor(Threads& pool) : pool_(pool) {}
  ~PooledExecutor() override { join(); }
  Waker& start(std::string, Task& task) override {
    slots_.push_back(std::make_unique<Slot>(pool_, *this, task));
    pool_.start(*slots_.back());
    return *slots_.back();
  }
  void join() override { pool_.join(*this); }
  const Clock& clock() const override { return pool_.clock(); }

  size_t unfinished = 0;  // Tasks; guarded by the pool's mutex.

 private:
  Threads& pool_;
  std::vector<std::unique_ptr<Slot>> slots_;
};

void ExecutorPool::Slot::wake() { pool.wake(*this); }

ExecutorPool::Threads::Threads(const Clock& clock, const PoolOptions& options)
    : clock_(clock), options_(options), fixed_count_(cores_or(options.threads)) {
  PS_CHECK(options_.blocking_threads_max > 0);
  const std::lock_guard lock(mutex_);
  for (size_t i = 0; i < fixed_count_; ++i)
    fixed_.threads.emplace_back([this] { run_fixed(); });
  timer_ = std::thread([this] { run_timer(); });
}

ExecutorPool::Threads::~Threads() {
  {
    const std::lock_guard lock(mutex_);
    PS_CHECK(fixed_.ready.empty() && blocking_.ready.empty() && timers_.empty(), "executors end before their pool");
    stopping_ = true;
    fixed_.filled.notify_all();
    blocking_.filled.notify_all();
    timers_changed_.notify_all();
  }
  timer_.join();
  for (std::thread& thread : fixed_.threads)
    thread.join();
  // Nobody adds threads any more; those that end by themselves move to ended_ under the lock.
  std::unique_lock lock(mutex_);
  ended_.splice(ended_.end(), blocking_.threads);
  join_ended(lock);
}

void ExecutorPool::Threads::start(Slot& slot) {
  const std::lock_guard lock(mutex_);
  ++slot.owner.unfinished;
  make_ready(slot, false);
}

void ExecutorPool::Threads::wake(Slot& slot) {
  const std::lock_guard lock(mutex_);
  if (slot.state == Slot::State::kRunning) slot.woken = true;
  if (slot.state != Slot::State::kWaiting) return;  // Ready: its next step is still to come.
  timers_.erase({slot.until_ns, &slot});
  make_ready(slot, false);
}

void ExecutorPool::Threads::join(const PooledExecutor& executor) {
  std::unique_lock lock(mutex_);
  task_ended_.wait(lock, [&executor] { return executor.unfinished == 0; });
}

// `taken_here`: the calling thread takes the next ready task of this crew itself.
void ExecutorPool::Threads::make_ready(Slot& slot, bool taken_here) {
  slot.state = Slot::State::kReady;
  Crew& crew = slot.may_block ? blocking_ : fixed_;
  crew.ready.push_back(&slot);
  if (slot.may_block) slot.ready_ns = clock_.monotonic_ns();
  const size_t for_others = crew.ready.size() - (taken_here ? 1 : 0);
  if (for_others > 0 && crew.idle > 0) crew.filled.notify_one();
  if (!slot.may_block || for_others <= crew.idle) return;
  if (crew.threads.size() >= options_.blocking_threads_max) return;
  if (crew.threads.size() < fixed_count_ && add_blocking_thread()) return;
  if (!std::exchange(growth_watched_, true)) timers_changed_.notify_one();
}

void ExecutorPool::Threads::put_back(Slot& slot, const StepResult& result) {
  const bool woken = std::exchange(slot.woken, false);
  if (result.kind == StepResult::Kind::kDone) {
    slot.state = Slot::State::kDone;
    // Under the lock: once it is released the executor may be gone.
    if (--slot.owner.unfinished == 0) task_ended_.notify_all();
    return;
  }
  if (result.kind == StepResult::Kind::kAgain || woken || result.until_ns <= clock_.monotonic_ns()) {
    return make_ready(slot, true);
  }
  slot.state = Slot::State::kWaiting;
  slot.until_ns = result.until_ns;
  const auto place = timers_.insert({slot.until_ns, &slot}).first;
  if (place == timers_.begin() && slot.until_ns != kNeverNs) timers_changed_.notify_one();
}

// The task that is ready the longest. `lock` is held before and after, not while it runs.
void ExecutorPool::Threads::step_one(Crew& crew, std::unique_lock<std::mutex>& lock) {
  Slot& slot = *crew.ready.front();
  crew.ready.pop_front();
  slot.state = Slot::State::kRunning;
  ++steps_;
  lock.unlock();
  const StepResult result = slot.task.step();
  lock.lock();
  put_back(slot, result);
}

void ExecutorPool::Threads::run_fixed() {
  pthread_setname_np(pthread_self(), "pool");
  std::unique_lock lock(mutex_);
  while (true) {
    if (!fixed_.ready.empty()) {
      step_one(fixed_, lock);
      continue;
    }
    if (stopping_) return;
    ++fixed_.idle;
    fixed_.filled.wait(lock);
    --fixed_.idle;
  }
}

void ExecutorPool::Threads::run_blocking(std::list<std::thread>::iterator self) {
  pthread_setname_np(pthread_self(), "pool, blocking");
  std::unique_lock lock(mutex_);
  while (true) {
    if (!blocking_.ready.empty()) {
      step_one(blocking_, lock);
      continue;
    }
    if (stopping_) return;
    if (await_work(lock)) continue;
    ended_.splice(ended_.end(), blocking_.threads, self);
    return;
  }
}

// False: nothing came for so long that this thread is not needed.
bool ExecutorPool::Threads::await_work(std::unique_lock<std::mutex>& lock) {
  ++blocking_.idle;
  const auto woken = blocking_.filled.wait_for(lock, std::chrono::milliseconds(options_.spare_threads_after.ms));
  --blocking_.idle;
  return woken == std::cv_status::no_timeout || !blocking_.ready.empty() || stopping_;
}

// False: the system gives no more threads; those that are there go on.
bool ExecutorPool::Threads::add_blocking_thread() {
  const auto self = blocking_.threads.emplace(blocking_.threads.end());
  try {
    *self = std::thread([this, self] { run_blocking(self); });
  } catch (const std::system_error&) {
    blocking_.threads.erase(self);
    PS_CHECK(!blocking_.threads.empty(), "the system gives no thread");
    return false;
  }
  grown_ns_ = clock_.monotonic_ns();
  return true;
}

void ExecutorPool::Threads::join_ended(std::unique_lock<std::mutex>& lock) {
  std::list<std::thread> ended = std::move(ended_);
  ended_.clear();
  lock.unlock();
  for (std::thread& thread : ended)
    thread.join();
  lock.lock();
}

void ExecutorPool::Threads::run_timer() {
  pthread_setname_np(pthread_self(), "pool, timer");
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (!ended_.empty()) join_ended(lock);
    const int64_t now_ns = clock_.monotonic_ns();
    take_due(now_ns);
    int64_t next_ns = grow_if_stuck(now_ns);
    if (!timers_.empty()) next_ns = std::min(next_ns, timers_.begin()->first);
    if (next_ns == kNeverNs) {
      timers_changed_.wait(lock);
    } else {
      timers_changed_.wait_for(lock, std::chrono::nanoseconds(next_ns - now_ns));
    }
  }
}

void ExecutorPool::Threads::take_due(int64_t now_ns) {
  while (!timers_.empty() && timers_.begin()->first <= now_ns) {
    Slot& slot = *timers_.begin()->second;
    timers_.erase(timers_.begin());
    make_ready(slot, false);
  }
}

// When to look again: never, unless more tasks that may block are ready than threads are free.
int64_t ExecutorPool::Threads::grow_if_stuck(int64_t now_ns) {
  growth_watched_ = blocking_.ready.size() > blocking_.idle && blocking_.threads.size() < options_.blocking_threads_max;
  if (!growth_watched_) return kNeverNs;
  const int64_t patience_ns = options_.growth_after.ms * kNsPerMs;
  const int64_t due_ns = std::max(blocking_.ready.front()->ready_ns, grown_ns_) + patience_ns;
  if (due_ns > now_ns) return due_ns;
  add_blocking_thread();
  return now_ns + patience_ns;
}

ExecutorPool::ExecutorPool(const Clock& clock, const PoolOptions& options)
    : threads_(std::make_unique<Threads>(clock, options)) {}
ExecutorPool::~ExecutorPool() = default;

std::unique_ptr<Executor> ExecutorPool::make_executor() { return std::make_unique<PooledExecutor>(*threads_); }

size_t ExecutorPool::blocking_threads() const { return threads_->blocking_threads(); }
uint64_t ExecutorPool::steps() const { return threads_->steps(); }

}  // namespace penstock

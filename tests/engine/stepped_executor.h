// SPDX-License-Identifier: Apache-2.0
// One thread, one seed: steps the tasks of a processor in an order that the seed chooses and moves the clock only when
// all of them wait. The same seed gives the same run, so a failure is repeated by its number.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "dataflow/executor.h"

namespace penstock {

class SteppedExecutor final : public Executor {
 public:
  SteppedExecutor(ManualClock& clock, uint64_t seed);
  ~SteppedExecutor() override;

  Waker& start(std::string name, Task& task) override;
  // Steps until every task is done. A run of more than kStepsMax steps is endless: that is our bug.
  void join() override;
  const Clock& clock() const override { return clock_; }

  // Steps and moves the clock until it shows `span` more, and nothing is left to do at that instant.
  void run_for(Duration span);
  // Steps and moves the clock until `done`, for `span` at most. What `done` said last.
  bool run_until(const std::function<bool()>& done, Duration span);
  bool all_done() const;

 private:
  struct Slot;
  // Steps one task that can go on. False when all wait.
  bool step_one();
  // Moves the clock to the next instant a task waits for, but not beyond `limit_ns`. False when there is none before.
  bool advance(int64_t limit_ns);

  static constexpr uint64_t kStepsMax = 50'000'000;
  ManualClock& clock_;
  SeededRandom random_;
  std::vector<std::unique_ptr<Slot>> slots_;
  std::vector<Slot*> ready_;  // Of step_one.
  uint64_t steps_ = 0;
};

}  // namespace penstock

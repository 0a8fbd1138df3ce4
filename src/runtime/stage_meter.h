// SPDX-License-Identifier: Apache-2.0
// Counts the rows that pass a chain of stages, a chunk of rows at a time: nothing is done per row.
//   begin -> [stage 0] -> passed -> [stage 1] -> passed -> ...
// The clock is read for some chunks only, each of which stands for others of its kind. Thread: the owner.
#pragma once

#include <vector>

#include "runtime/counters.h"

namespace penstock {

class StageMeter {
 public:
  StageMeter(size_t stages, const Clock& clock) : stages_(stages), clock_(clock) {}

  // A chunk is at the first stage. `stands_for`: how many chunks of this size its time is taken for; 0: not timed.
  void begin(double stands_for) {
    at_ = 0;
    stands_for_ = stands_for;
    if (stands_for > 0) since_ns_ = clock_.monotonic_ns();
  }
  // The chunk has left the stage, with so many rows and bytes, and is at the next one.
  void passed(uint64_t rows, uint64_t bytes) {
    StageCounters& stage = stages_[at_];
    stage.out += rows;
    stage.out_bytes += bytes;
    if (stands_for_ > 0) {
      const int64_t now_ns = clock_.monotonic_ns();
      stage.busy_ns += static_cast<int64_t>(static_cast<double>(now_ns - since_ns_) * stands_for_);
      since_ns_ = now_ns;
    }
    if (++at_ == stages_.size()) return;
    stages_[at_].in += rows;
    stages_[at_].in_bytes += bytes;
  }
  // A row of the stage at hand became a dead letter of so many bytes.
  void dead_letter(uint64_t bytes) {
    StageCounters& stage = stages_[std::min(at_, stages_.size() - 1)];
    ++stage.dead_letters;
    stage.dead_letter_bytes += bytes;
  }
  std::vector<StageCounters>& stages() { return stages_; }
  const std::vector<StageCounters>& stages() const { return stages_; }

 private:
  std::vector<StageCounters> stages_;
  const Clock& clock_;
  size_t at_ = 0;
  double stands_for_ = 0;
  int64_t since_ns_ = 0;
};

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
// A sink that keeps what it gets, and fails as told. Thread: that of SteppedExecutor.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "dataflow/sink.h"

namespace penstock {

class MemorySink final : public Sink {
 public:
  explicit MemorySink(const Clock& clock) : clock_(clock) {}

  // True: every delivery fails as if nobody answered.
  void set_down(bool down) { down_ = down; }
  // The next delivery fails with this.
  void fail_next(Error error) { failures_.push_back(std::move(error)); }
  // Documents for which this gives a reason are refused.
  void refuse(std::function<std::string(Document)> reason) { refuse_ = std::move(reason); }

  const std::vector<OwnedDocument>& documents() const { return documents_; }
  // One line of canonical JSON a document.
  std::string text() const;
  // Sequence numbers that were taken, in order.
  const std::vector<uint64_t>& sequence() const { return sequence_; }
  // Monotonic time of each attempt, failed ones included.
  const std::vector<int64_t>& attempts_ns() const { return attempts_ns_; }

  Result<void> open() override { return {}; }
  Result<Delivery> deliver(uint64_t seq, const std::vector<OwnedDocument>& documents) override;
  std::string describe() const override { return "memory"; }

 private:
  const Clock& clock_;
  bool down_ = false;
  std::deque<Error> failures_;
  std::function<std::string(Document)> refuse_;
  std::vector<OwnedDocument> documents_;
  std::vector<uint64_t> sequence_;
  std::vector<int64_t> attempts_ns_;
};

}  // namespace penstock

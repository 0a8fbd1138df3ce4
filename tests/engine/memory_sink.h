// SPDX-License-Identifier: Apache-2.0
// A sink that keeps what it gets, and fails as told. It keeps markers too, as a sink with transactions does: an entry
// is in whole or not at all. Thread: that of SteppedExecutor.
#pragma once

#include <deque>
#include <functional>
#include <map>
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
  // Changes what is kept of a lineage, as somebody who restores a backup does.
  std::map<std::string, Marker>& kept_markers() { return markers_; }

  const std::vector<OwnedDocument>& documents() const { return documents_; }
  const std::vector<OwnedDocument>& letters() const { return letters_; }
  // One line of canonical JSON a document.
  std::string text() const;
  // Sequence numbers that were taken, in order.
  const std::vector<uint64_t>& sequence() const { return sequence_; }
  // Monotonic time of each attempt, failed ones included.
  const std::vector<int64_t>& attempts_ns() const { return attempts_ns_; }

  Result<void> open() override { return {}; }
  Guarantee guarantee() const override { return {GuaranteeLevel::kExactlyOnce, "it is in memory"}; }
  Result<std::vector<Marker>> markers(std::string_view processor) override;
  Result<Marker> claim(const Claim& claim) override;
  Result<void> forget(std::string_view lineage) override;
  Result<Delivery> deliver(const OutboxEntry& entry, const RefusalLetters& letters) override;
  Result<void> write_dead_letters(const std::vector<OwnedDocument>& letters) override;
  bool takes_dead_letters() const override { return false; }
  std::string describe() const override { return "memory"; }

 private:
  Result<void> answer();

  const Clock& clock_;
  bool down_ = false;
  std::deque<Error> failures_;
  std::function<std::string(Document)> refuse_;
  std::vector<OwnedDocument> documents_;
  std::vector<OwnedDocument> letters_;
  std::vector<uint64_t> sequence_;
  std::vector<int64_t> attempts_ns_;
  std::map<std::string, Marker> markers_;
  std::string claimed_;
  uint64_t fence_ = 0;
};

}  // namespace penstock

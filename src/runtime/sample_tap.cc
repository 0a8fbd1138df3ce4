// SPDX-License-Identifier: Apache-2.0
#include "runtime/sample_tap.h"

#include <algorithm>
#include <limits>

namespace penstock {
namespace {

constexpr uint64_t kBytesInAll = 40 * 1000 * 1000;
constexpr size_t kWaitingDocumentsMax = 1000;
constexpr uint64_t kWaitingBytesMax = 4 * 1024 * 1024;  // One document always fits: all that waits fits a reply.

}  // namespace

SampleTap::SampleTap() : accepted_max_(std::numeric_limits<uint64_t>::max()), bytes_left_(kBytesInAll) {}

bool SampleTap::offer(Document document) {
  const std::lock_guard lock(mutex_);
  const uint64_t size = document.size();
  const bool full =
      !waiting_.empty() && (waiting_.size() >= kWaitingDocumentsMax || waiting_bytes_ + size > kWaitingBytesMax);
  if (ended_ || full) return false;
  waiting_.emplace_back(document);
  waiting_bytes_ += size;
  bytes_left_ -= std::min(bytes_left_, size);
  ++accepted_;
  ended_ = bytes_left_ == 0 || accepted_ >= accepted_max_;
  return true;
}

void SampleTap::end() {
  const std::lock_guard lock(mutex_);
  ended_ = true;
}

void SampleTap::end_after(uint64_t documents) {
  const std::lock_guard lock(mutex_);
  accepted_max_ = documents;
  for (; accepted_ > documents && !waiting_.empty(); --accepted_) {
    waiting_bytes_ -= waiting_.back().bytes().size();
    waiting_.pop_back();
  }
  ended_ = ended_ || accepted_ >= documents;
}

std::vector<OwnedDocument> SampleTap::take(size_t count) {
  const std::lock_guard lock(mutex_);
  std::vector<OwnedDocument> taken;
  while (taken.size() < count && !waiting_.empty()) {
    waiting_bytes_ -= waiting_.front().bytes().size();
    taken.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  return taken;
}

bool SampleTap::ended() const {
  const std::lock_guard lock(mutex_);
  return ended_ && waiting_.empty();
}

bool SampleTap::closed() const {
  const std::lock_guard lock(mutex_);
  return ended_;
}

void SampleTaps::add(const std::shared_ptr<SampleTap>& tap) {
  const std::lock_guard lock(mutex_);
  if (ended_) return tap->end();
  forget_closed();
  taps_.push_back(tap);
  listening_.store(true, std::memory_order_relaxed);
}

bool SampleTaps::offer(Document document) {
  const std::lock_guard lock(mutex_);
  bool taken = false;
  bool gone = false;
  for (const std::weak_ptr<SampleTap>& weak : taps_) {
    const std::shared_ptr<SampleTap> tap = weak.lock();
    const bool took = tap != nullptr && tap->offer(document);
    taken |= took;
    gone |= !took;
  }
  if (gone) forget_closed();
  return taken;
}

void SampleTaps::forget_closed() {
  std::erase_if(taps_, [](const std::weak_ptr<SampleTap>& weak) {
    const std::shared_ptr<SampleTap> tap = weak.lock();
    return tap == nullptr || tap->closed();
  });
  if (taps_.empty()) listening_.store(false, std::memory_order_relaxed);
}

void SampleTaps::end() {
  const std::lock_guard lock(mutex_);
  for (const std::weak_ptr<SampleTap>& weak : taps_) {
    if (const std::shared_ptr<SampleTap> tap = weak.lock()) tap->end();
  }
  taps_.clear();
  ended_ = true;
  listening_.store(false, std::memory_order_relaxed);
}

}  // namespace penstock

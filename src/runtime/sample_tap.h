// SPDX-License-Identifier: Apache-2.0
// Lets somebody look at what a processor writes, without slowing it (reference control-plane A6).
//
//   coordinator --offer--> | waiting, bounded: what does not fit is left out | --take--> a shell
//
// The writer never waits. Documents are as they leave the last stage; dead letters come as {_dlqMessage: {...}}.
// Thread: any may write, one reads at a time.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "bson/document.h"

namespace penstock {

class SampleTap {
 public:
  // Ends by itself when 40 MB have gone through.
  SampleTap();
  // The writer's side. False: full or ended, the document was left out.
  bool offer(Document document);
  void end();
  // The reader wants so many documents in all, those taken included: it ends by itself after them.
  void end_after(uint64_t documents);
  // At most `count` documents in their order; what waits fits a reply. Empty: nothing now.
  std::vector<OwnedDocument> take(size_t count);
  // Nothing more will come and all was taken.
  bool ended() const;
  // Nothing more is accepted; something may still wait.
  bool closed() const;
  // Monotonic time of the last take(), for leases; the reader says what time it is.
  void touch(int64_t monotonic_ns) { touched_ns_.store(monotonic_ns, std::memory_order_relaxed); }
  int64_t touched_ns() const { return touched_ns_.load(std::memory_order_relaxed); }

 private:
  mutable std::mutex mutex_;
  std::deque<OwnedDocument> waiting_;
  uint64_t accepted_ = 0;
  uint64_t accepted_max_;
  uint64_t bytes_left_;  // Until 40 MB have gone through.
  uint64_t waiting_bytes_ = 0;
  bool ended_ = false;
  std::atomic<int64_t> touched_ns_{0};
};

// The taps of one processor: each reader has its own. A tap is kept only as long as its reader keeps it.
// Thread: any.
class SampleTaps {
 public:
  SampleTaps() = default;
  ~SampleTaps() { end(); }
  SampleTaps(const SampleTaps&) = delete;
  SampleTaps& operator=(const SampleTaps&) = delete;
  // After end() it ends at once.
  void add(const std::shared_ptr<SampleTap>& tap);
  // Costs a plain load: asked before each freeze, and for each dead letter.
  bool listening() const { return listening_.load(std::memory_order_relaxed); }
  // True when one of them took it.
  bool offer(Document document);
  // The processor writes nothing any more.
  void end();

 private:
  void forget_closed();

  std::mutex mutex_;
  std::vector<std::weak_ptr<SampleTap>> taps_;
  std::atomic<bool> listening_{false};
  bool ended_ = false;
};

}  // namespace penstock

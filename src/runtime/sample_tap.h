// SPDX-License-Identifier: Apache-2.0
// Lets somebody look at what a processor writes, without slowing it (reference control-plane A6).
//
//   coordinator --offer--> | ring, bounded: what does not fit is left out | --take--> a shell
//
// The writer never waits. Documents are as they leave the last stage; dead letters come as {_dlqMessage: {...}}.
// Thread: one writes, one reads at a time.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "bson/document.h"

namespace penstock {

class SampleTap {
 public:
  // Ends by itself after `documents_max` (0: no limit) or 40 MB.
  explicit SampleTap(uint64_t documents_max = 0);
  // The writer's side. False: full or ended, the document was left out.
  bool offer(Document document);
  void end();
  // At most `count` documents in their order. Empty: nothing now.
  std::vector<OwnedDocument> take(size_t count);
  // Nothing more will come and all was taken.
  bool ended() const;
  // Monotonic time of the last take(), for leases; the reader says what time it is.
  void touch(int64_t monotonic_ns) { touched_ns_.store(monotonic_ns, std::memory_order_relaxed); }
  int64_t touched_ns() const { return touched_ns_.load(std::memory_order_relaxed); }

 private:
  mutable std::mutex mutex_;
  std::vector<OwnedDocument> waiting_;
  uint64_t left_;        // Documents it may still take.
  uint64_t bytes_left_;  // Until 40 MB have gone through.
  uint64_t waiting_bytes_ = 0;
  bool ended_ = false;
  std::atomic<int64_t> touched_ns_{0};
};

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
// Messages to a task. Few and small (barriers, replies), never records; the protocol bounds how many wait.
// Thread: any may post, the owner takes.
#pragma once

#include <mutex>
#include <utility>
#include <vector>

#include "dataflow/executor.h"

namespace penstock {

template <typename Message>
class Mailbox {
 public:
  // Who is woken by a post; set before the first post.
  void set_waker(Waker* waker) {
    const std::lock_guard lock(mutex_);
    waker_ = waker;
    if (waker_ != nullptr && !messages_.empty()) waker_->wake();
  }
  void post(Message message) {
    Waker* waker;
    {
      const std::lock_guard lock(mutex_);
      messages_.push_back(std::move(message));
      waker = waker_;
    }
    if (waker != nullptr) waker->wake();
  }
  std::vector<Message> take_all() {
    const std::lock_guard lock(mutex_);
    return std::exchange(messages_, {});
  }

 private:
  std::mutex mutex_;
  std::vector<Message> messages_;
  Waker* waker_ = nullptr;
};

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
// Lets only so many runs open at once, so that a server with hundreds of them comes back in good order. Who waits for a
// peer that does not answer is not counted any more after a second: dead brokers do not hold the others up.
// Thread: any.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <list>
#include <mutex>

#include "base/clock.h"

namespace penstock {

class OpenGate {
 public:
  explicit OpenGate(const Clock& clock) : clock_(clock) {}

  // Inside as long as it lives.
  class Pass {
   public:
    explicit Pass(OpenGate& gate) : gate_(gate), place_(gate.enter()) {}
    ~Pass() { gate_.leave(place_); }
    Pass(const Pass&) = delete;
    Pass& operator=(const Pass&) = delete;

   private:
    OpenGate& gate_;
    std::list<int64_t>::iterator place_;
  };

 private:
  std::list<int64_t>::iterator enter();
  void leave(std::list<int64_t>::iterator place);
  bool full() const;

  const Clock& clock_;
  std::mutex mutex_;
  std::condition_variable left_;
  std::list<int64_t> inside_;  // When each came in, monotonic.
};

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
// Slows down who guesses passwords (security S16): failed logins are counted per user and address, and per address
// alone. After a few failures the next attempt must wait, each time twice as long.
//
//   failures of a user from an address:  1 2 3 4 5 | 6: 1 s | 7: 2 s | ... 60 s at most;  forgotten after 10 minutes
//
// Only that address waits, so nobody can lock out somebody else. Memory is bounded: when full, the one with the fewest
// failures is forgotten. Thread: any.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace penstock {

class LoginLimiter {
 public:
  explicit LoginLimiter(const Clock& clock) : clock_(clock) {}
  // False: not now; the attempt is refused without looking at it. `address` as PeerInfo has it; the port is ignored.
  // `user`: "" where none was named.
  bool allows(std::string_view user, std::string_view address);
  void failed(std::string_view user, std::string_view address);
  void succeeded(std::string_view user, std::string_view address);
  size_t size() const;

 private:
  struct Failures {
    int64_t count = 0;
    int64_t last_ns = 0;
    int64_t waits_until_ns = 0;
  };
  void count(std::string key, int64_t free, int64_t now);
  bool waits(const std::string& key, int64_t now) const;
  void make_room(int64_t now);

  const Clock& clock_;
  mutable std::mutex mutex_;
  std::map<std::string, Failures, std::less<>> failures_;
};

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
// What all connections of the wire protocol share.
// Thread: any.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>

#include "api/auth/login_limiter.h"
#include "base/clock.h"

namespace penstock {

struct ServerState {
  // `open`: while there are no users, whoever comes from loopback may do everything. Otherwise only create the first
  // user (security S05).
  ServerState(const Clock& clock, bool open)
      : open_without_users(open), started_ns(clock.monotonic_ns()), logins(clock) {}

  const bool open_without_users;
  const int64_t started_ns;
  LoginLimiter logins;
  std::atomic<int64_t> connections{0};
  std::atomic<int64_t> connections_created{0};
  std::atomic<int64_t> requests{0};
  // Moves on when users change: who is logged in is looked up again before the next command.
  std::atomic<uint64_t> users_version{1};
  // Held while users are changed, so that there is only one first user.
  std::mutex users_mutex;
};

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
#include "api/auth/login_limiter.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace penstock {
namespace {

TEST(LoginLimiter, FiveMistakesAreFreeThenEachWaitsTwiceAsLong) {
  ManualClock clock;
  LoginLimiter limiter(clock);
  for (int i = 0; i < 5; i++) {
    EXPECT_TRUE(limiter.allows("alice", "10.0.0.1:1000")) << i;
    limiter.failed("alice", fmt::format("10.0.0.1:{}", 1000 + i));  // Another port is the same peer.
  }
  EXPECT_TRUE(limiter.allows("alice", "10.0.0.1:1000"));
  for (int64_t wait_ms : {1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000}) {
    limiter.failed("alice", "10.0.0.1:1");
    clock.advance({wait_ms - 1});
    EXPECT_FALSE(limiter.allows("alice", "10.0.0.1:2")) << wait_ms;
    clock.advance({1});
    EXPECT_TRUE(limiter.allows("alice", "10.0.0.1:2")) << wait_ms;
  }
}

TEST(LoginLimiter, OthersDoNotWait) {
  ManualClock clock;
  LoginLimiter limiter(clock);
  for (int i = 0; i < 10; i++)
    limiter.failed("alice", "[::1]:1000");
  EXPECT_FALSE(limiter.allows("alice", "[::1]:2000"));
  EXPECT_TRUE(limiter.allows("alice", "[::2]:2000"));
  EXPECT_TRUE(limiter.allows("bob", "[::1]:2000"));
}

TEST(LoginLimiter, SuccessAndTimeForget) {
  ManualClock clock;
  LoginLimiter limiter(clock);
  for (int i = 0; i < 6; i++)
    limiter.failed("alice", "a:1");
  limiter.succeeded("alice", "a:1");
  EXPECT_TRUE(limiter.allows("alice", "a:1"));
  for (int i = 0; i < 5; i++)
    limiter.failed("bob", "a:1");
  clock.advance({600'001});
  limiter.failed("bob", "a:1");
  EXPECT_TRUE(limiter.allows("bob", "a:1"));
}

TEST(LoginLimiter, GuessingNamesWaitsToo) {
  ManualClock clock;
  LoginLimiter limiter(clock);
  for (int i = 0; i < 101; i++)
    limiter.failed(fmt::format("user{}", i), "a:1");
  EXPECT_FALSE(limiter.allows("alice", "a:1"));
  EXPECT_TRUE(limiter.allows("alice", "b:1"));
}

TEST(LoginLimiter, AttemptsThatNameNobodyCountForTheAddress) {
  ManualClock clock;
  LoginLimiter limiter(clock);
  for (int i = 0; i < 100; i++)
    limiter.failed("", "a:1");
  EXPECT_TRUE(limiter.allows("alice", "a:1"));
  limiter.failed("", "a:1");
  EXPECT_FALSE(limiter.allows("alice", "a:1"));
}

TEST(LoginLimiter, MemoryIsBounded) {
  ManualClock clock;
  LoginLimiter limiter(clock);
  for (int i = 0; i < 7; i++)
    limiter.failed("alice", "10.0.0.1:1");
  for (int i = 0; i < 10'050; i++)
    limiter.failed(fmt::format("user{}", i), fmt::format("10.1.{}.{}:1", i / 256, i % 256));
  EXPECT_LE(limiter.size(), 10'000u);
  EXPECT_FALSE(limiter.allows("alice", "10.0.0.1:1"));
}

}  // namespace
}  // namespace penstock

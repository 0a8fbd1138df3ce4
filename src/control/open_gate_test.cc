// SPDX-License-Identifier: Apache-2.0
#include "control/open_gate.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

namespace penstock {
namespace {

TEST(OpenGate, HoldsTheCrowdButNotForThoseWhoAreStuck) {
  ManualClock clock;
  OpenGate gate(clock);
  std::vector<std::unique_ptr<OpenGate::Pass>> inside;
  for (int i = 0; i < 16; ++i)
    inside.push_back(std::make_unique<OpenGate::Pass>(gate));
  for (const bool by_leaving : {true, false}) {
    std::atomic<bool> entered{false};
    std::thread next([&] {
      const OpenGate::Pass pass(gate);
      entered = true;
    });
    EXPECT_FALSE(entered.load());  // Sixteen are inside, and it is still the same instant.
    if (by_leaving) {
      inside.pop_back();
    } else {
      clock.advance(Duration{1000});
    }
    next.join();
    EXPECT_TRUE(entered.load());
    if (by_leaving) inside.push_back(std::make_unique<OpenGate::Pass>(gate));
  }
}

}  // namespace
}  // namespace penstock

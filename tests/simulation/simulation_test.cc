// SPDX-License-Identifier: Apache-2.0
// PENSTOCK_SEEDS: how many seeds (2,000; in the soak 20,000). PENSTOCK_SEED: this one alone.
#include "tests/simulation/simulation.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace penstock {
namespace {

uint64_t setting(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

TEST(Simulation, NothingIsLostAndNothingTwice) {
  const uint64_t one = setting("PENSTOCK_SEED", 0);
  const uint64_t first = one > 0 ? one : 1;
  const bool soak = std::getenv("PENSTOCK_SOAK") != nullptr;
  const uint64_t last = one > 0 ? one : setting("PENSTOCK_SEEDS", soak ? 20'000 : 2000);
  int crashes = 0;
  int zombies = 0;
  int damaged = 0;
  int refused = 0;
  for (uint64_t seed = first; seed <= last; ++seed) {
    const SimulationResult result = simulate(seed, Variant::kAlgorithm);
    ASSERT_EQ(result.violation, "") << "PENSTOCK_SEED=" << seed;
    crashes += result.crashes;
    zombies += result.zombies;
    damaged += result.damaged;
    refused += result.refused ? 1 : 0;
  }
  fmt::print("seeds {} to {}: {} crashes, {} old instances still running, {} damaged checkpoints, {} starts refused\n",
             first, last, crashes, zombies, damaged, refused);
  if (one > 0) return;
  EXPECT_GT(crashes, static_cast<int>(last));
  EXPECT_GT(zombies, 0);
  EXPECT_GT(damaged, 0);
}

TEST(Simulation, EveryBrokenVariantIsCaught) {
  constexpr uint64_t kSeedsMost = 2000;
  for (const Variant variant : kBrokenVariants) {
    uint64_t seed = 1;
    std::string violation;
    for (; seed <= kSeedsMost && violation.empty(); ++seed)
      violation = simulate(seed, variant).violation;
    EXPECT_NE(violation, "") << name_of(variant) << " was not noticed in " << kSeedsMost << " seeds";
    fmt::print("{}: caught with seed {}: {}\n", name_of(variant), seed - 1, violation);
  }
}

}  // namespace
}  // namespace penstock

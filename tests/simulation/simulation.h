// SPDX-License-Identifier: Apache-2.0
// A processor that is killed again and again in a world of one seed: topic, clock, disk and database go on, the process
// begins anew (reliability 1.4.10, 1.8). The code under test is the real one: planner, lanes, coordinator, freeze,
// checkpoints, delivery, recovery.
//
//   records with numbers --> [ processor | crash | processor | crash | ... | bounded run to the end ] --> database
//
// Every record must be in the results or among the dead letters exactly once, in its own window, and an additive merge
// must have been applied once.
#pragma once

#include <cstdint>
#include <string>

namespace penstock {

// The algorithm, and the ways in which it could be broken; each must be noticed.
enum class Variant {
  kAlgorithm,
  kBytesNotSynced,
  kFolderNotSynced,
  kDeliveredBeforeFrozen,
  kNewIdAtEachDelivery,
  kOutboxNotKept,
  kSecondFreezeDropsOutbox,
  kMarkerIgnored,
  kCutAfterBarrier,
  kStateOfAnEarlierCut,
  kFenceNotChecked,
  kFallbackBelowMarker,
  kWatermarkNotKept,
  kSealedForgotten,
};
constexpr Variant kBrokenVariants[] = {
    Variant::kBytesNotSynced,      Variant::kFolderNotSynced,     Variant::kDeliveredBeforeFrozen,
    Variant::kNewIdAtEachDelivery, Variant::kOutboxNotKept,       Variant::kSecondFreezeDropsOutbox,
    Variant::kMarkerIgnored,       Variant::kCutAfterBarrier,     Variant::kStateOfAnEarlierCut,
    Variant::kFenceNotChecked,     Variant::kFallbackBelowMarker, Variant::kWatermarkNotKept,
    Variant::kSealedForgotten,
};
std::string_view name_of(Variant variant);

struct SimulationResult {
  std::string violation;  // Empty: everything held.
  int crashes = 0;
  int zombies = 0;       // Old instances that were still running beside a new one.
  int damaged = 0;       // Checkpoints with a flipped byte.
  bool refused = false;  // The start was refused after damage: right, and the end of the run.
};

SimulationResult simulate(uint64_t seed, Variant variant);

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
// Dice come in by constructor, so that a run can be repeated from its printed seed.
// SeededRandom is xoshiro256** (Blackman, Vigna: "Scrambled linear pseudorandom number generators", 2018): fast, not
// secret.
#pragma once

#include <cstdint>

namespace penstock {

class Random {
 public:
  virtual ~Random() = default;
  virtual uint64_t next() = 0;
  // Uniform in [0, bound), bound > 0. Bias below 2^-32 for bounds below 2^32.
  uint64_t below(uint64_t bound) {
    return static_cast<uint64_t>((static_cast<unsigned __int128>(next()) * bound) >> 64);
  }
};

// The same numbers for the same seed on every machine. Thread: one owner.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(uint64_t seed);
  uint64_t next() override;

 private:
  uint64_t state_[4];
};

// From the operating system's generator; for ids and nonces. Safe from any thread.
class SystemRandom final : public Random {
 public:
  uint64_t next() override;
};

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
#include "base/random.h"

#include <sys/random.h>

#include "base/check.h"

namespace penstock {
namespace {

uint64_t rotate_left(uint64_t x, int by) { return (x << by) | (x >> (64 - by)); }

// SplitMix64 spreads one seed over the state.
uint64_t split_mix(uint64_t& x) {
  uint64_t z = (x += 0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

}  // namespace

SeededRandom::SeededRandom(uint64_t seed) {
  for (uint64_t& word : state_)
    word = split_mix(seed);
}

uint64_t SeededRandom::next() {
  const uint64_t result = rotate_left(state_[1] * 5, 7) * 9;
  const uint64_t shifted = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = rotate_left(state_[3], 45);
  return result;
}

uint64_t SystemRandom::next() {
  uint64_t result = 0;
  PS_CHECK(getrandom(&result, sizeof result, 0) == sizeof result, "the system gives no random bytes");
  return result;
}

}  // namespace penstock

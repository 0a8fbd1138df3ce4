// SPDX-License-Identifier: Apache-2.0
#include "control/unique_ids.h"

#include <fmt/format.h>

namespace penstock {

std::string random_bytes(Random& random, size_t count) {
  std::string bytes;
  while (bytes.size() < count) {
    uint64_t word = random.next();
    for (int i = 0; i < 8 && bytes.size() < count; ++i, word >>= 8)
      bytes += static_cast<char>(word & 0xFF);
  }
  return bytes;
}

std::string new_id(const Clock& clock, Random& random) {
  return fmt::format("{:08x}{:016x}", static_cast<uint32_t>(clock.now().ms / 1000), random.next());
}

}  // namespace penstock

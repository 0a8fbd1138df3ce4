// SPDX-License-Identifier: Apache-2.0
// A hash that may be written to disk: the same bytes and seed give the same number in every version and on every
// machine (XXH3, 64 bits, whose results are fixed). hash_key() of group_table.h promises no such thing.
#pragma once

#include <cstdint>
#include <string_view>

namespace penstock {

uint64_t stable_hash(std::string_view bytes, uint64_t seed = 0);

}  // namespace penstock

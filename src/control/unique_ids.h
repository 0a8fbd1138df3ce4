// SPDX-License-Identifier: Apache-2.0
// Bytes and ids out of the dice that came in by constructor.
#pragma once

#include <string>

#include "base/clock.h"
#include "base/random.h"

namespace penstock {

std::string random_bytes(Random& random, size_t count);
// 24 hexadecimal digits as an ObjectId prints: seconds since 1970, then 64 random bits.
std::string new_id(const Clock& clock, Random& random);

}  // namespace penstock

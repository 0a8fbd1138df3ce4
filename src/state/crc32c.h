// SPDX-License-Identifier: Apache-2.0
// CRC-32C (Castagnoli), RFC 3720 B.4: what every block of our files ends with.
#pragma once

#include <cstdint>
#include <string_view>

namespace penstock {

// `before`: the CRC of what stands before `bytes`, to go on with.
uint32_t crc32c(std::string_view bytes, uint32_t before = 0);

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
// The compressors of OP_COMPRESSED (reference control-plane A1.2). The only home of snappy, zlib and zstd in the wire
// protocol. Thread: any.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace penstock {

// Numbers as on the wire.
enum class Compressor : uint8_t { kNoop = 0, kSnappy = 1, kZlib = 2, kZstd = 3 };

std::string_view name_of(Compressor compressor);  // "snappy", as hello's `compression` has it.
std::optional<Compressor> compressor_of(std::string_view name);
std::optional<Compressor> compressor_of(uint8_t number);

// Appends exactly `size` bytes to `to`, or fails (kProtocolError): `bytes` holds another amount, or is damaged. No more
// than `size` bytes are ever allocated for what comes out, and none of them shows old memory (security S11). The caller
// has checked `size` against its limit.
Result<void> decompress(Compressor compressor, std::string_view bytes, size_t size, std::string& to);

std::string compress(Compressor compressor, std::string_view bytes);

}  // namespace penstock

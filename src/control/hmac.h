// SPDX-License-Identifier: Apache-2.0
// HMAC-SHA-256 (RFC 2104) by OpenSSL: what SCRAM is made of. Thread: any.
#pragma once

#include <string>
#include <string_view>

namespace penstock {

// 32 bytes.
std::string hmac_sha_256(std::string_view key, std::string_view text);

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
// The handshake (reference control-plane A1.3): what a driver learns of the server on every connection, and how its
// first login step rides along.
#pragma once

#include "api/wire/command.h"

namespace penstock {

// 21 is that of MongoDB 7.0, as is the version in buildInfo: the newest one whose query language the embedded store
// aims at. Drivers ask for 9 or more.
inline constexpr int32_t kWireVersionMax = 21;
inline constexpr std::string_view kMongoVersion = "7.0.0";

// `call.name` is "hello" or, for older drivers, "isMaster".
Result<OwnedDocument> hello(const CommandCall& call, CommandContext& context);

}  // namespace penstock

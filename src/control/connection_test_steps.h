// SPDX-License-Identifier: Apache-2.0
// The steps of `connection test`, per type of connection.
#pragma once

#include <vector>

#include "base/clock.h"
#include "control/connections.h"

namespace penstock {

// Blocks, about 10 s at most (a resolver may take longer). No step holds a secret.
std::vector<ConnectionTestStep> test_connection(const Connection& connection, const Clock& clock, Logger& log);

}  // namespace penstock

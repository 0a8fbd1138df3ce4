// SPDX-License-Identifier: Apache-2.0
// Who may do what (reference control-plane C1): actions of stream processing, and those on collections.
#pragma once

#include <span>
#include <string_view>

#include "control/records.h"

namespace penstock {

// "createStreamProcessor", "find", "insert", ...: true if one of the roles grants it.
bool grants(std::span<const Role> roles, std::string_view action);

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
// Who may do what (reference control-plane C1): actions of stream processing, and those on collections.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "control/records.h"

namespace penstock {

// "createStreamProcessor", "find", "insert", ...: true if one of the roles grants it. atlasAdmin grants everything.
bool grants(std::span<const Role> roles, std::string_view action);

// True for an action that the table knows. Every row of the command catalog names such a one.
bool is_action(std::string_view action);

// True for the actions of stream processing: they hold for a workspace, all others for databases and collections.
bool is_stream_action(std::string_view action);

// What the roles grant, by name, for connectionStatus.
std::vector<std::string_view> granted_actions(std::span<const Role> roles);

}  // namespace penstock

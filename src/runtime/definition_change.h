// SPDX-License-Identifier: Apache-2.0
// What differs between two definitions, for a person. Pure.
#pragma once

#include <string>
#include <string_view>

namespace penstock {

// Both: canonical Extended JSON. At most three places: "pipeline[1].$tumblingWindow.interval.size: 30 -> 60; ...".
// Empty: they say the same. Key order counts, as it does in pipelines.
std::string definition_change(std::string_view before, std::string_view after);

}  // namespace penstock

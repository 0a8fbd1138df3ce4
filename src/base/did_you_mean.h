// SPDX-License-Identifier: Apache-2.0
// The nearest known name to one a user wrote, for "did you mean".
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace penstock {

// The candidate with the least edit distance (swaps count one, case is ignored), if it is near enough to be a typing
// mistake: at most a third of the length, at least one. Ties: the first.
std::optional<std::string_view> nearest_name(std::string_view wrong, std::span<const std::string_view> candidates);

// " Did you mean \"x\"?" or "".
std::string did_you_mean(std::string_view wrong, std::span<const std::string_view> candidates);

}  // namespace penstock

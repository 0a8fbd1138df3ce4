// SPDX-License-Identifier: Apache-2.0
// Tiers: names for sizes (reference control-plane A9.2, A9.3). Here a tier bounds the memory of a processor; processors
// of all tiers share the machine's cores.
#pragma once

#include <optional>
#include <string_view>

#include "base/result.h"
#include "bson/document.h"
#include "control/records.h"

namespace penstock {

// Error kBadValue, with the word Enumeration that clients look for.
Result<void> check_tier_name(std::string_view tier, std::string_view field);
// {enabled, minTier, maxTier}: types and names. Paths in errors are relative to it.
Result<void> check_autoscaling(Document autoscaling);

// The tier a processor runs on: `tier`, else the workspace's default. Error 420 when it is above the workspace's
// maximum, or outside of what autoscaling allows; both names stand in the text. Names are known ones.
Result<std::string_view> effective_tier(std::string_view tier, const std::optional<OwnedDocument>& autoscaling,
                                        const WorkspaceRecord& workspace);
// 80 % of the tier's RAM: what user state may take.
size_t memory_of_tier(std::string_view tier);

}  // namespace penstock

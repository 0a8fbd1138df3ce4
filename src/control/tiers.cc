// SPDX-License-Identifier: Apache-2.0
#include "control/tiers.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <vector>

#include "base/did_you_mean.h"

namespace penstock {
namespace {

struct Tier {
  std::string_view name;
  size_t ram_bytes;
};
constexpr size_t kMiB = size_t{1} << 20;
// From the smallest to the largest.
constexpr Tier kTiers[] = {
    {"SP2", 512 * kMiB}, {"SP5", 1024 * kMiB}, {"SP10", 2048 * kMiB}, {"SP30", 8192 * kMiB}, {"SP50", 32768 * kMiB}};

const Tier* find_tier(std::string_view name) {
  for (const Tier& tier : kTiers) {
    if (tier.name == name) return &tier;
  }
  return nullptr;
}

// Unknown names are above everything: they were refused before.
const Tier* at_or_end(std::string_view name) {
  const Tier* tier = find_tier(name);
  return tier == nullptr ? std::end(kTiers) : tier;
}

std::string_view text_or(Document document, std::string_view name, std::string_view otherwise) {
  const Value value = document.get(name);
  return value.is_string() ? value.as_string() : otherwise;
}

Result<void> check_range(std::string_view tier, Document autoscaling, const WorkspaceRecord& workspace) {
  const Value enabled = autoscaling.get("enabled");
  if (enabled.type() != Type::kBool || !enabled.as_bool()) return {};
  const std::string_view smaller =
      at_or_end(workspace.default_tier) < at_or_end(tier) ? std::string_view(workspace.default_tier) : tier;
  const std::string_view least = text_or(autoscaling, "minTier", smaller);
  const std::string_view most = text_or(autoscaling, "maxTier", workspace.max_tier);
  if (at_or_end(most) > at_or_end(workspace.max_tier)) {
    return Error(ErrorCode::kInvalidDefinition,
                 "autoscaling: maxTier {} is above {}, the maximum tier of workspace \"{}\"", most, workspace.max_tier,
                 workspace.name);
  }
  if (at_or_end(least) > at_or_end(most)) {
    return Error(ErrorCode::kInvalidDefinition, "autoscaling: minTier {} is above maxTier {}", least, most);
  }
  if (at_or_end(tier) < at_or_end(least) || at_or_end(tier) > at_or_end(most)) {
    return Error(ErrorCode::kInvalidDefinition, "autoscaling: tier {} is not between minTier {} and maxTier {}", tier,
                 least, most);
  }
  return {};
}

}  // namespace

Result<void> check_tier_name(std::string_view tier, std::string_view field) {
  if (find_tier(tier) != nullptr) return {};
  std::vector<std::string_view> names;
  for (const Tier& row : kTiers)
    names.push_back(row.name);
  return Error(ErrorCode::kBadValue, "Enumeration value '{}' for field '{}' is not a valid value: choose {}.{}", tier,
               field, fmt::join(names, ", "), did_you_mean(tier, names))
      .at(field);
}

Result<void> check_autoscaling(Document autoscaling) {
  constexpr std::string_view kFields[] = {"enabled", "minTier", "maxTier"};
  for (const Element& element : autoscaling) {
    if (std::find(std::begin(kFields), std::end(kFields), element.name) != std::end(kFields)) continue;
    return Error(ErrorCode{40415}, "BSON field 'autoscaling.{}' is an unknown field.{}", element.name,
                 did_you_mean(element.name, kFields))
        .at(element.name);
  }
  const Value enabled = autoscaling.get("enabled");
  if (enabled.is_missing()) {
    return Error(ErrorCode{40414}, "BSON field 'autoscaling.enabled' is missing but a required field").at("enabled");
  }
  if (enabled.type() != Type::kBool) {
    return Error(ErrorCode::kTypeMismatch,
                 "BSON field 'autoscaling.enabled' is the wrong type '{}', expected type 'bool'",
                 type_name(enabled.type()))
        .at("enabled");
  }
  for (const std::string_view field : {"minTier", "maxTier"}) {
    const Value value = autoscaling.get(field);
    if (value.is_missing()) continue;
    if (!value.is_string()) {
      return Error(ErrorCode::kTypeMismatch,
                   "BSON field 'autoscaling.{}' is the wrong type '{}', expected type 'string'", field,
                   type_name(value.type()))
          .at(field);
    }
    PS_TRY(check_tier_name(value.as_string(), field));
  }
  return {};
}

Result<std::string_view> effective_tier(std::string_view tier, const std::optional<OwnedDocument>& autoscaling,
                                        const WorkspaceRecord& workspace) {
  const Tier* effective = at_or_end(tier.empty() ? std::string_view(workspace.default_tier) : tier);
  PS_CHECK(effective != std::end(kTiers), "tier names are checked where they come in");
  if (effective > at_or_end(workspace.max_tier)) {
    return Error(ErrorCode::kInvalidDefinition, "tier {} is above {}, the maximum tier of workspace \"{}\"",
                 effective->name, workspace.max_tier, workspace.name);
  }
  if (autoscaling) PS_TRY(check_range(effective->name, *autoscaling, workspace));
  return effective->name;
}

size_t memory_of_tier(std::string_view tier) {
  const Tier* row = find_tier(tier);
  PS_CHECK(row != nullptr);
  return row->ram_bytes / 10 * 8;
}

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
#include "dataflow/guarantee.h"

#include <utility>

namespace penstock {
namespace {

constexpr std::pair<GuaranteeLevel, std::string_view> kNames[] = {
    {GuaranteeLevel::kAtMostOnce, "at-most-once"},
    {GuaranteeLevel::kAtLeastOnce, "at-least-once"},
    {GuaranteeLevel::kEffectivelyOnce, "effectively-once"},
    {GuaranteeLevel::kExactlyOnce, "exactly-once"},
};

}  // namespace

std::string_view name_of(GuaranteeLevel level) { return kNames[static_cast<size_t>(level)].second; }

std::optional<GuaranteeLevel> parse_guarantee_level(std::string_view name) {
  for (const auto& [level, text] : kNames) {
    if (text == name) return level;
  }
  return std::nullopt;
}

Guarantee weaker(Guarantee a, Guarantee b) { return b.level < a.level ? std::move(b) : std::move(a); }

}  // namespace penstock

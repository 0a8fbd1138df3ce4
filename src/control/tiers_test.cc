// SPDX-License-Identifier: Apache-2.0
#include "control/tiers.h"

#include <gtest/gtest.h>

#include "bson/ejson.h"

namespace penstock {
namespace {

std::string text_of(const Error& error) {
  return std::to_string(static_cast<int>(error.code())) + " " + error.message();
}

TEST(Tiers, EffectiveOne) {
  struct Case {
    std::string_view why, tier, autoscaling, outcome;
  };
  const WorkspaceRecord workspace{.id = "", .name = "w", .default_tier = "SP10", .max_tier = "SP30", .created = {}};
  for (const Case& c : {
           Case{"default", "", "", "SP10"},
           Case{"own", "SP2", "", "SP2"},
           Case{"above", "SP50", "", "420 tier SP50 is above SP30, the maximum tier of workspace \"w\""},
           Case{"off", "SP2", R"({"enabled": false, "minTier": "SP5"})", "SP2"},
           Case{"defaults", "SP2", R"({"enabled": true})", "SP2"},
           Case{"below", "SP2", R"({"enabled": true, "minTier": "SP5"})",
                "420 autoscaling: tier SP2 is not between minTier SP5 and maxTier SP30"},
           Case{"beyond", "SP30", R"({"enabled": true, "maxTier": "SP10"})",
                "420 autoscaling: tier SP30 is not between minTier SP10 and maxTier SP10"},
           Case{"crossed", "SP5", R"({"enabled": true, "minTier": "SP10", "maxTier": "SP5"})",
                "420 autoscaling: minTier SP10 is above maxTier SP5"},
           Case{"over the workspace", "SP5", R"({"enabled": true, "maxTier": "SP50"})",
                "420 autoscaling: maxTier SP50 is above SP30, the maximum tier of workspace \"w\""},
       }) {
    std::optional<OwnedDocument> autoscaling;
    if (!c.autoscaling.empty()) autoscaling = std::move(parse_ejson(c.autoscaling)->document);
    const auto tier = effective_tier(c.tier, autoscaling, workspace);
    EXPECT_EQ(tier.ok() ? std::string(*tier) : text_of(tier.error()), c.outcome) << c.why;
  }
}

TEST(Tiers, Names) {
  EXPECT_TRUE(check_tier_name("SP50", "tier").ok());
  EXPECT_EQ(text_of(check_tier_name("SP11", "tier").error()),
            "2 Enumeration value 'SP11' for field 'tier' is not a valid value: choose SP2, SP5, SP10, SP30, SP50. Did "
            "you mean \"SP10\"?");
  EXPECT_EQ(memory_of_tier("SP2"), size_t{536870912} / 10 * 8);
}

TEST(Tiers, Autoscaling) {
  struct Case {
    std::string_view spec, outcome, path;
  };
  for (const Case& c : {
           Case{R"({"enabled": true, "minTier": "SP2", "maxTier": "SP50"})", "", ""},
           Case{R"({})", "40414 BSON field 'autoscaling.enabled' is missing but a required field", "enabled"},
           Case{R"({"enabled": 1})",
                "14 BSON field 'autoscaling.enabled' is the wrong type 'int', expected type 'bool'", "enabled"},
           Case{R"({"enabled": true, "min": "SP2"})", "40415 BSON field 'autoscaling.min' is an unknown field.", "min"},
           Case{R"({"enabled": true, "minTier": "SPX"})", "2 Enumeration value 'SPX'", "minTier"},
       }) {
    const auto checked = check_autoscaling(parse_ejson(c.spec)->document);
    EXPECT_EQ(checked.ok() ? "" : text_of(checked.error()).substr(0, c.outcome.size()), c.outcome) << c.spec;
    if (!checked.ok()) {
      EXPECT_EQ(checked.error().path(), c.path);
    }
  }
}

}  // namespace
}  // namespace penstock

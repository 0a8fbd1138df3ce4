// SPDX-License-Identifier: Apache-2.0
#include "stages/catalog.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "stages/stage_runner.h"

namespace penstock {
namespace {

TEST(StageCatalog, IsSortedAndComplete) {
  const auto stages = all_stages();
  EXPECT_TRUE(std::is_sorted(stages.begin(), stages.end(),
                             [](const StageType& a, const StageType& b) { return a.name < b.name; }));
  for (const StageType& stage : stages) {
    EXPECT_EQ(find_stage(stage.name), &stage);
    EXPECT_TRUE(stage.name.starts_with("$"));
    EXPECT_FALSE(stage.summary.empty()) << stage.name;
    EXPECT_EQ(stage.parse != nullptr, stage.kind == StageKind::kTransform) << stage.name;
    EXPECT_EQ(stage.examples.empty(), stage.kind != StageKind::kTransform) << stage.name;
    EXPECT_FALSE(is_known_unsupported_stage(stage.name)) << stage.name;
  }
}

TEST(StageCatalog, TellsUnknownFromUnsupported) {
  EXPECT_EQ(find_stage("$projet"), nullptr);
  EXPECT_EQ(find_stage("$unwind"), nullptr);
  EXPECT_FALSE(is_known_unsupported_stage("$projet"));
  for (const std::string_view name :
       {"$cachedLookup", "$count", "$emit", "$externalFunction", "$hoppingWindow", "$https", "$iceberg", "$limit",
        "$lookup", "$redact", "$sessionWindow", "$setStreamMeta", "$sort", "$throttle", "$unwind", "$validate",
        "$vectorSearch"}) {
    EXPECT_TRUE(is_known_unsupported_stage(name)) << name;
  }
}

TEST(StageCatalog, EveryExampleIsTrue) {
  for (const StageType& stage : all_stages()) {
    for (const Example& example : stage.examples) {
      EXPECT_EQ(outcome_of(example.expression, example.document), canonical(example.result))
          << example.expression << " | " << example.document;
    }
  }
}

}  // namespace
}  // namespace penstock

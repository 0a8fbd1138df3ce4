// SPDX-License-Identifier: Apache-2.0
// $match as a stage; the filter language itself is tested in expression/match_test.cc.
#include <gtest/gtest.h>

#include "stages/stage_runner.h"

namespace penstock {
namespace {

TEST(MatchStage, RowsThatFulfilTheFilterStay) {
  StageRunner runner(*parse_stage_text("{$match: {a: {$gte: 2}}}").value());
  for (const std::string_view document : {"{a: 1}", "{a: 2}", "{b: 5}", "{a: [1, 9]}", "{a: 0}"})
    runner.add(parse_filter(document).value());
  ASSERT_TRUE(runner.process().ok());
  ASSERT_EQ(runner.batch.rows.size(), 2u);
  EXPECT_EQ(to_json(runner.batch.rows[0].root), R"({"a":2})");
  EXPECT_EQ(to_json(runner.batch.rows[1].root), R"({"a":[1,9]})");
  EXPECT_TRUE(runner.letters.letters.empty());
}

TEST(MatchStage, ReadsSlots) {
  const auto spec = parse_stage_text("{$match: {'a.b': 2, $expr: {$gt: ['$c', 1]}}}").value();
  FieldNeeds downstream;
  downstream.add("z");
  const FieldNeeds needs = spec->needs(downstream);
  EXPECT_EQ(needs.to_text(), "{a, c, z}");
  const auto op = spec->build(&needs).value();
  RowBatch batch;
  const ManualClock clock;
  EvalContext context{.arena = batch.arena, .clock = clock};
  const OwnedDocument a = parse_filter("{b: 2}").value();
  std::vector<std::vector<Value>> rows;
  for (const int c : {0, 1, 2, 3}) {
    std::vector<Value> slots(needs.fields().size());
    slots[static_cast<size_t>(needs.slot_of("a"))] = Value::object(a);
    slots[static_cast<size_t>(needs.slot_of("c"))] = Value::int32(c);
    rows.push_back(std::move(slots));
  }
  for (const auto& slots : rows)
    batch.rows.push_back({.slots = slots.data()});
  CollectedLetters letters;
  ASSERT_TRUE(op->process(batch, context, letters).ok());
  ASSERT_EQ(batch.rows.size(), 2u);
  EXPECT_EQ(batch.rows[0].slots, rows[2].data());
  EXPECT_EQ(batch.rows[1].slots, rows[3].data());
}

TEST(MatchStage, FailedRowsBecomeDeadLetters) {
  StageRunner runner(*parse_stage_text("{$match: {$expr: {$gt: [{$divide: [4, '$a']}, 1]}}}").value());
  for (const std::string_view document : {"{a: 0}", "{a: 2}", "{a: 8}"})
    runner.add(parse_filter(document).value());
  ASSERT_TRUE(runner.process().ok());
  ASSERT_EQ(runner.batch.rows.size(), 1u);
  ASSERT_EQ(runner.letters.letters.size(), 1u);
  EXPECT_EQ(runner.letters.letters[0].operator_name, "MatchOperator");
  EXPECT_EQ(runner.letters.letters[0].reason, "can't $divide by zero");
  EXPECT_EQ(to_json(runner.letters.letters[0].document.view()), R"({"a":0})");
}

TEST(MatchStage, LettersNobodyReadsCarryNoDocument) {
  const auto op = parse_stage_text("{$match: {$expr: {$divide: [4, '$a']}}}").value()->build(nullptr).value();
  RowBatch batch;
  const ManualClock clock;
  EvalContext context{.arena = batch.arena, .clock = clock};
  const OwnedDocument document = parse_filter("{a: 0}").value();
  batch.rows.push_back({.root = Value::object(document)});
  CollectedLetters letters(false);
  ASSERT_TRUE(op->process(batch, context, letters).ok());
  ASSERT_EQ(letters.letters.size(), 1u);
  EXPECT_TRUE(letters.letters[0].document.view().empty());
}

TEST(MatchStage, Refused) {
  const auto spec = parse_stage_text("{$match: [1]}");
  ASSERT_FALSE(spec.ok());
  EXPECT_EQ(spec.error().code(), ErrorCode{15959});
  EXPECT_EQ(spec.error().message(), "the match filter must be an expression in an object");
}

TEST(MatchStage, Describe) {
  EXPECT_EQ(parse_stage_text("{$match: {a: {$gt: 1}}}").value()->describe(), "{ a: { $gt: 1 } }");
}

}  // namespace
}  // namespace penstock

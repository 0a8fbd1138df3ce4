// SPDX-License-Identifier: Apache-2.0
#include "connectors/mongodb/marker_commands.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "docstore/documents_for_test.h"

namespace penstock::mongo {
namespace {

using ::testing::HasSubstr;

TEST(MarkerCommands, ClaimRaisesTheFence) {
  const Claim claim{.lineage = "L", .processor = "p"};
  EXPECT_EQ(to_json(claim_command(claim, EventTime{0}, Document())),
            R"({"findAndModify":"__penstock_commits","query":{"_id":"L"},"update":{"$inc":{"fence":1},)"
            R"("$set":{"processor":"p","at":{"$date":"1970-01-01T00:00:00.000Z"}},"$setOnInsert":{"seq":0,"cut":[]}},)"
            R"("upsert":true,"new":true})");
}

TEST(MarkerCommands, AClaimMaySetTheNumber) {
  const Claim claim{.lineage = "L", .processor = "p", .seq = 7};
  EXPECT_EQ(
      to_json(claim_command(claim, EventTime{0}, Document()).view().get("update").as_object()),
      R"({"$inc":{"fence":1},"$set":{"processor":"p","at":{"$date":"1970-01-01T00:00:00.000Z"},"seq":7,"cut":[]}})");
}

TEST(MarkerCommands, OnlyTheNextNumberOfTheHolder) {
  OutboxEntry entry;
  entry.seq = 5;
  const OwnedDocument cut = doc(R"({"c": [{"topic": "t", "partition": 0, "offset": 9}]})");
  entry.cut = OwnedDocument(cut.view().get("c").as_array());
  EXPECT_EQ(to_json(advance_command("L", 3, entry, EventTime{0})),
            R"({"update":"__penstock_commits","updates":[{"q":{"_id":"L","seq":4,"fence":3},"u":{"$set":{"seq":5,)"
            R"("cut":[{"topic":"t","partition":0,"offset":9}],"at":{"$date":"1970-01-01T00:00:00.000Z"}}}}]})");
}

TEST(MarkerCommands, WhatTheMarkerSays) {
  struct Case {
    std::string_view why;
    std::optional<uint64_t> seq;  // Empty: there is no marker.
    uint64_t fence;
    std::string_view verdict;  // "go on", "repeated" or a part of the refusal.
  };
  // Entry 5 under fence 3.
  for (const Case& c : {
           Case{"the entry before", 4, 3, "go on"},
           Case{"this entry", 5, 3, "repeated"},
           Case{"a later entry", 9, 3, "repeated"},
           Case{"one is missing between", 3, 3, "entry 5 cannot follow entry 3"},
           Case{"somebody else started", 4, 4, "another instance of the processor has claimed lineage L"},
           Case{"somebody else wrote it: it may not be ours", 5, 4, "start number 4, ours is 3"},
           Case{"removed", std::nullopt, 0, "the marker of lineage L is gone from d.c at h"},
       }) {
    Marker marker;
    marker.seq = c.seq.value_or(0);
    marker.fence = c.fence;
    auto verdict = judge_marker(c.seq ? &marker : nullptr, "L", 3, 5, "d.c at h");
    if (!verdict.ok()) {
      EXPECT_EQ(verdict.error().code(), ErrorCode::kStateRefused);
      EXPECT_THAT(verdict.error().message(), HasSubstr(c.verdict)) << c.why;
      continue;
    }
    EXPECT_EQ(*verdict == MarkerVerdict::kGoOn ? "go on" : "repeated", c.verdict) << c.why;
  }
}

TEST(MarkerCommands, ReadsMarkersAndRefusesOtherDocuments) {
  auto marker =
      parse_marker(doc(R"({"_id": "L", "seq": 2, "fence": 1, "cut": [1], "at": {"$date": {"$numberLong": "5"}}})"));
  ASSERT_TRUE(marker.ok());
  EXPECT_EQ(marker->seq, 2u);
  EXPECT_EQ(marker->at.ms, 5);
  EXPECT_EQ(marker->cut.view().count(), 1u);
  EXPECT_TRUE(parse_marker(doc(R"({"_id": "L", "seq": 0, "fence": 1, "cut": [1]})"))->cut.view().empty());
  for (std::string_view text : {R"({"_id": 1, "seq": 2, "fence": 1})", R"({"_id": "L", "seq": -1, "fence": 1})",
                                R"({"_id": "L", "seq": 2})", R"({"_id": "L", "seq": 1.5, "fence": 1})"}) {
    auto wrong = parse_marker(doc(text));
    ASSERT_FALSE(wrong.ok()) << text;
    EXPECT_EQ(wrong.error().code(), ErrorCode::kStateRefused) << text;
  }
}

}  // namespace
}  // namespace penstock::mongo

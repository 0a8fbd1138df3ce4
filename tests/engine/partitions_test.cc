// SPDX-License-Identifier: Apache-2.0
// Partitions that are empty, silent, unreachable or new, and what they do to the windows of all.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bson/ejson.h"
#include "tests/engine/engine_bed.h"

namespace penstock {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string counting(std::string_view window_options = "", std::string_view source_options = "") {
  return definition_of(
      fmt::format(R"({{"$tumblingWindow": {{"interval": {{"size": 10, "unit": "second"}}{}, "pipeline": [
                       {{"$group": {{"_id": "$k", "n": {{"$count": {{}}}}}}}}]}}}})",
                  window_options),
      source_options);
}

constexpr std::string_view kPartitionIdle = R"(, "partitionIdleTimeout": {"size": 20, "unit": "second"})";

// Records with the wall clock's time, one a second, as live traffic has them.
void live(EngineBed& bed, std::vector<uint32_t> partitions, int seconds) {
  for (int i = 0; i < seconds; ++i) {
    for (const uint32_t partition : partitions)
      bed.source().append(partition, fmt::format(R"({{"k":"p{}"}})", partition), bed.clock().now());
    bed.run_for({1000});
  }
}

class Seeds : public testing::TestWithParam<uint64_t> {
 protected:
  BedSettings settings(size_t partitions, size_t lanes = 1) const {
    return {.run = {.lanes = lanes}, .seed = GetParam(), .partitions = partitions};
  }
};
INSTANTIATE_TEST_SUITE_P(Engine, Seeds, testing::Range<uint64_t>(1, 9));

TEST_P(Seeds, PartitionsThatNeverDeliveredHoldNothingBack) {
  for (const size_t lanes : {1, 3}) {
    EngineBed bed(counting(), settings(6, lanes));
    bed.start();
    live(bed, {0, 4}, 30);
    EXPECT_EQ(bed.sink().documents().size(), 4U) << lanes << " lanes";  // Two windows have closed, two partitions.
    EXPECT_EQ(bed.log().text(), "");
    EXPECT_TRUE(bed.stop().ok());
  }
}

TEST_P(Seeds, AnUnreachablePartitionThatNeverDeliveredHoldsBack) {
  EngineBed bed(counting(), settings(2));
  bed.source().set_answering(1, false);  // Not at its end: something may be on its way.
  bed.start();
  live(bed, {0}, 30);
  EXPECT_TRUE(bed.sink().documents().empty());
  bed.source().set_answering(1, true);
  bed.run_for({1000});
  EXPECT_EQ(bed.sink().documents().size(), 2U);
  EXPECT_TRUE(bed.stop().ok());
}

TEST_P(Seeds, ASilentPartitionHoldsBackAndIsNamedOnceWithinOneWindow) {
  for (const size_t lanes : {1, 2}) {
    EngineBed bed(counting(), settings(2, lanes));
    bed.start();
    live(bed, {0, 1}, 3);
    live(bed, {0}, 10);
    const std::string warning = bed.log().text();
    EXPECT_THAT(warning, HasSubstr("warning partition 1 of topic trades"));
    EXPECT_THAT(warning, HasSubstr("partitionIdleTimeout"));
    live(bed, {0}, 100);
    EXPECT_EQ(bed.log().text(), warning);
    EXPECT_TRUE(bed.sink().documents().empty());
    live(bed, {1}, 1);  // It comes back: everything closes.
    EXPECT_GE(bed.sink().documents().size(), 11U);
    EXPECT_TRUE(bed.stop().ok());
  }
}

TEST_P(Seeds, SilenceOfAllPartitionsIsNotWorthAWarning) {
  EngineBed bed(counting(), settings(2));
  bed.start();
  live(bed, {0, 1}, 3);
  bed.run_for({100'000});
  EXPECT_EQ(bed.log().text(), "");
  EXPECT_TRUE(bed.stop().ok());
}

TEST_P(Seeds, WithPartitionIdleTimeoutItStopsHolding) {
  EngineBed bed(counting("", kPartitionIdle), settings(2));
  bed.start();
  live(bed, {0, 1}, 3);
  live(bed, {0}, 15);
  EXPECT_TRUE(bed.sink().documents().empty());
  live(bed, {0}, 10);                            // It was silent for 20 seconds in between.
  EXPECT_EQ(bed.sink().documents().size(), 3U);  // p0 and p1 of the first window, p0 of the second.
  EXPECT_EQ(bed.log().text(), "");
  EXPECT_TRUE(bed.stop().ok());
}

// The lane stops reading a partition that runs far ahead of one whose records are on their way; an idle one is none.
TEST_P(Seeds, AnIdlePartitionThatDoesNotAnswerStopsNobody) {
  EngineBed bed(counting("", kPartitionIdle), settings(2));
  bed.start();
  live(bed, {0, 1}, 3);
  bed.source().set_answering(1, false);
  live(bed, {0}, 200);
  EXPECT_EQ(bed.source().read_to(0), bed.source().end_of(0));
  EXPECT_GE(bed.sink().documents().size(), 19U);
  EXPECT_TRUE(bed.stop().ok());
}

TEST_P(Seeds, APartitionRunsAtMostAFewWindowsAheadOfOneThatIsBehind) {
  EngineBed bed(counting(), settings(2));
  bed.start();
  live(bed, {0, 1}, 3);
  bed.source().set_answering(1, false);
  live(bed, {0}, 200);
  EXPECT_LT(bed.source().read_to(0), 60);
  EXPECT_LE(bed.processor().snapshot().open_windows, 6U);
  bed.source().set_answering(1, true);
  live(bed, {1}, 1);
  EXPECT_EQ(bed.source().read_to(0), bed.source().end_of(0));
  EXPECT_TRUE(bed.stop().ok());
}

TEST_P(Seeds, IdleTimeoutClosesWindowsByTheWallClock) {
  EngineBed bed(counting(R"(, "idleTimeout": {"size": 3, "unit": "second"})"), settings(2));
  bed.start();
  live(bed, {0, 1}, 2);  // Until 12:00:02; last records at 12:00:01.
  bed.run_for({7500});   // Silent for longer than the timeout, but the window lasts until 12:00:10.
  EXPECT_TRUE(bed.sink().documents().empty());
  bed.run_for({1500});
  EXPECT_EQ(bed.sink().documents().size(), 2U);
  // What belongs to the closed window is late now; the next window is not touched.
  bed.source().append(0, R"({"k":"late"})", at("12:00:09"));
  bed.source().append(0, R"({"k":"next"})", at("12:00:12"));
  bed.run_for({20'000});
  EXPECT_EQ(bed.dead_letters().letters().size(), 1U);
  EXPECT_EQ(bed.sink().documents().size(), 3U);
  EXPECT_TRUE(bed.stop().ok());
}

TEST_P(Seeds, IdleTimeoutBeyondTheEndOfTheWindow) {
  EngineBed bed(counting(R"(, "idleTimeout": {"size": 60, "unit": "second"})"), settings(1));
  bed.start();
  live(bed, {0}, 2);
  bed.run_for({57'000});
  EXPECT_TRUE(bed.sink().documents().empty());
  bed.run_for({3000});
  EXPECT_EQ(bed.sink().documents().size(), 1U);
  EXPECT_TRUE(bed.stop().ok());
}

// While the sink holds everything up nothing is read, but the source is not silent: the window that is half read must
// not close before its other half.
TEST_P(Seeds, ASlowSinkIsNoSilence) {
  for (const std::string_view source_options : {std::string_view(), kPartitionIdle}) {
    BedSettings slow = settings(2);
    slow.batch_max = 1;  // One partition is ahead of the other when the lane stops.
    EngineBed bed(counting(R"(, "allowedLateness": 0, "idleTimeout": {"size": 5, "unit": "second"})", source_options),
                  slow);
    bed.start();
    bed.sink().set_down(true);
    for (int i = 0; i < 60; ++i) {
      for (const uint32_t partition : {0U, 1U})
        bed.source().append(partition, R"({"k":"x"})", at("11:50:00") + Duration{i * 5000});
      if (i % 10 == 0) bed.run_for({1000});
    }
    bed.run_for({120'000});
    EXPECT_LT(bed.source().read_to(0), 60);
    bed.sink().set_down(false);
    bed.run_for({60'000});
    EXPECT_TRUE(bed.dead_letters().letters().empty()) << bed.dead_letters().text();
    EXPECT_EQ(bed.sink().documents().size(), 30U);
    EXPECT_THAT(bed.log().text(), Not(HasSubstr("holds all windows back")));
    EXPECT_TRUE(bed.stop().ok());
  }
}

TEST_P(Seeds, ProcessingTimeClosesByTheWallClockWithoutTraffic) {
  for (const size_t lanes : {1, 2}) {
    EngineBed bed(counting(R"(, "boundary": "processingTime")"), settings(2, lanes));
    bed.start();
    bed.run_for({2000});
    // Their own time stamps play no part.
    bed.source().append(0, R"({"k":"a"})", at("11:00:00"));
    bed.source().append(1, R"({"k":"b"})", at("13:00:00"));
    bed.run_for({7900});
    EXPECT_TRUE(bed.sink().documents().empty());
    bed.run_for({400});
    EXPECT_EQ(bed.sink().documents().size(), 2U);
    bed.source().append(0, R"({"k":"c"})", at("11:00:00"));
    bed.run_for({10'300});
    EXPECT_EQ(bed.sink().documents().size(), 3U);
    EXPECT_TRUE(bed.dead_letters().letters().empty());
    EXPECT_TRUE(bed.stop().ok());
  }
}

TEST_P(Seeds, ANewPartitionIsReadFromItsBeginning) {
  for (const size_t lanes : {1, 2}) {
    EngineBed bed(counting(), settings(2, lanes));
    bed.start();
    live(bed, {0, 1}, 5);
    const uint32_t fresh = bed.source().add_partition();
    bed.source().append(fresh, R"({"k":"first of it"})", bed.clock().now());
    live(bed, {0, 1, fresh}, 20);
    EXPECT_THAT(bed.log().text(), HasSubstr("partition 2 of topic trades is new"));
    EXPECT_THAT(bed.sink().text(), HasSubstr("first of it"));
    EXPECT_THAT(bed.sink().text(), HasSubstr("p2"));
    EXPECT_TRUE(bed.stop().ok());
  }
}

TEST_P(Seeds, StopLosesOpenWindowsAndNothingElse) {
  EngineBed bed(counting(), settings(1));
  bed.start();
  live(bed, {0}, 22);  // One window is closed, the next waits for its lateness, one is open.
  EXPECT_TRUE(bed.stop().ok());
  EXPECT_EQ(bed.sink().documents().size(), 1U);
  EXPECT_TRUE(bed.processor().snapshot().finished);
}

}  // namespace
}  // namespace penstock

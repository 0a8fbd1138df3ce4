// SPDX-License-Identifier: Apache-2.0
// Ends and beginnings: what a start finds on disk, in the sink and at the source, and what it says.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bson/ejson.h"
#include "tests/engine/engine_bed.h"

namespace penstock {
namespace {

using testing::AllOf;
using testing::HasSubstr;

const std::string kCount = definition_of(
    R"({"$tumblingWindow": {"interval": {"size": 10, "unit": "second"}, "allowedLateness": 0, "pipeline": [
         {"$group": {"_id": {"$meta": "stream.window.start"}, "n": {"$count": {}}}}]}})");
const std::string kProcessing = definition_of(
    R"({"$tumblingWindow": {"interval": {"size": 10, "unit": "second"}, "boundary": "processingTime", "pipeline": [
         {"$group": {"_id": {"$meta": "stream.window.start"}, "n": {"$count": {}}}}]}})");

BedSettings durable(size_t lanes = 1) {
  BedSettings settings{.seed = 3, .partitions = 2, .durable = true};
  settings.run.lanes = lanes;
  return settings;
}

// `count` records a second apart, alternating between the partitions.
void feed(EngineBed& bed, int from, int count) {
  for (int i = from; i < from + count; ++i)
    bed.source().append(static_cast<uint32_t>(i % 2), R"({"k":1})", at("12:00:00") + Duration{i * 1000});
}

std::vector<int> counts(EngineBed& bed) {
  std::vector<int> all;
  for (const OwnedDocument& document : bed.sink().documents())
    all.push_back(document.view().get("n").as_int());
  return all;
}

TEST(Recovery, AStopKeepsOpenWindowsAndTheNextStartGoesOn) {
  for (const size_t lanes : {1, 2}) {
    EngineBed bed(kCount, durable(lanes));
    feed(bed, 0, 25);
    bed.start();
    bed.run_for({1000});
    ASSERT_TRUE(bed.stop().ok());
    EXPECT_EQ(counts(bed), (std::vector<int>{10, 10}));
    bed.crash();
    feed(bed, 25, 10);
    bed.settings().run.lanes = 3 - lanes;  // Another number of lanes is no matter.
    bed.start();
    bed.run_for({1000});
    ASSERT_TRUE(bed.stop().ok());
    EXPECT_EQ(counts(bed), (std::vector<int>{10, 10, 10}));
    EXPECT_THAT(bed.log().text(), HasSubstr("going on at checkpoint"));
  }
}

TEST(Recovery, ABoundedRunTwiceHasNothingToDo) {
  BedSettings settings = durable();
  settings.run.until_end = true;
  EngineBed bed(kCount, settings);
  feed(bed, 0, 25);
  bed.start();
  ASSERT_TRUE(bed.finish().ok());
  EXPECT_EQ(counts(bed), (std::vector<int>{10, 10, 5}));
  for (int again = 0; again < 2; ++again) {
    bed.crash();
    bed.start();
    ASSERT_TRUE(bed.finish().ok());
    EXPECT_EQ(bed.sink().documents().size(), 3U);
  }
  // A window that came out stays closed; later ones open.
  bed.crash();
  feed(bed, 25, 10);
  bed.start();
  ASSERT_TRUE(bed.finish().ok());
  EXPECT_EQ(counts(bed), (std::vector<int>{10, 10, 5, 5}));
  EXPECT_EQ(bed.dead_letters().letters().size(), 5U);
}

TEST(Recovery, PositionsArePublishedWhenTheyAreDurable) {
  EngineBed bed(kCount, durable());
  feed(bed, 0, 20);
  bed.start();
  EXPECT_TRUE(bed.source().published().empty());
  bed.run_for({1000});
  ASSERT_TRUE(bed.stop().ok());
  EXPECT_EQ(bed.source().published(), (std::vector<int64_t>{10, 10}));
}

// Reliability P1: "the end of the topic" is a number on disk before anything is read; what is written while the process
// is down is read.
TEST(Recovery, TheFirstStartIsRememberedAsANumber) {
  EngineBed bed(kCount, durable());
  feed(bed, 0, 20);
  for (const uint32_t partition : {0U, 1U})
    bed.source().set_start(partition, bed.source().end_of(partition));
  bed.start();
  bed.crash();  // Not one step was made.
  feed(bed, 20, 20);
  for (const uint32_t partition : {0U, 1U})
    bed.source().set_start(partition, bed.source().end_of(partition));
  bed.start();
  bed.run_for({1000});
  ASSERT_TRUE(bed.stop().ok());
  EXPECT_EQ(counts(bed), (std::vector<int>{10}));  // 12:00:20 to 12:00:30; the next window is open.
}

// Reliability P15: what is no document moves the position, too.
TEST(Recovery, NullAndBrokenRecordsAreNotReadAgain) {
  EngineBed bed(kCount, durable());
  bed.source().append(0, {.value = "", .time = at("12:00:01"), .is_null = true, .key = {}});
  bed.source().append(0, "broken", at("12:00:02"));
  bed.source().skip_offsets(0, 3);
  bed.start();
  bed.run_for({6000});
  ASSERT_TRUE(bed.stop().ok());
  EXPECT_EQ(bed.source().published().at(0), 5);
  bed.crash();
  bed.start();
  const size_t polls = bed.source().polls_with_records();
  bed.run_for({1000});
  EXPECT_EQ(bed.source().polls_with_records(), polls);
  EXPECT_EQ(bed.dead_letters().letters().size(), 1U);
}

// Reliability P18 and P1: its first position is on disk before it is read.
TEST(Recovery, ANewPartitionIsPartOfTheNextCheckpoint) {
  EngineBed bed(kCount, durable());
  feed(bed, 0, 5);
  bed.start();
  bed.run_for({500});
  bed.source().add_partition();
  bed.source().append(2, R"({"k":1})", at("12:00:03"));
  bed.run_for({3000});
  bed.crash();
  feed(bed, 6, 30);
  bed.source().append(2, R"({"k":1})", at("12:00:33"));
  bed.start();
  bed.run_for({1000});
  EXPECT_EQ(counts(bed).front(), 10);  // 9 of the old partitions (one second is missing), 1 of the new.
}

TEST(Recovery, AStopWithoutSinkKeepsTheOutbox) {
  EngineBed bed(kCount, durable());
  feed(bed, 0, 25);
  bed.sink().set_down(true);
  bed.start();
  bed.run_for({1000});
  const int64_t before_ns = bed.clock().monotonic_ns();
  ASSERT_TRUE(bed.stop().ok());
  EXPECT_LE(bed.clock().monotonic_ns() - before_ns, 31'000'000'000);
  EXPECT_THAT(bed.log().text(), HasSubstr("they are kept and delivered at the next start"));
  bed.crash();
  bed.sink().set_down(false);
  bed.start();
  ASSERT_TRUE(bed.stop().ok());
  EXPECT_EQ(counts(bed), (std::vector<int>{10, 10}));
}

TEST(Recovery, AFullDiskStopsReadingUntilThereIsRoom) {
  EngineBed bed(kCount, durable());
  bed.start();
  bed.disk().set_full(true);
  for (int i = 0; i < 40; ++i) {
    feed(bed, i * 50, 50);
    bed.run_for({200});
  }
  EXPECT_LT(bed.source().read_to(0), 600);
  EXPECT_TRUE(bed.sink().documents().empty());  // Nothing leaves before it is durable.
  EXPECT_THAT(bed.processor().snapshot().trouble, HasSubstr("No space left"));
  EXPECT_THAT(bed.log().text(), HasSubstr("cannot write the checkpoint, will try again"));
  bed.disk().set_full(false);
  bed.run_for({60'000});
  ASSERT_TRUE(bed.stop().ok());
  EXPECT_EQ(bed.sink().documents().size(), 199U);
}

class RefusedStart : public testing::Test {
 protected:
  RefusedStart() : bed_(kCount, durable()) {
    feed(bed_, 0, 35);
    bed_.start();
    bed_.run_for({1000});
    EXPECT_TRUE(bed_.stop().ok());
    EXPECT_EQ(bed_.sink().documents().size(), 3U);
    bed_.crash();
  }
  std::string refusal() {
    const auto started = bed_.try_start();
    if (started.ok()) return "started";
    EXPECT_EQ(started.error().code(), ErrorCode::kStateRefused);
    return started.error().message();
  }
  Marker& marker() { return bed_.sink().kept_markers().begin()->second; }

  EngineBed bed_;
};

TEST_F(RefusedStart, TheSinkIsAhead) {
  const uint64_t seq = marker().seq;
  marker().seq = seq + 3;
  EXPECT_THAT(refusal(), AllOf(HasSubstr(fmt::format("holds batch {}", seq + 3)),
                               HasSubstr(fmt::format("up to batch {}", seq)), HasSubstr("--accept sink-marker")));
  ASSERT_TRUE(bed_.try_start({.sink_marker = true}).ok());
  feed(bed_, 35, 20);
  bed_.run_for({1000});
  ASSERT_TRUE(bed_.stop().ok());
  EXPECT_GT(marker().seq, seq + 3);
  EXPECT_EQ(bed_.sink().documents().size(), 5U);
}

TEST_F(RefusedStart, TheSinkHasForgotten) {
  bed_.sink().kept_markers().clear();
  EXPECT_THAT(refusal(),
              AllOf(HasSubstr("knows of batch"), HasSubstr("has no marker of it"), HasSubstr("--accept local-state")));
  ASSERT_TRUE(bed_.try_start({.local_state = true}).ok());
  feed(bed_, 35, 10);
  bed_.run_for({1000});
  ASSERT_TRUE(bed_.stop().ok());
  EXPECT_EQ(counts(bed_), (std::vector<int>{10, 10, 10, 10}));
}

// Also when nothing of it was confirmed here yet: it may have been delivered all the same.
TEST(Recovery, AMarkerThatIsGoneIsMissedFromTheFirstFreezeOn) {
  EngineBed bed(kCount, durable());
  feed(bed, 0, 25);
  bed.sink().set_down(true);
  bed.start();
  bed.run_for({1000});
  bed.crash();
  bed.sink().set_down(false);
  bed.sink().kept_markers().clear();
  const auto started = bed.try_start();
  ASSERT_FALSE(started.ok());
  EXPECT_THAT(started.error().message(), AllOf(HasSubstr("has no marker of it"), HasSubstr("confirmed up to 0")));
}

TEST_F(RefusedStart, TheStateIsLost) {
  const std::vector<std::string> names = bed_.disk().list("state").value();
  for (const std::string& name : names)
    ASSERT_TRUE(bed_.disk().remove("state/" + name).ok());
  EXPECT_THAT(refusal(), AllOf(HasSubstr("there is no state of it here"), HasSubstr("--accept sink-marker"),
                               HasSubstr("--fresh")));
  ASSERT_TRUE(bed_.try_start({.fresh = true}).ok());
  bed_.run_for({1000});
  ASSERT_TRUE(bed_.stop().ok());
  EXPECT_EQ(bed_.sink().documents().size(), 6U);  // All windows again, as was asked for.
}

TEST_F(RefusedStart, TheStateIsDamaged) {
  const std::vector<std::string> names = bed_.disk().list("state").value();
  for (const std::string& name : names)
    bed_.disk().bytes_of("state/" + name).pop_back();
  EXPECT_THAT(refusal(), AllOf(HasSubstr("no checkpoint in state can be used"), HasSubstr("--fresh")));
}

TEST(Recovery, AChangedDefinitionIsRefusedWithWhatChanged) {
  EngineBed before(kCount, durable());
  feed(before, 0, 15);
  before.start();
  before.run_for({1000});
  ASSERT_TRUE(before.stop().ok());
  std::string changed = kCount;
  changed.replace(changed.find("\"size\": 10"), 10, "\"size\": 20");
  EngineBed after(changed, durable());
  after.disk() = before.disk();
  const auto started = after.try_start();
  ASSERT_FALSE(started.ok());
  EXPECT_EQ(started.error().code(), ErrorCode::kStateRefused);
  EXPECT_THAT(started.error().message(), AllOf(HasSubstr("pipeline[1].$tumblingWindow.interval.size: 10 -> 20"),
                                               HasSubstr("--fresh"), HasSubstr("1 open windows")));
}

TEST(Recovery, AnotherClockIsAnotherProcessingTime) {
  BedSettings settings = durable();
  settings.run.until_end = true;
  settings.run.clock = ClockMode::kRecord;
  EngineBed bed(kProcessing, settings);
  feed(bed, 0, 15);
  bed.start();
  ASSERT_TRUE(bed.finish().ok());
  bed.crash();
  bed.settings().run.clock = ClockMode::kWall;
  const auto started = bed.try_start();
  ASSERT_FALSE(started.ok());
  EXPECT_THAT(started.error().message(), HasSubstr("--clock record"));
}

}  // namespace
}  // namespace penstock

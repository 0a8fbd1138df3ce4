// SPDX-License-Identifier: Apache-2.0
#include "connectors/sample/sample_source.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "connectors/sample/solar.h"

namespace penstock {
namespace {

constexpr EventTime kNow{1'767'268'800'000};  // 2026-01-01T12:00:00Z
constexpr std::string_view kName = "sample_stream_solar";
constexpr Duration kHour{3600 * 1000};

Connection connection_named(std::string_view name) { return {std::string(name), "Sample", OwnedDocument()}; }

class SampleSourceTest : public testing::Test {
 protected:
  // Opens the source and a reader of its partition.
  Result<void> open(const SourceStart& start, bool bounded = false) {
    reader_.reset();
    PS_TRY(source_, make_sample_source(connection_named(kName), {.bounded = bounded, .seed = 7}, clock_, log_));
    PS_TRY(const std::vector<SourcePartition> partitions, source_->open(start));
    EXPECT_EQ(partitions.size(), 1U);
    partition_ = partitions.front();
    reader_ = source_->make_reader();
    return reader_->add(partition_);
  }
  Result<void> open_at(int64_t position, bool bounded = false) {
    return open({.position = {}, .stored = {{std::string(kName), 0, position, {}}}}, bounded);
  }
  // All that is there now, as "offset value".
  std::vector<std::string> read(size_t records_max = 1000) {
    std::vector<std::string> all;
    while (reader_->poll(partition_.id, batch_, records_max).value() == PollStatus::kRecords) {
      EXPECT_LE(batch_.size(), records_max);
      for (const RecordBatch::Record& record : batch_.records()) {
        EXPECT_TRUE(record.has_timestamp && record.key_is_null && !record.value_is_null);
        EXPECT_EQ(record.timestamp, readings_.time_of(record.offset));
        EXPECT_LE(record.timestamp, clock_.now());
        all.push_back(std::to_string(record.offset) + " " + std::string(record.value));
      }
      EXPECT_EQ(batch_.next_position, batch_.records().back().offset + 1);
    }
    return all;
  }
  std::vector<std::string> expected(int64_t from, int64_t to) const {
    std::vector<std::string> all;
    for (std::string text; from < to; ++from) {
      readings_.write(from, text);
      all.push_back(std::to_string(from) + " " + text);
    }
    return all;
  }

  ManualClock clock_{kNow};
  MemoryLogger log_;
  SolarReadings readings_{7};
  std::unique_ptr<Source> source_;
  std::unique_ptr<SourceReader> reader_;
  SourcePartition partition_;
  RecordBatch batch_;
};

TEST_F(SampleSourceTest, ReadsWhatComesFromNowOn) {
  ASSERT_TRUE(open({}).ok());
  const int64_t first = partition_.position;
  EXPECT_GT(readings_.time_of(first), kNow);
  EXPECT_LE(readings_.time_of(first - 1), kNow);
  EXPECT_EQ(partition_.end, first);
  EXPECT_TRUE(read().empty());
  size_t total = 0;
  for (int i = 0; i < 100; ++i) {
    clock_.advance({100});
    const std::vector<std::string> got = read();
    EXPECT_LE(got.size(), 1U);
    total += got.size();
    EXPECT_EQ(source_->ends().front(), first + static_cast<int64_t>(total));
  }
  EXPECT_NEAR(static_cast<double>(total), 10, 1);
}

TEST_F(SampleSourceTest, WhereAFirstStartBegins) {
  struct Case {
    std::string_view why;
    StartPosition start;
    EventTime first;  // No reading before it.
  };
  for (const Case& c :
       {Case{"as nobody said", {}, kNow}, Case{"the end", {StartPosition::Kind::kEnd, {}}, kNow},
        Case{"the beginning", {StartPosition::Kind::kBeginning, {}}, kNow - kHour},
        Case{"a time that was", {StartPosition::Kind::kTime, kNow - Duration{90'000}}, kNow - Duration{90'000}},
        Case{"a time that will be", {StartPosition::Kind::kTime, kNow + kHour}, kNow + kHour},
        Case{"before 1970", {StartPosition::Kind::kTime, {-1}}, {0}}}) {
    ASSERT_TRUE(open({.position = c.start}).ok()) << c.why;
    EXPECT_GE(readings_.time_of(partition_.position), c.first) << c.why;
    EXPECT_TRUE(partition_.position == 0 || readings_.time_of(partition_.position - 1) <= c.first) << c.why;
    EXPECT_FALSE(partition_.stored) << c.why;
  }
}

// What was not read before comes now, and it is what it would have been then.
TEST_F(SampleSourceTest, AStoredPositionGivesTheSameReadings) {
  ASSERT_TRUE(open({}).ok());
  const int64_t first = partition_.position;
  clock_.advance({20'000});
  const std::vector<std::string> before = read();
  clock_.advance({60'000});
  ASSERT_TRUE(open_at(first + 5).ok());
  EXPECT_EQ(partition_.stored, 0U);
  const std::vector<std::string> after = read(7);
  EXPECT_EQ(after, expected(first + 5, source_->ends().front()));
  EXPECT_TRUE(std::equal(before.begin() + 5, before.end(), after.begin()));
}

TEST_F(SampleSourceTest, ABoundedRunEndsWhereTheClockStood) {
  ASSERT_TRUE(open({.position = {StartPosition::Kind::kBeginning, {}}}, true).ok());
  clock_.advance({5000});
  EXPECT_EQ(read(), expected(partition_.position, partition_.end));
  EXPECT_NEAR(static_cast<double>(partition_.end - partition_.position), 3600, 1);
  clock_.advance({5000});
  EXPECT_EQ(reader_->poll(partition_.id, batch_, 10).value(), PollStatus::kAtEnd);
  EXPECT_EQ(reader_->next_poll_ns(), kNeverNs);
  ASSERT_TRUE(open_at(partition_.end, true).ok());
  EXPECT_EQ(read(), expected(partition_.position, partition_.end));
  EXPECT_NEAR(static_cast<double>(partition_.end - partition_.position), 10, 1);
}

TEST_F(SampleSourceTest, SaysWhenTheNextReadingComes) {
  ASSERT_TRUE(open({}).ok());
  for (int i = 0; i < 10; ++i) {
    EXPECT_TRUE(read().empty());
    const int64_t wait_ns = reader_->next_poll_ns() - clock_.monotonic_ns();
    ASSERT_GT(wait_ns, 0);
    clock_.advance({wait_ns / 1'000'000});
    EXPECT_EQ(read().size(), 1U);
  }
}

TEST_F(SampleSourceTest, WaitsForATimeThatComes) {
  ASSERT_TRUE(open_at(readings_.position_of(kNow + kHour)).ok());
  EXPECT_TRUE(read().empty());
  EXPECT_EQ(log_.text(),
            "info \"sample_stream_solar\" is read from a time that comes in 3600 s: nothing is read until "
            "then");
  clock_.advance({kHour.ms + 10'000});
  EXPECT_NEAR(static_cast<double>(read().size()), 10, 1);
}

TEST_F(SampleSourceTest, IsGeneratedData) {
  ASSERT_TRUE(open({}).ok());
  EXPECT_EQ(source_->meta({0}).type, "generated");
  EXPECT_EQ(source_->meta({0}).topic, kName);
  EXPECT_EQ(source_->cluster_id(), "");
  EXPECT_EQ(source_->trouble(), "");
  EXPECT_TRUE(source_->take_new_partitions().empty());
}

TEST_F(SampleSourceTest, PositionsOfAnotherSourceAreRefused) {
  for (const StoredPartition& stored :
       {StoredPartition{"trades", 0, 5, {}}, StoredPartition{std::string(kName), 1, 5, {}},
        StoredPartition{std::string(kName), 0, -1, {}}, StoredPartition{std::string(kName), 0, int64_t{1} << 62, {}}}) {
    const auto opened = open({.position = {}, .stored = {stored}});
    ASSERT_FALSE(opened.ok()) << stored.topic << stored.number << stored.position;
    EXPECT_EQ(opened.error().code(), ErrorCode::kStateRefused);
  }
  const StoredPartition own{std::string(kName), 0, 5, {}};
  EXPECT_FALSE(open({.position = {}, .stored = {own, own}}).ok());
}

TEST_F(SampleSourceTest, NamesOfSampleData) {
  struct Case {
    std::string_view name, message;
  };
  for (const Case& c :
       {Case{"sample_stream_solar", ""},
        Case{
            "samplestock",
            "the sample data \"samplestock\" is not supported by this version of Penstock yet; \"sample_stream_solar\" "
            "is"},
        Case{"sample_stream_sola",
             "the name of a connection of type Sample is the name of its data: there is \"sample_stream_solar\", not "
             "\"sample_stream_sola\". Did you mean \"sample_stream_solar\"?"}}) {
    const auto checked = check_sample_connection(connection_named(c.name));
    EXPECT_EQ(checked.ok(), c.message.empty()) << c.name;
    if (checked.ok()) continue;
    EXPECT_EQ(checked.error().message(), c.message);
    EXPECT_EQ(checked.error().path(), "name");
    EXPECT_FALSE(make_sample_source(connection_named(c.name), {}, clock_, log_).ok());
  }
}

}  // namespace
}  // namespace penstock

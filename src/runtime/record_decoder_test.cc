// SPDX-License-Identifier: Apache-2.0
#include "runtime/record_decoder.h"

#include <gtest/gtest.h>

#include "bson/ejson.h"

namespace penstock {
namespace {

class Letters final : public DeadLetterCollector {
 public:
  explicit Letters(bool is_wanted) : wanted_(is_wanted) {}
  bool wanted() const override { return wanted_; }
  void add(DeadLetter letter) override { letters.push_back(std::move(letter)); }
  std::vector<DeadLetter> letters;

 private:
  bool wanted_;
};

FieldNeeds needs_of(std::initializer_list<std::string_view> names) {
  FieldNeeds needs;
  for (const std::string_view name : names)
    needs.add(name);
  return needs;
}

class RecordDecoderTest : public testing::Test {
 protected:
  void add(std::string_view value, int64_t time_ms = 1000) {
    batch_.append({.value = value, .key = {}, .offset = next_++, .timestamp = {time_ms}, .has_timestamp = true});
  }
  void add_null() {
    batch_.append(
        {.value = {}, .key = {}, .offset = next_++, .timestamp = {1}, .value_is_null = true, .has_timestamp = true});
  }
  void decode(const FieldNeeds& needs, bool slots) {
    RecordDecoder(needs, slots).decode(batch_, 0, batch_.size(), meta_, rows_, counters_, letters_);
  }

  RecordBatch batch_;
  int64_t next_ = 0;
  SourceMeta meta_{.type = "kafka", .topic = "t", .partition = 3};
  RowBatch rows_;
  LaneCounters counters_;
  Letters letters_{true};
};

TEST_F(RecordDecoderTest, WholeDocuments) {
  add(R"({"a":1,"b":[2]})", 7);
  add("{}", 9);
  decode({}, false);
  ASSERT_EQ(rows_.rows.size(), 2U);
  EXPECT_EQ(to_json(rows_.rows[0].root), R"({"a":1,"b":[2]})");
  EXPECT_EQ(rows_.rows[0].slots, nullptr);
  EXPECT_EQ(rows_.rows[0].window_time, EventTime{7});
  EXPECT_EQ(rows_.rows[1].meta.time, EventTime{9});
  EXPECT_EQ(rows_.rows[1].meta.record, &batch_[1]);
  EXPECT_EQ(rows_.rows[1].meta.source, &meta_);
}

TEST_F(RecordDecoderTest, OnlyTheWantedFields) {
  add(R"({"b":"x","c":5,"a":1})");
  add(R"({"a":2.5})");
  decode(needs_of({"a", "b"}), true);
  ASSERT_EQ(rows_.rows.size(), 2U);
  EXPECT_TRUE(rows_.rows[0].root.is_missing());
  EXPECT_EQ(rows_.rows[0].slots[0].as_int(), 1);
  EXPECT_EQ(rows_.rows[0].slots[1].as_string(), "x");
  EXPECT_EQ(rows_.rows[1].slots[0].as_double(), 2.5);
  EXPECT_TRUE(rows_.rows[1].slots[1].is_missing());
}

// The slots of a bad record are used for the next one.
TEST_F(RecordDecoderTest, BadRecordsAreLeftOut) {
  for (const bool slots : {true, false}) {
    rows_.clear();
    batch_.clear();
    letters_.letters.clear();
    next_ = 10;
    add(R"({"a":1})");
    add(R"({"a":)");
    add("");
    add(R"({"a":2})", -5);
    add(R"({"a":3})");
    decode(needs_of({"a"}), slots);
    ASSERT_EQ(rows_.rows.size(), 2U);
    EXPECT_EQ(slots ? rows_.rows[1].slots[0].as_int() : rows_.rows[1].root.as_object().get("a").as_int(), 3);
    ASSERT_EQ(letters_.letters.size(), 3U);
    const DeadLetter& letter = letters_.letters[0];
    EXPECT_EQ(letter.operator_name, "KafkaConsumerOperator");
    EXPECT_EQ(letter.raw, R"({"a":)");
    EXPECT_TRUE(letter.has_raw && letter.undecodable);
    EXPECT_EQ(letter.code, ErrorCode::kFailedToParse);
    EXPECT_EQ(to_json(letter.stream_meta.view().get("source").as_object().get("offset")), "11");
    EXPECT_EQ(letters_.letters[2].reason, "the record has no timestamp, so it has no event time");
  }
}

TEST_F(RecordDecoderTest, ANullValueIsAnEmptyDocument) {
  for (const bool slots : {true, false}) {
    rows_.clear();
    batch_.clear();
    add_null();
    decode(needs_of({"a"}), slots);
    ASSERT_EQ(rows_.rows.size(), 1U);
    EXPECT_TRUE(slots ? rows_.rows[0].slots[0].is_missing() : rows_.rows[0].root.as_object().empty());
  }
  EXPECT_EQ(counters_.tombstones, 2U);
}

TEST_F(RecordDecoderTest, NoFieldAtAll) {
  add(R"({"a":1})");
  add("broken");
  decode({}, true);
  EXPECT_EQ(rows_.rows.size(), 1U);
  EXPECT_EQ(letters_.letters.size(), 1U);
}

TEST_F(RecordDecoderTest, WhoDoesNotWantLettersGetsNoBytes) {
  add("broken");
  Letters unwanted(false);
  RecordDecoder({}, false).decode(batch_, 0, 1, meta_, rows_, counters_, unwanted);
  ASSERT_EQ(unwanted.letters.size(), 1U);
  EXPECT_TRUE(unwanted.letters[0].raw.empty());
}

}  // namespace
}  // namespace penstock

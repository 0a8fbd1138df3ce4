// SPDX-License-Identifier: Apache-2.0
// Starts from stored positions, against the broker in this process. It creates whatever
// is asked for; missing and recreated topics, removed records, and what tools see of a consumer group are in
// kafka_resume_live_test.cc.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "connectors/kafka/kafka_client.h"
#include "connectors/kafka/kafka_test_bed.h"
#include "connectors/kafka/mock_broker.h"

namespace penstock {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr int64_t kHurried = 40;  // Where the patience of the first contact has to run out.
constexpr int64_t kTimeMs = 1'700'000'000'000;

class KafkaResumeTest : public testing::Test {
 protected:
  void SetUp() override {
    auto broker = MockBroker::start();
    ASSERT_TRUE(broker.ok()) << broker.error().message();
    broker_ = std::move(*broker);
    producer_ = std::make_unique<TestProducer>(broker_->bootstrap());
  }
  Connection connection() const { return plain_connection(broker_->bootstrap()); }
  void create(const std::string& topic, int partitions) { ASSERT_TRUE(broker_->create_topic(topic, partitions).ok()); }
  void write(const std::string& topic, int32_t partition, int count, const std::string& prefix = "v") {
    std::vector<TestRecord> records;
    for (int i = 0; i < count; ++i)
      records.push_back({.partition = partition, .value = prefix + std::to_string(i), .timestamp_ms = kTimeMs + i});
    producer_->write(topic, records);
  }
  // Reads all there is and says where it stands.
  SourceStart read_all(const std::vector<std::string>& topics) {
    TestReading reading(connection(), topics_spec(topics));
    EXPECT_TRUE(reading.start(kFromBeginning).ok());
    EXPECT_TRUE(reading.read());
    return reading.checkpoint();
  }
  // Why a start is refused; "" when it is not.
  std::string refusal(const SourceStart& start, const std::vector<std::string>& topics, int64_t clock_rate = 1) {
    TestReading reading(connection(), topics_spec(topics), {}, clock_rate);
    const auto started = reading.start_from(start);
    if (started.ok()) return "";
    EXPECT_EQ(started.error().code(), ErrorCode::kStateRefused) << started.error().message();
    return started.error().message();
  }

  std::unique_ptr<MockBroker> broker_;
  std::unique_ptr<TestProducer> producer_;
};

TEST_F(KafkaResumeTest, GoesOnWithTheRecordAfterTheLast) {
  create("t", 3);
  write("t", 0, 5);
  write("t", 2, 4);
  SourceStart start;
  {
    TestReading reading(connection(), topics_spec({"t"}));
    ASSERT_TRUE(reading.start(kFromBeginning).ok());
    ASSERT_TRUE(reading.read([&] { return reading.count() == 9; }));
    start = reading.checkpoint();
    EXPECT_THAT(start.cluster_id, Not(IsEmpty()));
  }
  write("t", 0, 2, "w");
  write("t", 1, 1, "w");
  TestReading reading(connection(), topics_spec({"t"}));
  ASSERT_TRUE(reading.start_from(start).ok());
  ASSERT_TRUE(reading.read());
  EXPECT_THAT(reading.values(0), ElementsAre("w0", "w1"));
  EXPECT_THAT(reading.values(1), ElementsAre("w0"));
  EXPECT_THAT(reading.values(2), IsEmpty());
  EXPECT_EQ(reading.source().cluster_id(), start.cluster_id);
}

TEST_F(KafkaResumeTest, StoredPartitionsComeFirstInTheirOrderThenNewOnesFromTheirBeginning) {
  create("a", 2);
  create("b", 3);
  for (int32_t i = 0; i < 2; ++i)
    write("a", i, 3);
  for (int32_t i = 0; i < 3; ++i)
    write("b", i, 4);
  const SourceStart start{.position = kFromEnd, .stored = {{"b", 2, 1}, {"a", 0, 3}, {"b", 0, 2}}};
  TestReading reading(connection(), topics_spec({"a", "b"}));
  ASSERT_TRUE(reading.start_from(start).ok());
  struct Expected {
    std::string topic;
    int32_t number;
    int64_t position, end;
    std::optional<size_t> stored;
  };
  const std::vector<Expected> expected = {
      {"b", 2, 1, 4, 0}, {"a", 0, 3, 3, 1}, {"b", 0, 2, 4, 2}, {"a", 1, 0, 3, {}}, {"b", 1, 0, 4, {}}};
  ASSERT_THAT(reading.partitions(), SizeIs(expected.size()));
  for (size_t i = 0; i < expected.size(); ++i) {
    const SourcePartition& partition = reading.partitions()[i];
    EXPECT_EQ(partition.id.index, i);
    EXPECT_EQ(partition.topic, expected[i].topic) << i;
    EXPECT_EQ(partition.number, expected[i].number) << i;
    EXPECT_EQ(partition.position, expected[i].position) << i;
    EXPECT_EQ(partition.end, expected[i].end) << i;
    EXPECT_EQ(partition.stored, expected[i].stored) << i;
    EXPECT_EQ(reading.source().meta(partition.id).topic, expected[i].topic);
  }
  EXPECT_THAT(reading.log(), HasSubstr("partition 1 of topic \"a\" is new: it is read from its beginning, offset 0"));
  EXPECT_THAT(reading.log(), HasSubstr("partition 1 of topic \"b\" is new"));
  ASSERT_TRUE(reading.read());
  EXPECT_EQ(reading.count(), 3u + 0u + 2u + 3u + 4u);
}

// One trouble each: what is said, what has to be accepted, and where reading goes on then.
TEST_F(KafkaResumeTest, RefusesWhatDoesNotFitUntilItIsAccepted) {
  create("t", 1);
  create("u", 1);
  write("t", 0, 5);
  write("u", 0, 5);
  const SourceStart good = read_all({"t", "u"});
  ASSERT_EQ(refusal(good, {"t", "u"}), "");
  struct Case {
    std::string_view why;
    void (*change)(SourceStart&);
    std::vector<std::string> topics;
    std::string message;
    std::string option;
    bool SourceLosses::* accept;
    std::optional<int64_t> position;  // Of topic t when accepted; empty: left out.
    bool hurried = false;
  };
  const std::vector<std::string> both = {"t", "u"};
  const Case cases[] = {
      {"beyond the end", [](SourceStart& start) { start.stored[0].position = 77; }, both,
       "partition 0 of topic \"t\" was read up to offset 77, but ends at 5: the topic was made anew, or cut",
       "new-topic", &SourceLosses::new_topic, 0},
      {"another cluster", [](SourceStart& start) { start.cluster_id = "elsewhere"; }, both,
       "partition 0 of topic \"t\" was read up to offset 5, in cluster elsewhere, but this is cluster " +
           good.cluster_id,
       "new-topic", &SourceLosses::new_topic, 0},
      {"other bytes", [](SourceStart& start) { start.stored[0].last.hash ^= 1; }, both,
       "partition 0 of topic \"t\" was read up to offset 5, but has another record at 4", "new-topic",
       &SourceLosses::new_topic, 0},
      {"another time", [](SourceStart& start) { start.stored[0].last.timestamp.ms -= 1000; }, both,
       "but has another record at 4 (time 1700000000004 ms, was 1699999999004 ms)", "new-topic",
       &SourceLosses::new_topic, 0},
      {"not in $source",
       [](SourceStart&) {},
       {"u"},
       "partition 0 of topic \"t\" was read up to offset 5, and $source does not name the topic any more",
       "missing-partitions",
       &SourceLosses::missing_partitions,
       std::nullopt},
      {"fewer partitions", [](SourceStart& start) { start.stored[0].number = 4; }, both,
       "partition 4 of topic \"t\" was read up to offset 5, and the topic has 1 partition", "missing-partitions",
       &SourceLosses::missing_partitions, 0, true},
  };
  for (const Case& c : cases) {
    SourceStart start = read_all({"t", "u"});
    c.change(start);
    const int64_t rate = c.hurried ? kHurried : 1;
    const std::string message = refusal(start, c.topics, rate);
    EXPECT_THAT(message, HasSubstr("the stored positions do not fit Kafka at " + broker_->bootstrap())) << c.why;
    EXPECT_THAT(message, HasSubstr(c.message)) << c.why;
    EXPECT_THAT(message, HasSubstr("--accept " + c.option)) << c.why;

    start.accepted = {.lost_records = true, .new_topic = true, .missing_partitions = true};
    start.accepted.*c.accept = false;
    EXPECT_THAT(refusal(start, c.topics, rate), HasSubstr(c.message)) << c.why << ": accepting others is not enough";

    start.accepted = {};
    start.accepted.*c.accept = true;
    TestReading reading(connection(), topics_spec(c.topics), {}, rate);
    const auto started = reading.start_from(start);
    ASSERT_TRUE(started.ok()) << c.why << ": " << started.error().message();
    EXPECT_THAT(reading.log(), HasSubstr("warning ")) << c.why;
    EXPECT_THAT(reading.log(), HasSubstr(c.message)) << c.why;
    EXPECT_THAT(reading.log(), HasSubstr("as accepted")) << c.why;
    std::optional<int64_t> position;
    for (const SourcePartition& partition : reading.partitions()) {
      if (partition.topic != "t") continue;
      position = partition.position;
      EXPECT_EQ(partition.stored, std::nullopt) << c.why;
    }
    EXPECT_EQ(position, c.position) << c.why;
    ASSERT_TRUE(reading.read()) << c.why;
  }
}

TEST_F(KafkaResumeTest, ANewTopicIsReadWhole) {
  create("t", 2);
  write("t", 0, 3);
  write("t", 1, 3);
  SourceStart start = read_all({"t"});
  start.cluster_id.clear();  // Unknown: only the records can tell.
  auto other = MockBroker::start();
  ASSERT_TRUE(other.ok());
  broker_ = std::move(*other);
  producer_ = std::make_unique<TestProducer>(broker_->bootstrap());
  create("t", 2);
  write("t", 0, 4);           // Begins with the same records,
  write("t", 1, 3, "other");  // these are others.
  const std::string message = refusal(start, {"t"});
  EXPECT_THAT(message, HasSubstr("partition 1 of topic \"t\" was read up to offset 3, but has another record at 2"));
  EXPECT_THAT(message, Not(HasSubstr("partition 0"))) << "that one still fits";
  start.accepted.new_topic = true;
  TestReading reading(connection(), topics_spec({"t"}));
  ASSERT_TRUE(reading.start_from(start).ok());
  EXPECT_EQ(reading.partitions()[0].stored, 0u);
  EXPECT_EQ(reading.partitions()[1].stored, std::nullopt);
  ASSERT_TRUE(reading.read());
  EXPECT_THAT(reading.values(0), ElementsAre("v3"));
  EXPECT_THAT(reading.values(1), ElementsAre("other0", "other1", "other2"));
}

TEST_F(KafkaResumeTest, PartitionsThatShowNothingFollowThoseThatShowAnotherTopic) {
  create("t", 3);
  for (int32_t i = 0; i < 3; ++i)
    write("t", i, 5);
  // Nothing is known about the record before partition 1's position.
  SourceStart start{.stored = {{"t", 0, 9}, {"t", 1, 3}}};
  EXPECT_THAT(refusal(start, {"t"}), HasSubstr("partition 1 of topic \"t\" was read up to offset 3, and holds 0 to 5"));
  start.accepted.new_topic = true;
  TestReading reading(connection(), topics_spec({"t"}));
  ASSERT_TRUE(reading.start_from(start).ok());
  for (const SourcePartition& partition : reading.partitions()) {
    EXPECT_EQ(partition.position, 0) << partition.number;
    EXPECT_EQ(partition.stored, std::nullopt) << partition.number;
  }
  // Unless a third one is proved to be the same.
  SourceStart cut = read_all({"t"});
  cut.stored[0].position = 9;
  cut.stored[1].position = 3;
  cut.stored[1].last = {};
  const std::string message = refusal(cut, {"t"});
  EXPECT_THAT(message, HasSubstr("partition 0"));
  EXPECT_THAT(message, Not(HasSubstr("partition 1")));
}

TEST_F(KafkaResumeTest, ManyTroublesAreOneMessageThatStaysShort) {
  create("t", 6);
  SourceStart start;
  for (int32_t i = 0; i < 6; ++i)
    start.stored.push_back({"t", i, 10 + i});
  start.stored.push_back({"old", 7, 8});
  const std::string message = refusal(start, {"t"});
  for (const char* part : {"partition 0 of topic \"t\" was read up to offset 10, but ends at 0", "offset 11",
                           "offset 12", "partition 7 of topic \"old\" was read up to offset 8", "; and 3 more.",
                           "Start with --accept new-topic", ", and with --accept missing-partitions"}) {
    EXPECT_THAT(message, HasSubstr(part));
  }
  EXPECT_THAT(message, Not(HasSubstr("offset 13")));
  start.accepted.new_topic = true;
  EXPECT_THAT(refusal(start, {"t"}), Not(HasSubstr("new-topic"))) << "what is accepted is not told again";
}

TEST_F(KafkaResumeTest, ABoundedReadGoesOnToTheEndOfNow) {
  create("t", 1);
  write("t", 0, 5);
  SourceStart start = read_all({"t"});
  const KafkaSourceOptions bounded{.bounded = true};
  {
    TestReading again(connection(), topics_spec({"t"}), bounded);
    ASSERT_TRUE(again.start_from(start).ok());
    EXPECT_EQ(*again.poll(0), PollStatus::kAtEnd) << "nothing to do";
  }
  write("t", 0, 3, "w");
  {
    TestReading again(connection(), topics_spec({"t"}), bounded);
    ASSERT_TRUE(again.start_from(start).ok());
    write("t", 0, 3, "later");
    ASSERT_TRUE(again.read());
    EXPECT_THAT(again.values(0), ElementsAre("w0", "w1", "w2"));
  }
  start.stored[0].position = 99;
  TestReading beyond(connection(), topics_spec({"t"}), bounded);
  const auto started = beyond.start_from(start);
  ASSERT_FALSE(started.ok());
  EXPECT_EQ(started.error().code(), ErrorCode::kStateRefused);
  EXPECT_THAT(started.error().message(), HasSubstr("was read up to offset 99, but ends at 11"));
}

Connection with_group(const std::string& bootstrap, const std::string& group) {
  DocumentBuilder spec;
  spec.append("bootstrapServers", Value::string(bootstrap));
  size_t mark = spec.begin_object("security");
  spec.append("protocol", Value::string("PLAINTEXT"));
  spec.end(mark);
  mark = spec.begin_object("config");
  spec.append("group.id", Value::string(group));
  spec.end(mark);
  return {"k", "Kafka", OwnedDocument(spec.take())};
}

TEST_F(KafkaResumeTest, ShowsPositionsInTheGroupThatIsNamedNearest) {
  create("t", 2);
  write("t", 0, 5);
  struct Case {
    std::string_view why;
    std::optional<std::string> source_group;
    std::string connection_group;
    KafkaSourceOptions options;
    std::string shown_in;  // "": nowhere.
  };
  for (const Case& c :
       {Case{"$source", "s1", "c1", {.group_id = "o1"}, "s1"},
        Case{"the connection", std::nullopt, "c2", {.group_id = "o2"}, "c2"},
        Case{"the default", std::nullopt, "", {.group_id = "o3"}, "o3"}, Case{"no group", std::nullopt, "", {}, ""},
        Case{"not wanted", "s5", "c5", {.group_id = "o5", .publish_positions = false}, ""}}) {
    KafkaSourceSpec spec = topics_spec({"t"});
    spec.group_id = c.source_group;
    const Connection connection = c.connection_group.empty() ? plain_connection(broker_->bootstrap())
                                                             : with_group(broker_->bootstrap(), c.connection_group);
    std::string log;
    {
      TestReading reading(connection, spec, c.options);
      ASSERT_TRUE(reading.start(kFromBeginning).ok()) << c.why;
      ASSERT_TRUE(reading.read());
      reading.source().publish({{{0}, 2}, {{1}, 0}});
      reading.source().publish({{{0}, 5}});
      log = reading.log();
    }  // The last ones are sent before the source is gone.
    EXPECT_THAT(log, Not(HasSubstr("warning"))) << c.why;
    for (const std::string& group : {c.source_group.value_or(""), c.connection_group, c.options.group_id}) {
      if (group.empty()) continue;
      EXPECT_EQ(committed(broker_->bootstrap(), group, "t", 0), group == c.shown_in ? 5 : -1) << c.why << " " << group;
    }
    if (c.shown_in.empty()) continue;
    EXPECT_EQ(committed(broker_->bootstrap(), c.shown_in, "t", 1), 0) << c.why;
  }
}

}  // namespace
}  // namespace penstock

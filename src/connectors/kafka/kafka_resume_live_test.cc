// SPDX-License-Identifier: Apache-2.0
// Starts from stored positions on a real broker, see kafka_live_test.cc for how to name one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>

#include "connectors/kafka/kafka_live_bed.h"

namespace penstock {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr int64_t kHurried = 40;  // Where the patience of the first contact has to run out.

class KafkaResumeLiveTest : public KafkaLiveTest {
 protected:
  Connection connection() const { return plain_connection(bootstrap_); }
  SourceStart read_all() {
    TestReading reading(connection(), topics_spec({topic_}));
    EXPECT_TRUE(reading.start(kFromBeginning).ok());
    EXPECT_TRUE(reading.read());
    return reading.checkpoint();
  }
  std::string refusal(const SourceStart& start, int64_t clock_rate = 1) {
    TestReading reading(connection(), topics_spec({topic_}), {}, clock_rate);
    const auto started = reading.start_from(start);
    if (started.ok()) return "";
    EXPECT_EQ(started.error().code(), ErrorCode::kStateRefused) << started.error().message();
    return started.error().message();
  }
  std::string partition(int number) const {
    return "partition " + std::to_string(number) + " of topic \"" + topic_ + "\" ";
  }
  // Deleting takes the broker a moment after it has said yes.
  void make_anew(int partitions) {
    drop();
    TestProducer producer(bootstrap_);
    const SystemClock clock;
    const int64_t deadline = clock.monotonic_ns() + int64_t{30'000'000'000};
    while (clock.monotonic_ns() < deadline && !try_create(producer, partitions))
      rd_kafka_poll(producer.handle(), 50);
  }
  bool try_create(TestProducer& producer, int partitions) {
    std::array<char, 512> reason{};
    rd_kafka_NewTopic_t* request = rd_kafka_NewTopic_new(topic_.c_str(), partitions, -1, reason.data(), reason.size());
    const KafkaQueueHandle queue(rd_kafka_queue_new(producer.handle()));
    rd_kafka_CreateTopics(producer.handle(), &request, 1, nullptr, queue.get());
    rd_kafka_NewTopic_destroy(request);
    rd_kafka_event_t* event = rd_kafka_queue_poll(queue.get(), 30'000);
    if (event == nullptr) return false;
    size_t count = 0;
    const auto** topics = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count);
    const bool created = count == 1 && rd_kafka_topic_result_error(topics[0]) == RD_KAFKA_RESP_ERR_NO_ERROR;
    rd_kafka_event_destroy(event);
    return created;
  }
};

TEST_F(KafkaResumeLiveTest, GoesOnExactlyAndReadsPartitionsThatCameMeanwhile) {
  create(2);
  TestProducer(bootstrap_).write_numbered(topic_, 0, 5);
  const SourceStart start = read_all();
  EXPECT_THAT(start.cluster_id, Not(IsEmpty()));
  ASSERT_EQ(refusal(start), "");
  grow(3);
  TestProducer producer(bootstrap_);
  producer.write_numbered(topic_, 0, 2, "w");
  producer.write_numbered(topic_, 1, 1, "w");
  producer.write_numbered(topic_, 2, 3, "new");
  TestReading reading(connection(), topics_spec({topic_}));
  ASSERT_TRUE(reading.start_from(start).ok());
  ASSERT_TRUE(reading.read());
  EXPECT_THAT(reading.values(0), ElementsAre("w0", "w1"));
  EXPECT_THAT(reading.values(1), ElementsAre("w0"));
  EXPECT_THAT(reading.values(2), ElementsAre("new0", "new1", "new2"));
  EXPECT_THAT(reading.log(), HasSubstr(partition(2) + "is new: it is read from its beginning"));
}

TEST_F(KafkaResumeLiveTest, ATopicMadeAnewIsToldByItsRecords) {
  create(1);
  TestProducer(bootstrap_).write_numbered(topic_, 0, 5);
  SourceStart start = read_all();
  make_anew(1);
  TestProducer(bootstrap_).write_numbered(topic_, 0, 6, "x");
  EXPECT_THAT(refusal(start), HasSubstr(partition(0) + "was read up to offset 5, but has another record at 4"));
  start.accepted.new_topic = true;
  TestReading reading(connection(), topics_spec({topic_}));
  ASSERT_TRUE(reading.start_from(start).ok());
  EXPECT_EQ(reading.partitions()[0].stored, std::nullopt);
  ASSERT_TRUE(reading.read());
  EXPECT_THAT(reading.values(0), SizeIs(6));
  EXPECT_EQ(reading.values(0).front(), "x0");
}

TEST_F(KafkaResumeLiveTest, RecordsThatRetentionTookAreCounted) {
  create(2);
  TestProducer producer(bootstrap_);
  producer.write_numbered(topic_, 0, 10);
  producer.write_numbered(topic_, 1, 10);
  SourceStart start = read_all();
  delete_records(0, 10);
  EXPECT_EQ(refusal(start), "") << "all of it was read before it went";
  start.stored[0].position = 3;
  start.stored[0].last.offset = 2;
  const std::string message = refusal(start);
  EXPECT_THAT(message, HasSubstr(partition(0) + "was read up to offset 3, but begins at 10: 7 records are gone."));
  EXPECT_THAT(message, HasSubstr("--accept lost-records"));
  EXPECT_THAT(message, Not(HasSubstr("partition 1")));
  producer.write_numbered(topic_, 0, 1, "after");
  start.accepted.lost_records = true;
  TestReading reading(connection(), topics_spec({topic_}));
  ASSERT_TRUE(reading.start_from(start).ok());
  EXPECT_EQ(reading.partitions()[0].stored, 0u) << "still the same topic";
  EXPECT_THAT(reading.log(), HasSubstr("warning " + partition(0)));
  EXPECT_THAT(reading.log(), HasSubstr("7 records are gone; it is read from offset 10, as accepted"));
  ASSERT_TRUE(reading.read());
  EXPECT_THAT(reading.values(0), ElementsAre("after0"));
}

TEST_F(KafkaResumeLiveTest, ARecordThatIsNotThereAnyMoreProvesNothing) {
  create(1);
  TestProducer producer(bootstrap_, topic_ + "-id");
  ASSERT_EQ(rd_kafka_init_transactions(producer.handle(), 30'000), nullptr);
  ASSERT_EQ(rd_kafka_begin_transaction(producer.handle()), nullptr);
  producer.write_numbered(topic_, 0, 3);
  ASSERT_EQ(rd_kafka_commit_transaction(producer.handle(), 30'000), nullptr);
  // The broker writes the end of a transaction after it has said that it is committed.
  int64_t begin = 0, end = 0;
  for (int tries = 0; end < 4 && tries < 10'000; ++tries)
    rd_kafka_query_watermark_offsets(producer.handle(), topic_.c_str(), 0, &begin, &end, 10'000);
  ASSERT_EQ(end, 4);
  TestProducer(bootstrap_).write_numbered(topic_, 0, 1, "w");
  // A place without a record, as compaction leaves: here the end of the transaction.
  const SourceStart start{.stored = {{topic_, 0, 4, {3, {1}, 1}}}};
  TestReading reading(connection(), topics_spec({topic_}));
  ASSERT_TRUE(reading.start_from(start).ok());
  EXPECT_THAT(reading.log(), HasSubstr("the record at offset 3 is not there any more and was not compared"));
  ASSERT_TRUE(reading.read());
  EXPECT_THAT(reading.values(0), ElementsAre("w0"));
}

TEST_F(KafkaResumeLiveTest, WaitsForAMissingTopicThenRefuses) {
  SourceStart start{.stored = {{topic_, 0, 5}}};
  const std::string message = refusal(start, kHurried);
  EXPECT_THAT(message, HasSubstr(partition(0) + "was read up to offset 5, and the topic is not there."));
  EXPECT_THAT(message, HasSubstr("--accept missing-partitions"));

  start.accepted.missing_partitions = true;
  TestReading nothing_left(connection(), topics_spec({topic_}), {}, kHurried);
  const auto started = nothing_left.start_from(start);
  ASSERT_FALSE(started.ok());
  EXPECT_EQ(started.error().code(), ErrorCode::kPeerUnreachable);
  EXPECT_THAT(started.error().message(), HasSubstr("topic \"" + topic_ + "\" does not exist"));
}

TEST_F(KafkaResumeLiveTest, GoesOnWithoutAMissingTopicWhenThatIsAccepted) {
  create(1);
  TestProducer(bootstrap_).write_numbered(topic_, 0, 2);
  SourceStart start{.stored = {{topic_ + "-gone", 0, 5}, {topic_, 0, 1}}};
  start.accepted.missing_partitions = true;
  TestReading reading(connection(), topics_spec({topic_ + "-gone", topic_}), {}, kHurried);
  ASSERT_TRUE(reading.start_from(start).ok());
  ASSERT_THAT(reading.partitions(), SizeIs(1));
  EXPECT_EQ(reading.partitions()[0].id.index, 0u);
  EXPECT_EQ(reading.partitions()[0].stored, 1u);
  ASSERT_TRUE(reading.read());
  EXPECT_THAT(reading.values(0), ElementsAre("v1"));
  EXPECT_EQ(reading.source().trouble(), "");
}

TEST_F(KafkaResumeLiveTest, ATopicThatSourceNamesAnewHasToExist) {
  create(1);
  TestReading reading(connection(), topics_spec({topic_, topic_ + "-nowhere"}));
  const auto started = reading.start_from({.stored = {{topic_, 0, 0}}});
  ASSERT_FALSE(started.ok());
  EXPECT_EQ(started.error().code(), ErrorCode::kPeerUnreachable);
  EXPECT_THAT(started.error().message(), HasSubstr("-nowhere\" does not exist"));
}

// What the broker's own tool says about the group, for a broker of scripts/services/kafka.sh.
std::string consumer_groups_tool(const std::string& bootstrap, const std::string& group) {
  const std::string port = bootstrap.substr(bootstrap.rfind(':') + 1);
  const std::string command = std::string(PENSTOCK_SOURCE_DIR) + "/scripts/services/kafka.sh tool " + port +
                              " ConsumerGroupCommand --describe --timeout 30000 --group " + group + " 2>&1";
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return "";
  std::string output;
  std::array<char, 4096> piece{};
  while (std::fgets(piece.data(), static_cast<int>(piece.size()), pipe) != nullptr)
    output += piece.data();
  pclose(pipe);
  return output;
}

TEST_F(KafkaResumeLiveTest, ADrainedTopicHasNoLagInTheToolsOfTheBroker) {
  create(2);
  TestProducer producer(bootstrap_);
  producer.write_numbered(topic_, 0, 5);
  producer.write_numbered(topic_, 1, 7);
  const std::string group = topic_ + "-group";
  {
    TestReading reading(connection(), topics_spec({topic_}), {.group_id = group});
    ASSERT_TRUE(reading.start(kFromBeginning).ok());
    ASSERT_TRUE(reading.read());
    EXPECT_EQ(committed(bootstrap_, group, topic_, 0), -1) << "reading alone commits nothing";
    reading.source().publish({{{0}, reading.position(0)}, {{1}, reading.position(1) - 3}});
    for (int i = 0; i < 300 && committed(bootstrap_, group, topic_, 0) < 0; ++i)
      reading.waker().wait();
    EXPECT_EQ(committed(bootstrap_, group, topic_, 0), 5) << "while it runs";
    reading.source().publish({{{1}, reading.position(1)}});
    EXPECT_THAT(reading.log(), Not(HasSubstr("warning")));
  }
  EXPECT_EQ(committed(bootstrap_, group, topic_, 1), 7) << "the last positions are sent at the end";
  if (!bootstrap_.starts_with("127.0.0.1:")) GTEST_SKIP() << "the tool is asked about a broker of this machine only";
  std::istringstream lines(consumer_groups_tool(bootstrap_, group));
  int rows = 0;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string name, topic, number, current, end, lag;
    words >> name >> topic >> number >> current >> end >> lag;
    if (topic != topic_) continue;
    ++rows;
    EXPECT_EQ(current, number == "0" ? "5" : "7") << line;
    EXPECT_EQ(lag, "0") << line;
  }
  EXPECT_EQ(rows, 2) << lines.str();
}

TEST_F(KafkaResumeLiveTest, AGroupThatOthersUseIsLeftAloneAndToldOnce) {
  create(1);
  TestProducer(bootstrap_).write_numbered(topic_, 0, 5);
  const std::string group = topic_ + "-group";
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  std::array<char, 512> reason{};
  for (const auto& [name, value] : {std::pair<std::string, std::string>{"bootstrap.servers", bootstrap_},
                                    {"group.id", group},
                                    {"enable.auto.commit", "false"}}) {
    ASSERT_EQ(rd_kafka_conf_set(conf, name.c_str(), value.c_str(), reason.data(), reason.size()), RD_KAFKA_CONF_OK);
  }
  rd_kafka_t* member = rd_kafka_new(RD_KAFKA_CONSUMER, conf, reason.data(), reason.size());
  ASSERT_NE(member, nullptr) << reason.data();
  const auto assigned = [&] {
    rd_kafka_topic_partition_list_t* list = nullptr;
    rd_kafka_assignment(member, &list);
    const KafkaPartitionList owned(list);
    return list == nullptr ? 0 : list->cnt;
  };
  const auto serve = [&] {
    if (rd_kafka_message_t* message = rd_kafka_consumer_poll(member, 50)) rd_kafka_message_destroy(message);
  };
  const KafkaPartitionList topics(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(topics.get(), topic_.c_str(), RD_KAFKA_PARTITION_UA);
  rd_kafka_poll_set_consumer(member);
  ASSERT_EQ(rd_kafka_subscribe(member, topics.get()), RD_KAFKA_RESP_ERR_NO_ERROR);
  for (int i = 0; i < 600 && assigned() == 0; ++i)
    serve();
  ASSERT_EQ(assigned(), 1);
  {
    TestReading reading(connection(), topics_spec({topic_}), {.group_id = group});
    ASSERT_TRUE(reading.start(kFromBeginning).ok());
    ASSERT_TRUE(reading.read());
    const std::string warning =
        "cannot be shown in consumer group \"" + group + "\": other consumers are members of it";
    for (int i = 0; i < 100 && reading.log().find(warning) == std::string::npos; ++i) {
      reading.source().publish({{{0}, 5}});
      serve();
    }
    EXPECT_THAT(reading.log(), HasSubstr(warning));
    const std::string log = reading.log();
    for (int i = 0; i < 20; ++i) {
      reading.source().publish({{{0}, 5}});
      serve();
    }
    EXPECT_EQ(reading.log(), log) << "told once";
    EXPECT_TRUE(reading.read()) << "reading goes on";
  }
  EXPECT_EQ(assigned(), 1) << "nobody's partitions were moved";
  EXPECT_EQ(committed(bootstrap_, group, topic_, 0), -1);
  rd_kafka_consumer_close(member);
  rd_kafka_destroy(member);
}

}  // namespace
}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
#include "connectors/kafka/kafka_probe.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "connectors/kafka/kafka_client.h"
#include "connectors/kafka/kafka_error.h"
#include "connectors/kafka/kafka_reader.h"

namespace penstock {
namespace {

constexpr int64_t kNsPerMs = 1'000'000;
constexpr int kStepMs = 100;

using MessageHandle = std::unique_ptr<rd_kafka_message_t, DestroyBy<rd_kafka_message_destroy>>;

KafkaProperties probe_properties(const std::string& client_id) {
  return {{"client.id", client_id},
          {"enable.auto.commit", "false"},
          {"auto.offset.reset", "error"},
          {"enable.partition.eof", "true"},
          {"isolation.level", "read_committed"},
          {"check.crcs", "true"},
          {"queued.min.messages", "100000"},
          {"queued.max.messages.kbytes", "4096"},
          {"fetch.message.max.bytes", "65536"},  // A larger first record comes whole all the same.
          {"fetch.wait.max.ms", "20"},
          {"fetch.error.backoff.ms", "50"}};
}

class Probe {
 public:
  Probe(KafkaClient& client, const std::vector<WantedRecord>& wanted)
      : client_(client), wanted_(wanted), answers_(wanted.size()) {}
  ~Probe() {
    for (size_t i = 0; i < started_; ++i)
      rd_kafka_consume_stop(topic_of(i), wanted_[i].partition.number);
  }
  Probe(const Probe&) = delete;
  Probe& operator=(const Probe&) = delete;

  Result<std::vector<std::optional<LastRecord>>> read(int64_t deadline_ns) {
    const int64_t begin_ns = client_.clock().monotonic_ns();
    PS_TRY(start());
    // A queue for each: in a common one the records behind the first answer keep it full, and then the client does not
    // fetch the other partitions.
    for (size_t i = 0; open_ > 0;) {
      if (answers_[i].known) {
        ++i;
        continue;
      }
      const MessageHandle message(rd_kafka_consume(topic_of(i), wanted_[i].partition.number, kStepMs));
      if (message != nullptr) PS_TRY(take(*message));
      client_.serve(0);
      PS_TRY(client_.check());
      const int64_t now = client_.clock().monotonic_ns();
      if (open_ > 0 && now >= deadline_ns) {
        return unreachable(client_.settings(), (now - begin_ns) / kNsPerMs, client_.trouble());
      }
    }
    std::vector<std::optional<LastRecord>> records;
    for (const Answer& answer : answers_)
      records.push_back(answer.record);
    return records;
  }

 private:
  struct Answer {
    bool known = false;
    std::optional<LastRecord> record;
  };

  rd_kafka_topic_t* topic_of(size_t i) const { return topics_.at(wanted_[i].partition.topic).get(); }

  Result<void> start() {
    for (const WantedRecord& wanted : wanted_) {
      KafkaTopicHandle& topic = topics_[wanted.partition.topic];
      if (topic == nullptr) {
        PS_TRY(topic, client_.open_topic(wanted.partition.topic));
      }
      if (rd_kafka_consume_start(topic.get(), wanted.partition.number, wanted.offset) != 0) {
        return Error(ErrorCode::kConnectionError, "cannot read offset {} of partition {} of topic \"{}\" again: {}",
                     wanted.offset, wanted.partition.number, wanted.partition.topic,
                     rd_kafka_err2str(rd_kafka_last_error()));
      }
      ++started_;
    }
    open_ = wanted_.size();
    return {};
  }

  // The first record or end of a partition is its answer.
  Result<void> take(const rd_kafka_message_t& message) {
    Answer* answer = answer_for(message);
    if (answer == nullptr || answer->known) return {};
    switch (message.err) {
      case RD_KAFKA_RESP_ERR_NO_ERROR: answer->record = record_of(message, *answer); break;
      case RD_KAFKA_RESP_ERR__PARTITION_EOF:
      case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
      case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE: break;
      case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
        return not_authorized(client_.settings(), fmt::format("read topic \"{}\"", rd_kafka_topic_name(message.rkt)));
      default: client_.note_trouble(rd_kafka_message_errstr(&message)); return {};
    }
    answer->known = true;
    --open_;
    return {};
  }

  Answer* answer_for(const rd_kafka_message_t& message) {
    if (message.rkt == nullptr) return nullptr;
    const std::string_view topic = rd_kafka_topic_name(message.rkt);
    for (size_t i = 0; i < wanted_.size(); ++i) {
      if (wanted_[i].partition.number == message.partition && wanted_[i].partition.topic == topic) return &answers_[i];
    }
    return nullptr;
  }

  std::optional<LastRecord> record_of(const rd_kafka_message_t& message, const Answer& answer) const {
    const auto i = static_cast<size_t>(&answer - answers_.data());
    if (message.offset != wanted_[i].offset) return std::nullopt;
    const RecordBatch::Record record = view_record(message);
    return LastRecord{record.offset, record.timestamp, hash_record(record)};
  }

  KafkaClient& client_;
  const std::vector<WantedRecord>& wanted_;
  std::map<std::string, KafkaTopicHandle> topics_;
  std::vector<Answer> answers_;
  size_t started_ = 0;
  size_t open_ = 0;  // Answers that are not there yet.
};

}  // namespace

Result<std::vector<std::optional<LastRecord>>> read_records(const ProbeContext& context,
                                                            const std::vector<WantedRecord>& wanted,
                                                            int64_t deadline_ns) {
  if (wanted.empty()) return std::vector<std::optional<LastRecord>>();
  PS_TRY(
      const std::unique_ptr<KafkaClient> client,
      KafkaClient::open_consumer(context.settings, probe_properties(context.client_id), context.clock, context.logger));
  return Probe(*client, wanted).read(deadline_ns);
}

}  // namespace penstock

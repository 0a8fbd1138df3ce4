// SPDX-License-Identifier: Apache-2.0
// What becomes of stored positions at a start (reliability P1 to P5): each fits what the brokers list, or it is a
// trouble that a person has to accept. Judges by numbers; asks nobody. For the files of this folder only.
//
//   listed partitions, cluster --> judge --> to_compare() --> records read again --> compare() --> partitions()
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "connectors/kafka/kafka_connection.h"
#include "connectors/kafka/kafka_probe.h"
#include "connectors/kafka/kafka_topics.h"
#include "dataflow/source.h"

namespace penstock {

// A partition as the brokers have it.
struct ListedPartition {
  TopicPartition partition;
  int64_t begin = 0;
  int64_t end = 0;
};

class KafkaResume {
 public:
  // `topics`: what $source names. `listed`: all partitions of those that exist. All must outlive it.
  KafkaResume(const KafkaSettings& settings, const SourceStart& start, const std::vector<std::string>& topics,
              const std::vector<ListedPartition>& listed, const std::string& cluster_id);

  // The records to read again, and what came of it, in the same order; both belong to every resume.
  std::vector<WantedRecord> to_compare() const;
  void compare(const std::vector<std::optional<LastRecord>>& found, Logger& logger);

  // Stored partitions in their order, then new ones from their beginning; without ids. kStateRefused when there is a
  // trouble that is not accepted; what is accepted is logged.
  Result<std::vector<SourcePartition>> partitions(Logger& logger) const;

 private:
  enum class Trouble {
    kNone,
    kNotNamed,
    kNotListed,
    kLostRecords,
    kOtherCluster,
    kBeyondEnd,
    kOtherRecord,
    kOtherTopic
  };
  struct Judged {
    Trouble trouble = Trouble::kNone;
    const ListedPartition* listed = nullptr;
    bool same = false;  // The record was read again and is the same.
    EventTime found;    // kOtherRecord: its timestamp.
  };
  struct Remedy;
  static const Remedy& remedy(Trouble trouble);

  Judged judge(const StoredPartition& stored) const;
  bool has_to_be_compared(size_t i) const;
  void spread();
  bool accepted(Trouble trouble) const;
  std::string describe(size_t i) const;
  Result<void> refuse() const;
  void append_stored(size_t i, std::vector<SourcePartition>& to, Logger& logger) const;
  void append_new(std::vector<SourcePartition>& to, Logger& logger) const;

  const KafkaSettings& settings_;
  const SourceStart& start_;
  const std::vector<std::string>& topics_;
  const std::vector<ListedPartition>& listed_;
  const std::string& cluster_id_;
  std::map<std::pair<std::string, int32_t>, const ListedPartition*> by_name_;
  std::vector<Judged> judged_;  // As SourceStart::stored.
};

}  // namespace penstock

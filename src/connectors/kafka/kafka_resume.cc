// SPDX-License-Identifier: Apache-2.0
#include "connectors/kafka/kafka_resume.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "connectors/kafka/kafka_error.h"

namespace penstock {
namespace {

constexpr size_t kSpelledOutMax = 3;  // Of one trouble; the others are counted.

}  // namespace

// What a person can accept, and what happens then.
struct KafkaResume::Remedy {
  bool SourceLosses::* accepted;
  std::string_view option;
};

const KafkaResume::Remedy& KafkaResume::remedy(Trouble trouble) {
  static constexpr Remedy kLost{&SourceLosses::lost_records,
                                "--accept lost-records to read on from the first record there is"};
  static constexpr Remedy kNew{&SourceLosses::new_topic,
                               "--accept new-topic to read what is there now from its beginning"};
  static constexpr Remedy kMissing{&SourceLosses::missing_partitions,
                                   "--accept missing-partitions to go on without what is missing"};
  switch (trouble) {
    case Trouble::kNotNamed:
    case Trouble::kNotListed: return kMissing;
    case Trouble::kLostRecords: return kLost;
    default: return kNew;
  }
}

KafkaResume::KafkaResume(const KafkaSettings& settings, const SourceStart& start,
                         const std::vector<std::string>& topics, const std::vector<ListedPartition>& listed,
                         const std::string& cluster_id)
    : settings_(settings), start_(start), topics_(topics), listed_(listed), cluster_id_(cluster_id) {
  for (const ListedPartition& partition : listed_)
    by_name_[{partition.partition.topic, partition.partition.number}] = &partition;
  for (const StoredPartition& stored : start_.stored)
    judged_.push_back(judge(stored));
}

KafkaResume::Judged KafkaResume::judge(const StoredPartition& stored) const {
  if (std::ranges::find(topics_, stored.topic) == topics_.end()) return {Trouble::kNotNamed};
  const auto at = by_name_.find({stored.topic, stored.number});
  if (at == by_name_.end()) return {Trouble::kNotListed};
  const ListedPartition* listed = at->second;
  const bool other_cluster = !cluster_id_.empty() && !start_.cluster_id.empty() && cluster_id_ != start_.cluster_id;
  if (other_cluster) return {Trouble::kOtherCluster, listed};
  if (stored.position > listed->end) return {Trouble::kBeyondEnd, listed};
  if (stored.position < listed->begin) return {Trouble::kLostRecords, listed};
  return {Trouble::kNone, listed};
}

bool KafkaResume::has_to_be_compared(size_t i) const {
  const Judged& judged = judged_[i];
  return judged.trouble == Trouble::kNone && start_.stored[i].last.offset >= judged.listed->begin;
}

std::vector<WantedRecord> KafkaResume::to_compare() const {
  std::vector<WantedRecord> wanted;
  for (size_t i = 0; i < judged_.size(); ++i) {
    const StoredPartition& stored = start_.stored[i];
    if (has_to_be_compared(i)) wanted.push_back({{stored.topic, stored.number}, stored.last.offset});
  }
  return wanted;
}

void KafkaResume::compare(const std::vector<std::optional<LastRecord>>& found, Logger& logger) {
  size_t next = 0;
  for (size_t i = 0; i < judged_.size(); ++i) {
    if (!has_to_be_compared(i)) continue;
    const std::optional<LastRecord>& record = found[next++];
    const StoredPartition& stored = start_.stored[i];
    if (!record) {
      logger.info("partition {} of topic \"{}\": the record at offset {} is not there any more and was not compared",
                  stored.number, stored.topic, stored.last.offset);
      continue;
    }
    judged_[i].same = record->timestamp == stored.last.timestamp && record->hash == stored.last.hash;
    judged_[i].found = record->timestamp;
    if (!judged_[i].same) judged_[i].trouble = Trouble::kOtherRecord;
  }
  spread();
}

// One partition shows that the topic is another one: then so are those that show nothing, unless one of them was found
// to be the same, which means that single partitions were cut.
void KafkaResume::spread() {
  std::set<std::string> other;
  for (size_t i = 0; i < judged_.size(); ++i) {
    const Trouble trouble = judged_[i].trouble;
    if (trouble == Trouble::kBeyondEnd || trouble == Trouble::kOtherRecord) other.insert(start_.stored[i].topic);
  }
  for (size_t i = 0; i < judged_.size(); ++i) {
    if (judged_[i].same) other.erase(start_.stored[i].topic);
  }
  for (size_t i = 0; i < judged_.size(); ++i) {
    const bool silent = judged_[i].trouble == Trouble::kNone || judged_[i].trouble == Trouble::kLostRecords;
    if (silent && other.contains(start_.stored[i].topic)) judged_[i].trouble = Trouble::kOtherTopic;
  }
}

bool KafkaResume::accepted(Trouble trouble) const {
  return trouble == Trouble::kNone || start_.accepted.*remedy(trouble).accepted;
}

std::string KafkaResume::describe(size_t i) const {
  const StoredPartition& stored = start_.stored[i];
  const Judged& judged = judged_[i];
  const std::string what = fmt::format("partition {} of topic \"{}\" was read up to offset {}, ", stored.number,
                                       stored.topic, stored.position);
  switch (judged.trouble) {
    case Trouble::kNone: return what;
    case Trouble::kNotNamed: return what + "and $source does not name the topic any more";
    case Trouble::kNotListed: {
      const auto count = std::ranges::count(listed_, stored.topic,
                                            [](const ListedPartition& listed) { return listed.partition.topic; });
      return what + (count == 0 ? std::string("and the topic is not there")
                                : fmt::format("and the topic has {} partition{}", count, count == 1 ? "" : "s"));
    }
    case Trouble::kLostRecords: {
      const int64_t gone = judged.listed->begin - stored.position;
      return fmt::format("{}but begins at {}: {} record{} gone", what, judged.listed->begin, gone,
                         gone == 1 ? " is" : "s are");
    }
    case Trouble::kOtherCluster:
      return fmt::format("{}in cluster {}, but this is cluster {}", what, start_.cluster_id, cluster_id_);
    case Trouble::kBeyondEnd:
      return fmt::format("{}but ends at {}: the topic was made anew, or cut", what, judged.listed->end);
    case Trouble::kOtherRecord:
      return fmt::format("{}but has another record at {} (time {} ms, was {} ms): the topic was made anew, or cut",
                         what, stored.last.offset, judged.found.ms, stored.last.timestamp.ms);
    case Trouble::kOtherTopic:
      return fmt::format("{}and holds {} to {} of what seems to be another topic", what, judged.listed->begin,
                         judged.listed->end);
  }
  return what;
}

Result<void> KafkaResume::refuse() const {
  std::map<Trouble, size_t> counts;
  std::vector<std::string> spelled_out;
  std::vector<std::string_view> options;
  for (size_t i = 0; i < judged_.size(); ++i) {
    const Trouble trouble = judged_[i].trouble;
    if (accepted(trouble)) continue;
    if (++counts[trouble] <= kSpelledOutMax) spelled_out.push_back(describe(i));
    const std::string_view option = remedy(trouble).option;
    if (std::ranges::find(options, option) == options.end()) options.push_back(option);
  }
  if (counts.empty()) return {};
  size_t all = 0;
  for (const auto& [trouble, count] : counts)
    all += count;
  const size_t more = all - spelled_out.size();
  const std::string rest = more == 0 ? std::string() : fmt::format("; and {} more", more);
  return Error(ErrorCode::kStateRefused, "the stored positions do not fit Kafka at {}: {}{}. Start with {}.",
               settings_.bootstrap, fmt::join(spelled_out, "; "), rest, fmt::join(options, ", and with "));
}

Result<std::vector<SourcePartition>> KafkaResume::partitions(Logger& logger) const {
  PS_TRY(refuse());
  std::vector<SourcePartition> all;
  for (size_t i = 0; i < judged_.size(); ++i)
    append_stored(i, all, logger);
  append_new(all, logger);
  return all;
}

void KafkaResume::append_stored(size_t i, std::vector<SourcePartition>& to, Logger& logger) const {
  const Judged& judged = judged_[i];
  if (judged.listed == nullptr) {
    logger.warning("{}; it is left out, as accepted", describe(i));
    return;
  }
  const StoredPartition& stored = start_.stored[i];
  SourcePartition partition{.topic = stored.topic,
                            .number = stored.number,
                            .position = stored.position,
                            .end = judged.listed->end,
                            .stored = i};
  if (judged.trouble != Trouble::kNone) {
    partition.position = judged.listed->begin;
    if (judged.trouble != Trouble::kLostRecords) partition.stored.reset();
    logger.warning("{}; it is read from offset {}, as accepted", describe(i), partition.position);
  }
  to.push_back(std::move(partition));
}

void KafkaResume::append_new(std::vector<SourcePartition>& to, Logger& logger) const {
  std::set<std::pair<std::string_view, int32_t>> stored;
  for (const StoredPartition& partition : start_.stored)
    stored.emplace(partition.topic, partition.number);
  for (const ListedPartition& listed : listed_) {
    const TopicPartition& name = listed.partition;
    if (stored.contains({name.topic, name.number})) continue;
    logger.info("partition {} of topic \"{}\" is new: it is read from its beginning, offset {} (of {})", name.number,
                name.topic, listed.begin, listed.end);
    to.push_back({.topic = name.topic, .number = name.number, .position = listed.begin, .end = listed.end});
  }
}

}  // namespace penstock

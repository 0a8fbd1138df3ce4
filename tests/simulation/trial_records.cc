// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/trial_records.h"

#include <fmt/format.h>

#include <charconv>
#include <set>

#include "bson/ejson.h"
#include "time/window.h"

namespace penstock {
namespace {

std::string window_stage(std::string_view options, std::string_view accumulators) {
  return fmt::format(
      R"({{"$tumblingWindow": {{"interval": {{"size": {}, "unit": "ms"}}, {}, "pipeline": [{{"$group": {{
           "_id": {{"k": "$k", "start": {{"$meta": "stream.window.start"}}}}, {}}}}},
           {{"$project": {{"_id": 0, "k": "$_id.k", "start": "$_id.start", "ids": 1, "n": 1, "last": 1}}}}]}}}})",
      kTrialWindowMs, options, accumulators);
}

// The number behind "id": in a text that may be cut off.
int64_t id_in(std::string_view text) {
  const size_t at = text.find("\"id\":");
  if (at == std::string_view::npos) return -1;
  int64_t id = -1;
  std::from_chars(text.data() + at + 5, text.data() + text.size(), id);
  return id;
}

}  // namespace

// What was found of the records.
struct TrialRecords::Found {
  std::vector<int> times;                                     // How often each record is there; -1 unknown.
  std::vector<bool> dead;                                     // It is a dead letter.
  std::map<std::pair<int64_t, std::string>, int64_t> counts;  // Of kCount: window start and key.
};

std::string TrialRecords::definition() const {
  std::string stages;
  switch (pipeline_) {
    case TrialPipeline::kPush:
      stages = window_stage(R"("allowedLateness": {"size": 30, "unit": "ms"})", R"("ids": {"$push": "$id"})");
      break;
    case TrialPipeline::kCount:
      stages = window_stage(R"("allowedLateness": {"size": 30, "unit": "ms"})",
                            R"("n": {"$count": {}}, "last": {"$max": "$id"})");
      break;
    case TrialPipeline::kProcessing:
      stages = window_stage(R"("boundary": "processingTime")", R"("ids": {"$push": "$id"})");
      break;
    case TrialPipeline::kStateless: stages = R"({"$match": {"id": {"$gte": 0}}}, {"$project": {"id": 1}})"; break;
  }
  return fmt::format(
      R"({{"name": "trial", "pipeline": [{{"$source": {{"connectionName": "k", "topic": "trades"}}}}, {},
         {{"$merge": {{"into": {{"connectionName": "m", "db": "d", "coll": "c"}}}}}}],
         "options": {{"dlq": {{"connectionName": "m", "db": "d", "coll": "dead"}}}}}})",
      stages);
}

void TrialRecords::append(MemorySource& source, Random& random, int count) {
  for (int i = 0; i < count; ++i) {
    time_ = time_ + Duration{static_cast<int64_t>(random.below(12))};
    constexpr int64_t kDisorder[] = {0, 0, 0, 5, 40, 300};
    const Record record{{time_.ms - kDisorder[random.below(6)]},
                        std::string(1, static_cast<char>('a' + random.below(3)))};
    const bool broken = random.below(20) == 0;
    source.append(static_cast<uint32_t>(random.below(partitions_)),
                  fmt::format(R"({{"id":{},"k":"{}"{})", records_.size(), record.key, broken ? "" : "}"), record.time);
    records_.push_back(record);
  }
}

std::string TrialRecords::read_letters(const SimulatedServer& server, Found& found) const {
  for (const auto& [name, letter] : server.dead_letters) {
    const Document subject = letter.view().get("doc").as_object();
    const Value raw = subject.get("raw");
    // A refused result holds records of its own.
    if (subject.has("ids") || subject.has("n")) {
      if (std::string problem = check_group(subject, found); !problem.empty()) return problem;
      continue;
    }
    const int64_t id = raw.is_missing() ? subject.get("id").as_int() : id_in(raw.bytes());
    if (id < 0) return "a dead letter without a record: " + to_json(letter.view());
    ++found.times[static_cast<size_t>(id)];
    found.dead[static_cast<size_t>(id)] = true;
  }
  return {};
}

std::string TrialRecords::check_group(Document document, Found& found) const {
  const EventTime start = document.get("start").as_date();
  const std::string key(document.get("k").as_string());
  if (pipeline_ == TrialPipeline::kCount) {
    if (found.counts.contains({start.ms, key})) return fmt::format("window {} came out twice for {}", start.ms, key);
    found.counts[{start.ms, key}] = document.get("n").as_int();
    return {};
  }
  for (const Element& element : document.get("ids").as_array()) {
    const auto id = static_cast<size_t>(element.value.as_int());
    ++found.times[id];
    const bool own = records_[id].key == key && window_start(records_[id].time, {kTrialWindowMs}, {0}) == start;
    if (pipeline_ == TrialPipeline::kPush && !own)
      return fmt::format("record {} is in window {} of {}", id, start.ms, key);
  }
  return {};
}

std::string TrialRecords::read_documents(const SimulatedServer& server, Found& found) const {
  std::set<std::pair<int64_t, std::string>> windows;
  for (const auto& [name, document] : server.documents) {
    if (pipeline_ == TrialPipeline::kStateless) {
      ++found.times[static_cast<size_t>(document.view().get("id").as_int())];
      continue;
    }
    const EventTime start = document.view().get("start").as_date();
    if (!windows.emplace(start.ms, document.view().get("k").as_string()).second) {
      return fmt::format("window {} came out twice", start.ms);
    }
    if (std::string problem = check_group(document, found); !problem.empty()) return problem;
  }
  return {};
}

// Windows that count: what is not a dead letter is in the count of its window.
std::string TrialRecords::check_counts(const Found& found) const {
  std::map<std::pair<int64_t, std::string>, int64_t> expected;
  for (size_t id = 0; id < records_.size(); ++id) {
    if (found.times[id] > 1) return fmt::format("record {} is a dead letter twice", id);
    if (found.dead[id]) continue;
    ++expected[{window_start(records_[id].time, {kTrialWindowMs}, {0}).ms, records_[id].key}];
  }
  if (expected == found.counts) return {};
  int64_t sum = 0;
  int64_t sum_found = 0;
  for (const auto& [window, n] : expected)
    sum += n;
  for (const auto& [window, n] : found.counts)
    sum_found += n;
  return fmt::format("the windows count {} records, expected {}", sum_found, sum);
}

std::string TrialRecords::check(const SimulatedServer& server, bool transactions, bool whole) const {
  Found found{std::vector<int>(records_.size()), std::vector<bool>(records_.size()), {}};
  if (std::string problem = read_documents(server, found); !problem.empty()) return problem;
  if (std::string problem = read_letters(server, found); !problem.empty()) return problem;
  for (const auto& [id, times] : server.applied) {
    if (transactions && times != 1) return fmt::format("document {} was added {} times", id, times);
  }
  if (pipeline_ == TrialPipeline::kCount) return whole ? check_counts(found) : "";
  for (size_t id = 0; id < records_.size(); ++id) {
    if (found.times[id] > 1) return fmt::format("record {} is there {} times", id, found.times[id]);
    if (whole && found.times[id] == 0) return fmt::format("record {} is lost", id);
  }
  return {};
}

}  // namespace penstock

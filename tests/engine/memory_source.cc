// SPDX-License-Identifier: Apache-2.0
#include "tests/engine/memory_source.h"

#include <algorithm>
#include <map>

#include "base/check.h"

namespace penstock {
namespace {

constexpr std::string_view kTopic = "trades";

}  // namespace

class MemorySource::Reader final : public SourceReader {
 public:
  explicit Reader(MemorySource& source) : source_(source) {}

  Result<void> add(const SourcePartition& partition) override {
    Place place{partition.position, 0};
    const std::vector<Entry>& entries = source_.logs_[partition.id.index].entries;
    while (place.next < entries.size() && entries[place.next].offset < partition.position)
      ++place.next;
    places_[partition.id.index] = place;
    source_.logs_[partition.id.index].waker = waker_;
    return {};
  }
  Result<PollStatus> poll(PartitionId partition, RecordBatch& batch, size_t records_max) override {
    Place& place = places_.at(partition.index);
    return source_.poll(partition.index, place.position, place.next, batch, records_max);
  }
  void set_waker(Waker* waker) override {
    waker_ = waker;
    for (const auto& [index, place] : places_)
      source_.logs_[index].waker = waker;
  }
  size_t queued_bytes() const override { return source_.queued_bytes_; }

 private:
  struct Place {
    int64_t position;
    size_t next;
  };
  MemorySource& source_;
  std::map<uint32_t, Place> places_;
  Waker* waker_ = nullptr;
};

MemorySource::MemorySource(size_t partitions, size_t batch_max, std::optional<uint64_t> seed)
    : logs_(partitions), announced_(partitions), batch_max_(batch_max) {
  if (seed) random_.emplace(*seed);
}

void MemorySource::append(uint32_t partition, MemoryRecord record) {
  Log& log = logs_[partition];
  log.entries.push_back({log.end++, std::move(record)});
  if (log.waker != nullptr) log.waker->wake();
}

void MemorySource::append(uint32_t partition, std::string_view json, EventTime time) {
  append(partition, MemoryRecord{.value = std::string(json), .time = time, .key = {}});
}

void MemorySource::skip_offsets(uint32_t partition, int64_t count) { logs_[partition].end += count; }

uint32_t MemorySource::add_partition() {
  logs_.emplace_back();
  return static_cast<uint32_t>(logs_.size() - 1);
}

SourcePartition MemorySource::describe(uint32_t partition) const {
  const Log& log = logs_[partition];
  return {.id = {partition},
          .topic = std::string(kTopic),
          .number = static_cast<int32_t>(partition),
          .position = log.start,
          .end = log.end};
}

void MemorySource::reopen() {
  for (Log& log : logs_)
    log.waker = nullptr;
}

Result<std::vector<SourcePartition>> MemorySource::open(const SourceStart& start) {
  std::vector<SourcePartition> partitions;
  for (uint32_t i = 0; i < logs_.size(); ++i) {
    partitions.push_back(describe(i));
    if (start.stored.empty()) continue;
    partitions[i].position = i < start.stored.size() ? start.stored[i].position : 0;
    if (i < start.stored.size()) partitions[i].stored = i;
  }
  announced_ = logs_.size();
  return partitions;
}

void MemorySource::publish(const std::vector<PublishedPosition>& positions) {
  published_.assign(positions.size(), 0);
  for (const PublishedPosition& position : positions)
    published_[position.partition.index] = position.position;
}

std::vector<SourcePartition> MemorySource::take_new_partitions() {
  std::vector<SourcePartition> fresh;
  for (; announced_ < logs_.size(); ++announced_)
    fresh.push_back(describe(static_cast<uint32_t>(announced_)));
  return fresh;
}

std::unique_ptr<SourceReader> MemorySource::make_reader() { return std::make_unique<Reader>(*this); }

SourceMeta MemorySource::meta(PartitionId partition) const {
  return {.type = "kafka", .topic = kTopic, .partition = static_cast<int32_t>(partition.index)};
}

std::vector<int64_t> MemorySource::ends() const {
  std::vector<int64_t> ends;
  for (const Log& log : logs_)
    ends.push_back(log.end);
  return ends;
}

Result<PollStatus> MemorySource::poll(uint32_t partition, int64_t& position, size_t& next, RecordBatch& batch,
                                      size_t records_max) {
  Log& log = logs_[partition];
  batch.clear();
  batch.partition = {partition};
  batch.next_position = position;
  if (log.failure) return std::move(*std::exchange(log.failure, std::nullopt));
  if (!log.answering) return PollStatus::kEmpty;
  if (position >= log.end) return PollStatus::kAtEnd;
  size_t most = std::min(records_max, batch_max_);
  if (random_) most = 1 + random_->below(most);
  for (; batch.size() < most && next < log.entries.size(); ++next) {
    const auto& [offset, record] = log.entries[next];
    batch.append({.value = record.value,
                  .key = record.key,
                  .offset = offset,
                  .timestamp = record.time,
                  .value_is_null = record.is_null,
                  .has_timestamp = record.has_timestamp});
    batch.next_position = offset + 1;
  }
  if (next == log.entries.size()) batch.next_position = log.end;
  position = batch.next_position;
  log.read_to = position;
  ++polls_with_records_;
  return PollStatus::kRecords;
}

}  // namespace penstock

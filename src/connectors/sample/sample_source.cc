// SPDX-License-Identifier: Apache-2.0
#include "connectors/sample/sample_source.h"

#include <algorithm>
#include <iterator>
#include <string_view>

#include "base/did_you_mean.h"
#include "connectors/sample/solar.h"

namespace penstock {
namespace {

constexpr std::string_view kSolar = "sample_stream_solar";
// Further names of the Admin API (reference control-plane B5.3), of data that is published nowhere.
constexpr std::string_view kUnsupported[] = {"samplestock", "sampleweather", "sampleiot", "samplelog",
                                             "samplecommerce"};
constexpr Duration kKept{3600 * 1000};               // How far back the beginning is.
constexpr EventTime kLastTime{253'402'300'799'999};  // 9999-12-31T23:59:59.999Z
constexpr int64_t kNsPerMs = 1'000'000;

class SampleReader final : public SourceReader {
 public:
  SampleReader(const SolarReadings& readings, bool bounded, const Clock& clock)
      : readings_(readings), bounded_(bounded), clock_(clock) {}

  Result<void> add(const SourcePartition& partition) override {
    PS_CHECK(partition.id.index == 0 && partition.position >= 0);
    position_ = partition.position;
    end_ = partition.end;
    return {};
  }

  Result<PollStatus> poll(PartitionId partition, RecordBatch& batch, size_t records_max) override {
    batch.clear();
    batch.partition = partition;
    const EventTime now = clock_.now();
    for (; batch.size() < records_max && !(bounded_ && position_ >= end_); ++position_) {
      const EventTime time = readings_.time_of(position_);
      if (time > now) break;
      readings_.write(position_, text_);
      batch.append(
          {.value = text_, .offset = position_, .timestamp = time, .key_is_null = true, .has_timestamp = true});
    }
    batch.next_position = position_;
    return batch.empty() ? PollStatus::kAtEnd : PollStatus::kRecords;
  }

  // Readings come by the clock: nobody wakes.
  void set_waker(Waker*) override {}
  int64_t next_poll_ns() const override {
    if (bounded_ && position_ >= end_) return kNeverNs;
    const Duration left = readings_.time_of(position_) - clock_.now();
    return clock_.monotonic_ns() + std::max<int64_t>(left.ms, 0) * kNsPerMs;
  }
  size_t queued_bytes() const override { return 0; }

 private:
  const SolarReadings& readings_;
  const bool bounded_;
  const Clock& clock_;
  int64_t position_ = 0;
  int64_t end_ = 0;
  std::string text_;
};

class SampleSource final : public Source {
 public:
  SampleSource(std::string name, const SampleSourceOptions& options, const Clock& clock, Logger& logger)
      : name_(std::move(name)), options_(options), readings_(options.seed), clock_(clock), logger_(logger) {}

  Result<std::vector<SourcePartition>> open(const SourceStart& start) override {
    SourcePartition partition{.topic = name_, .position = first_position(start.position), .end = end()};
    if (!start.stored.empty()) {
      const StoredPartition& stored = start.stored.front();
      const bool possible = stored.position >= 0 && stored.position <= readings_.position_of(kLastTime);
      if (start.stored.size() > 1 || stored.topic != name_ || stored.number != 0 || !possible) {
        return Error(ErrorCode::kStateRefused,
                     "the stored positions are none of \"{}\": {} partitions, the first is {} of \"{}\" at {}. "
                     "Begin anew with --fresh",
                     name_, start.stored.size(), stored.number, stored.topic, stored.position);
      }
      partition.position = stored.position;
      partition.stored = 0;
    }
    if (const Duration ahead = readings_.time_of(partition.position) - clock_.now(); ahead > Duration{2000}) {
      logger_.info("\"{}\" is read from a time that comes in {} s: nothing is read until then", name_, ahead.ms / 1000);
    }
    return std::vector<SourcePartition>{partition};
  }

  std::string cluster_id() const override { return {}; }
  void publish(const std::vector<PublishedPosition>&) override {}
  std::vector<SourcePartition> take_new_partitions() override { return {}; }
  std::unique_ptr<SourceReader> make_reader() override {
    return std::make_unique<SampleReader>(readings_, options_.bounded, clock_);
  }
  SourceMeta meta(PartitionId) const override { return {.type = "generated", .topic = name_, .partition = 0}; }
  std::vector<int64_t> ends() const override { return {end()}; }
  std::string trouble() const override { return {}; }

 private:
  // Behind the newest reading that is there.
  int64_t end() const { return readings_.position_of({clock_.now().ms + 1}); }

  int64_t first_position(const StartPosition& start) const {
    switch (start.kind) {
      case StartPosition::Kind::kBeginning: return readings_.position_of(clock_.now() - kKept);
      case StartPosition::Kind::kTime: return readings_.position_of(std::min(start.time, kLastTime));
      case StartPosition::Kind::kDefault:
      case StartPosition::Kind::kEnd: break;
    }
    return end();
  }

  const std::string name_;
  const SampleSourceOptions options_;
  const SolarReadings readings_;
  const Clock& clock_;
  Logger& logger_;
};

}  // namespace

Result<void> check_sample_connection(const Connection& connection) {
  if (connection.name == kSolar) return {};
  if (std::ranges::find(kUnsupported, connection.name) != std::end(kUnsupported)) {
    return Error(ErrorCode::kInvalidDefinition,
                 "the sample data \"{}\" is not supported by this version of Penstock yet; \"{}\" is", connection.name,
                 kSolar)
        .at("name");
  }
  const std::string_view known[] = {kSolar};
  return Error(ErrorCode::kInvalidDefinition,
               "the name of a connection of type Sample is the name of its data: there is \"{}\", not \"{}\".{}",
               kSolar, connection.name, did_you_mean(connection.name, known))
      .at("name");
}

Result<std::unique_ptr<Source>> make_sample_source(const Connection& connection, const SampleSourceOptions& options,
                                                   const Clock& clock, Logger& logger) {
  PS_TRY(check_sample_connection(connection));
  return std::unique_ptr<Source>(std::make_unique<SampleSource>(connection.name, options, clock, logger));
}

}  // namespace penstock

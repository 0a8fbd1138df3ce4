// SPDX-License-Identifier: Apache-2.0
#include "api/wire/processor_statistics.h"

#include <map>

#include "api/wire/processor_replies.h"

namespace penstock {
namespace {

constexpr size_t kTargetsMax = 100;

Value count(uint64_t n) { return Value::int64(static_cast<int64_t>(n)); }

// Sizes are divided by the scale people asked for; counts never are.
class StatisticsWriter {
 public:
  StatisticsWriter(const ProcessorView& view, const StatsRequest& request, DocumentBuilder& to)
      : view_(view), request_(request), to_(to) {}

  void write() {
    const ProcessorSnapshot none;
    const ProcessorSnapshot& run = view_.run ? *view_.run : none;
    to_.append("name", Value::string(view_.record.name));
    to_.append("processorId", Value::string(view_.record.id));
    const bool on_a_worker = view_.state != ProcessorState::kCreated && view_.state != ProcessorState::kStopped;
    if (on_a_worker) to_.append("status", Value::string(status_of(view_.state)));
    to_.append("scaleFactor", Value::int64(request_.scale));
    write_summary(run);
    if (run.watermark) to_.append("watermark", Value::date(*run.watermark));
    to_.append("addedParallelism", Value::int32(0));  // No stage takes a parallelism of its own.
    if (request_.verbose) write_details(run);
    if (run.source_type == "kafka") write_partitions(run);
    to_.append("ok", Value::int32(1));
  }

 private:
  Value size(uint64_t bytes) const {
    return Value::number(static_cast<double>(bytes) / static_cast<double>(request_.scale));
  }
  Value whole_size(uint64_t bytes) const { return Value::int64(static_cast<int64_t>(bytes) / request_.scale); }

  void write_summary(const ProcessorSnapshot& run) {
    const CheckpointCounters& total = run.total;
    to_.append("inputMessageCount", count(total.records - total.bad_records));
    to_.append("inputMessageSize", size(total.bytes - total.bad_bytes));
    to_.append("outputMessageCount", count(total.documents_out));
    to_.append("outputMessageSize", size(total.bytes_out));
    to_.append("dlqMessageCount", count(total.dead_letters));
    to_.append("dlqMessageSize", size(total.dead_letter_bytes));
    to_.append("stateSize", whole_size(run.state_bytes));
    to_.append("memoryTrackerBytes", count(run.memory_bytes));
    to_.append("memoryUsageBytes", count(run.memory_bytes));
  }

  void write_details(const ProcessorSnapshot& run) {
    if (run.latency) write_latency(*run.latency);
    write_windows(run.windows);
    const size_t rows = to_.begin_array("operatorStats");
    char scratch[12];
    for (size_t i = 0; i < run.operators.size(); ++i) {
      const size_t row = to_.begin_object(index_name(static_cast<uint32_t>(i), scratch));
      const bool last = i + 1 == run.operators.size();
      write_operator(run.operators[i]);
      if (i == 0 && run.source_type == "kafka") write_topics(run);
      if (last && i > 0) write_target(run.operators[i].counters);
      to_.end(row);
    }
    to_.end(rows);
  }

  void write_operator(const OperatorSnapshot& row) {
    const StageCounters& counters = row.counters;
    to_.append("name", Value::string(row.name));
    to_.append("inputMessageCount", count(counters.in));
    to_.append("inputMessageSize", size(counters.in_bytes));
    to_.append("outputMessageCount", count(counters.out));
    to_.append("outputMessageSize", size(counters.out_bytes));
    to_.append("dlqMessageCount", count(counters.dead_letters));
    to_.append("dlqMessageSize", size(counters.dead_letter_bytes));
    to_.append("stateSize", whole_size(counters.state_bytes));
    to_.append("maxMemoryUsage", whole_size(counters.memory_bytes));
    to_.append("executionTimeMillis", Value::int64(counters.busy_ns / 1'000'000));
    to_.append("timeSpentMillis", Value::int64(counters.busy_ns / 1'000'000));
    write_windows(row.windows);
  }

  void write_windows(const std::optional<OpenWindows>& windows) {
    if (!windows) return;
    to_.append("minOpenWindowStartTime", Value::date(windows->first_start));
    to_.append("maxOpenWindowStartTime", Value::date(windows->last_start));
  }

  void write_latency(const LatencySummary& latency) {
    const size_t mark = to_.begin_object("latency");
    to_.append("p50", Value::int64(latency.p50_us));
    to_.append("p99", Value::int64(latency.p99_us));
    to_.append("start", Value::date(latency.start));
    to_.append("end", Value::date(latency.end));
    to_.append("unit", Value::string("microseconds"));
    to_.append("count", count(latency.count));
    to_.append("sum", Value::int64(latency.sum_us));
    to_.end(mark);
  }

  // What came from each topic.
  void write_topics(const ProcessorSnapshot& run) {
    std::map<std::string_view, std::pair<uint64_t, uint64_t>> topics;
    for (const PartitionSnapshot& partition : run.partitions) {
      auto& [records, bytes] = topics[partition.topic];
      records += partition.records;
      bytes += partition.bytes;
    }
    const size_t targets = to_.begin_array("targetStats");
    uint32_t index = 0;
    char scratch[12];
    for (const auto& [topic, read] : topics) {
      if (index == kTargetsMax) break;
      const size_t target = to_.begin_object(index_name(index++, scratch));
      to_.append("topic", Value::string(topic));
      to_.append("inputMessageCount", count(read.first));
      to_.append("inputMessageSize", size(read.second));
      to_.end(target);
    }
    to_.end(targets);
  }

  // Where the sink writes: one collection, as the pipeline says.
  void write_target(const StageCounters& counters) {
    const Document pipeline = view_.record.pipeline;
    Value last;
    for (const Element& stage : pipeline)
      last = stage.value;
    if (!last.is_object()) return;
    const Value merge = last.as_object().get("$merge");
    const Value into = merge.is_object() ? merge.as_object().get("into") : Value();
    if (!into.is_object()) return;
    const size_t targets = to_.begin_array("targetStats");
    const size_t target = to_.begin_object("0");
    to_.append("db", into.as_object().get("db"));
    to_.append("coll", into.as_object().get("coll"));
    to_.append("outputMessageCount", count(counters.out));
    to_.append("outputMessageSize", size(counters.out_bytes));
    to_.end(target);
    to_.end(targets);
  }

  void write_partitions(const ProcessorSnapshot& run) {
    const size_t rows = to_.begin_array("kafkaPartitions");
    uint32_t index = 0;
    char scratch[12];
    for (const PartitionSnapshot& partition : run.partitions) {
      const size_t row = to_.begin_object(index_name(index++, scratch));
      to_.append("partition", Value::int32(partition.number));
      to_.append("topic", Value::string(partition.topic));
      to_.append("currentOffset", Value::int64(partition.position));
      to_.append("checkpointOffset", Value::int64(partition.durable_position));
      if (partition.lag >= 0) to_.append("partitionOffsetLag", Value::int64(partition.lag));
      to_.append("isIdle", Value::boolean(partition.idle));
      if (request_.verbose && partition.watermark) to_.append("watermark", Value::date(*partition.watermark));
      to_.end(row);
    }
    to_.end(rows);
    if (run.lag_records >= 0) to_.append("kafkaTotalOffsetLag", Value::int64(run.lag_records));
  }

  const ProcessorView& view_;
  const StatsRequest& request_;
  DocumentBuilder& to_;
};

}  // namespace

void append_statistics(const ProcessorView& view, const StatsRequest& request, DocumentBuilder& to) {
  StatisticsWriter(view, request, to).write();
}

}  // namespace penstock

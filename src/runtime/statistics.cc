// SPDX-License-Identifier: Apache-2.0
#include "runtime/statistics.h"

namespace penstock {
namespace {

// By what the source calls itself.
std::string source_operator(std::string_view type) {
  if (type == "generated") return "SampleDataSourceOperator";
  if (type == "atlas") return "ChangeStreamConsumerOperator";
  return "KafkaConsumerOperator";
}

std::vector<std::string> names_of(const ProcessorPlan& plan) {
  std::vector<std::string> names{source_operator("")};
  for (const PlannedStage& stage : plan.before)
    names.push_back(operator_name_of(stage.name));
  if (plan.window) names.push_back(plan.window_operator);
  for (const PlannedStage& stage : plan.after)
    names.push_back(operator_name_of(stage.name));
  return names;
}

void widen(std::optional<OpenWindows>& windows, const std::optional<OpenWindows>& by) {
  if (!by) return;
  if (!windows) windows = by;
  windows->first_start = std::min(windows->first_start, by->first_start);
  windows->last_start = std::max(windows->last_start, by->last_start);
}

}  // namespace

Statistics::Statistics(const ProcessorPlan& plan, const Source& source, const Clock& clock,
                       const CheckpointCounters& earlier)
    : plan_(plan), source_(source), earlier_(earlier), names_(names_of(plan)), latency_(clock) {}

void Statistics::frozen(uint64_t seq, std::vector<ReadMark> reads) { awaited_.push_back({seq, std::move(reads)}); }

void Statistics::delivered(const Delivered& delivered) {
  sink_.in += delivered.documents + delivered.refused;
  sink_.in_bytes += delivered.bytes + delivered.refused_bytes;
  sink_.out += delivered.documents;
  sink_.out_bytes += delivered.bytes;
  sink_.dead_letters += delivered.refused;
  sink_.dead_letter_bytes += delivered.refused_bytes;
  sink_.busy_ns += delivered.busy_ns;
  while (!awaited_.empty() && awaited_.front().seq <= delivered.seq) {
    for (const ReadMark& mark : awaited_.front().reads)
      latency_.add(delivered.acknowledged_ns - mark.read_ns, mark.results);
    awaited_.pop_front();
  }
}

void Statistics::durable(std::span<const CheckpointPartition> partitions) {
  durable_positions_.clear();
  for (const CheckpointPartition& partition : partitions)
    durable_positions_.push_back(partition.position);
}

LaneCounters Statistics::counted(std::span<const LaneReply> lanes, const Freezer& freezer) const {
  LaneCounters sum;
  for (const LaneReply& lane : lanes)
    sum.add(lane.counters);
  sum.dead_letters += freezer.dead_letters_made() + sink_.dead_letters;
  return sum;
}

// Source, stages, window, stages behind it: the freezer's first one is the window's other half.
std::vector<StageCounters> Statistics::stages(std::span<const LaneReply> lanes, const Freezer& freezer) const {
  std::vector<StageCounters> sums(names_.size());
  for (const LaneReply& lane : lanes) {
    for (size_t i = 0; i < lane.stages.size(); ++i)
      sums[i].add(lane.stages[i]);
  }
  if (!plan_.window) return sums;
  for (size_t i = 0; i < freezer.stages().size(); ++i)
    sums[1 + plan_.before.size() + i].add(freezer.stages()[i]);
  return sums;
}

CheckpointCounters Statistics::totals(std::span<const LaneReply> lanes, const Freezer& freezer) const {
  const LaneCounters run = counted(lanes, freezer);
  CheckpointCounters total = earlier_;
  total.records += run.records;
  total.bytes += run.bytes;
  total.bad_records += run.bad_records;
  total.bad_bytes += run.bad_bytes;
  total.tombstones += run.tombstones;
  total.dead_letters += run.dead_letters;
  total.dead_letter_bytes += sink_.dead_letter_bytes;
  for (const StageCounters& stage : stages(lanes, freezer))
    total.dead_letter_bytes += stage.dead_letter_bytes;
  total.documents_out += sink_.out;
  total.bytes_out += sink_.out_bytes;
  total.windows_closed += freezer.windows_closed();
  return total;
}

ProcessorSnapshot Statistics::snapshot(std::span<const LaneReply> lanes, const Freezer& freezer) {
  ProcessorSnapshot next;
  next.in = counted(lanes, freezer);
  next.documents_out = sink_.out;
  next.windows_closed = freezer.windows_closed();
  next.total = totals(lanes, freezer);
  for (const LaneReply& lane : lanes) {
    next.open_windows = std::max(next.open_windows, lane.open_windows);
    next.state_bytes += lane.state_bytes;
    next.queued_bytes += lane.queued_bytes;
    widen(next.windows, lane.windows);
  }
  next.memory_bytes = next.state_bytes + next.queued_bytes;
  add_partitions(lanes, next);
  add_operators(lanes, freezer, next);
  next.latency = latency_.last();
  return next;
}

void Statistics::add_operators(std::span<const LaneReply> lanes, const Freezer& freezer, ProcessorSnapshot& to) const {
  const std::vector<StageCounters> sums = stages(lanes, freezer);
  for (size_t i = 0; i < sums.size(); ++i)
    to.operators.push_back({names_[i], sums[i], std::nullopt});
  to.operators.front().name = source_operator(to.source_type);
  if (plan_.window) to.operators[1 + plan_.before.size()].windows = to.windows;
  if (!plan_.sink_operator.empty()) to.operators.push_back({plan_.sink_operator, sink_, std::nullopt});
}

void Statistics::add_partitions(std::span<const LaneReply> lanes, ProcessorSnapshot& to) const {
  const std::vector<int64_t> ends = source_.ends();
  size_t count = 0;
  for (const LaneReply& lane : lanes) {
    for (const PartitionView& view : lane.partitions)
      count = std::max<size_t>(count, view.id.index + 1);
  }
  to.partitions.resize(count);
  to.lag_records = 0;
  for (const LaneReply& lane : lanes) {
    for (const PartitionView& view : lane.partitions) {
      const size_t index = view.id.index;
      const int64_t end = index < ends.size() ? ends[index] : -1;
      const SourceMeta meta = source_.meta(view.id);
      PartitionSnapshot& partition = to.partitions[index];
      to.source_type = meta.type;
      partition.topic = meta.topic;
      partition.number = meta.partition;
      partition.position = view.position;
      if (index < durable_positions_.size()) partition.durable_position = durable_positions_[index];
      if (end >= 0) partition.lag = std::max<int64_t>(0, end - view.position);
      partition.idle = view.time.idle;
      if (view.time.seen) partition.watermark = view.time.max_time;
      partition.records = view.records;
      partition.bytes = view.bytes;
      const bool known = to.lag_records >= 0 && partition.lag >= 0;
      to.lag_records = known ? to.lag_records + partition.lag : -1;
    }
  }
}

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
// Sums what lanes, freezer and delivery counted into what a processor shows (reference control-plane A7), and keeps
// what only shows over time: latencies, durable positions. Thread: the coordinator.
#pragma once

#include <deque>
#include <span>
#include <vector>

#include "dataflow/source.h"
#include "runtime/freezer.h"
#include "runtime/latency_meter.h"
#include "runtime/messages.h"

namespace penstock {

class Statistics {
 public:
  // `earlier`: of the runs before this one.
  Statistics(const ProcessorPlan& plan, const Source& source, const Clock& clock, const CheckpointCounters& earlier);

  // Results that come from these records are in entries up to `seq`.
  void frozen(uint64_t seq, std::vector<ReadMark> reads);
  void delivered(const Delivered& delivered);
  // The partitions of a checkpoint that is on the disk.
  void durable(std::span<const CheckpointPartition> partitions);

  // Since the state was begun, as of these answers of the lanes.
  CheckpointCounters totals(std::span<const LaneReply> lanes, const Freezer& freezer) const;
  // All but the watermark, trouble, what waits for the sink, and the end.
  ProcessorSnapshot snapshot(std::span<const LaneReply> lanes, const Freezer& freezer);

 private:
  struct Awaited {
    uint64_t seq;
    std::vector<ReadMark> reads;
  };

  LaneCounters counted(std::span<const LaneReply> lanes, const Freezer& freezer) const;
  std::vector<StageCounters> stages(std::span<const LaneReply> lanes, const Freezer& freezer) const;
  void add_operators(std::span<const LaneReply> lanes, const Freezer& freezer, ProcessorSnapshot& to) const;
  void add_partitions(std::span<const LaneReply> lanes, ProcessorSnapshot& to) const;

  const ProcessorPlan& plan_;
  const Source& source_;
  const CheckpointCounters earlier_;
  std::vector<std::string> names_;  // Of the stages, without the sink.
  StageCounters sink_;
  LatencyMeter latency_;
  std::deque<Awaited> awaited_;  // Frozen, not acknowledged.
  std::vector<int64_t> durable_positions_;
};

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
// What a processor counts, and what it shows of itself. Lanes count in plain integers, a batch at a time; they are
// summed when someone asks (architecture 8; reference control-plane A7).
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "state/checkpoint.h"

namespace penstock {

struct LaneCounters {
  uint64_t records = 0;      // Read from the source, bad ones included.
  uint64_t bytes = 0;        // Of their values.
  uint64_t bad_records = 0;  // That are no documents: dead letters of the source.
  uint64_t bad_bytes = 0;
  uint64_t tombstones = 0;  // Null values, taken as empty documents.
  uint64_t dead_letters = 0;
  void add(const LaneCounters& other) {
    records += other.records;
    bytes += other.bytes;
    bad_records += other.bad_records;
    bad_bytes += other.bad_bytes;
    tombstones += other.tombstones;
    dead_letters += other.dead_letters;
  }
};

// What went through one stage. Bytes: of the documents; where only fields were decoded, the documents' share of the
// bytes they came in. Of dead letters that nobody reads no bytes are known.
struct StageCounters {
  uint64_t in = 0;
  uint64_t in_bytes = 0;
  uint64_t out = 0;
  uint64_t out_bytes = 0;
  uint64_t dead_letters = 0;
  uint64_t dead_letter_bytes = 0;
  int64_t busy_ns = 0;         // Estimated from the first rows of each poll.
  uint64_t state_bytes = 0;    // At the moment.
  uint64_t memory_bytes = 0;   // The most it has held.
  void hold(uint64_t state) {  // It holds that much now.
    state_bytes = state;
    memory_bytes = std::max(memory_bytes, state);
  }
  void add(const StageCounters& other) {
    in += other.in;
    in_bytes += other.in_bytes;
    out += other.out;
    out_bytes += other.out_bytes;
    dead_letters += other.dead_letters;
    dead_letter_bytes += other.dead_letter_bytes;
    busy_ns += other.busy_ns;
    state_bytes += other.state_bytes;
    memory_bytes += other.memory_bytes;
  }
};

// The first and the last window that is open.
struct OpenWindows {
  EventTime first_start;
  EventTime last_start;
};

struct OperatorSnapshot {
  std::string name;  // "KafkaConsumerOperator", "MatchOperator", ...
  StageCounters counters;
  std::optional<OpenWindows> windows;  // Of a window that has any.
};

// From when a record was read to when its result was acknowledged by the sink. Of a window: from when it was opened.
struct LatencySummary {
  EventTime start;  // What was acknowledged between these.
  EventTime end;
  uint64_t count = 0;  // Results.
  int64_t sum_us = 0;
  int64_t p50_us = 0;  // Within 6 %.
  int64_t p99_us = 0;
};

struct PartitionSnapshot {
  std::string topic;
  int32_t number = 0;
  int64_t position = 0;           // Next offset to read.
  int64_t durable_position = -1;  // In the newest checkpoint; -1: in none.
  int64_t lag = -1;               // Behind the end; -1 unknown.
  bool idle = false;
  std::optional<EventTime> watermark;
  uint64_t records = 0;  // Read by this run.
  uint64_t bytes = 0;
};

// What a processor shows of itself at an instant.
struct ProcessorSnapshot {
  LaneCounters in;             // Of this run, likewise the next two.
  uint64_t documents_out = 0;  // Acknowledged by the sink.
  uint64_t windows_closed = 0;
  CheckpointCounters total;  // Since the state was begun, this run included.
  uint64_t open_windows = 0;
  uint64_t state_bytes = 0;
  uint64_t queued_bytes = 0;  // In the source client's queues.
  uint64_t memory_bytes = 0;  // Window state, queues, results that are not acknowledged.
  int64_t lag_records = -1;   // Behind the ends, summed; -1 unknown.
  std::optional<EventTime> watermark;
  std::optional<OpenWindows> windows;
  std::string source_type;                    // "kafka", "generated"; "" while no partition is known.
  std::vector<OperatorSnapshot> operators;    // In the order of the pipeline.
  std::vector<PartitionSnapshot> partitions;  // In the order of PartitionId.
  std::optional<LatencySummary> latency;      // Of the last 30 seconds that are over; empty before.
  std::string trouble;                        // Why a peer is not reachable at the moment, or "".
  bool finished = false;
};

}  // namespace penstock

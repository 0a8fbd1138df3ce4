// SPDX-License-Identifier: Apache-2.0
// What is durable of a processor at one instant, and its form as bytes (docs/formats/checkpoint.md; reliability 1.4.5):
//
//   checkpoint-<n>      positions (the cut), frontier, event times, open window state, what the outbox holds
//   outbox-<first seq>  final bytes of the entries of one freeze that the sink has not confirmed yet
//
// A checkpoint is a consistent cut: every record before the positions is in the window state, in an entry up to `seq`,
// or was left out by a stage; no record behind them is.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "bson/document.h"
#include "time/window.h"

namespace penstock {

struct CheckpointPartition {
  std::string topic;
  int32_t number = 0;
  int64_t position = 0;                   // Next offset to read.
  std::optional<EventTime> max_time;      // Largest event time seen; empty: nothing was delivered.
  bool idle = false;                      // By partitionIdleTimeout.
  std::optional<EventTime> record_clock;  // --clock record: where its clock stands.
  int64_t last_offset = -1;               // Of the newest record read, to recognise the topic by; -1: none.
  EventTime last_timestamp;
  uint64_t last_hash = 0;
};

// One part of an open window, as its window operator saved it.
struct CheckpointPart {
  Window window;
  uint32_t partition = 0;  // Index into Checkpoint::partitions where parts are kept per partition, else 0.
  std::string state;
};

// An outbox file that belongs to the checkpoint.
struct OutboxFile {
  uint64_t first_seq = 0;
  uint64_t last_seq = 0;
  uint64_t bytes = 0;
  uint32_t checksum = 0;  // CRC-32C of the whole file: another file of the same name is noticed.
  bool operator==(const OutboxFile&) const = default;
};

struct CheckpointCounters {
  uint64_t records = 0;
  uint64_t bytes = 0;
  uint64_t tombstones = 0;
  uint64_t dead_letters = 0;
  uint64_t documents_out = 0;
  uint64_t windows_closed = 0;
  // Not in checkpoints of versions before the server: 0.
  uint64_t bad_records = 0;  // Records that were no documents; they are dead letters too.
  uint64_t bad_bytes = 0;
  uint64_t bytes_out = 0;
  uint64_t dead_letter_bytes = 0;
};

struct Checkpoint {
  uint64_t number = 0;                       // 1, 2, 3, ... per folder.
  std::string processor;                     // Its name.
  std::string lineage;                       // Made when the state was begun; a marker is kept per lineage.
  std::string definition;                    // Pipeline and options, canonical Extended JSON: a changed one is noticed.
  std::string clock;                         // "wall", "record"
  std::string cluster_id;                    // Of the source; "" unknown.
  uint64_t seq = 0;                          // Of the newest frozen entry.
  EventTime frontier = EventTime::lowest();  // Windows that close up to it are sealed for ever.
  std::vector<CheckpointPartition> partitions;
  std::vector<CheckpointPart> parts;
  std::vector<OutboxFile> outbox;  // In order; entries that were confirmed before the checkpoint are not in it.
  CheckpointCounters counters;
  EventTime at;
};

std::string encode(const Checkpoint& checkpoint);
// kFailedToParse: damaged, or of a newer format; the message says what and where.
Result<Checkpoint> decode_checkpoint(std::string_view bytes);

}  // namespace penstock

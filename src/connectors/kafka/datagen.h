// SPDX-License-Identifier: Apache-2.0
// `penstock datagen`: writes generated trades (trades.h) into a topic, as fast as possible or at a rate.
//
// For one seed, number of symbols and number of partitions, the n-th record of each partition is the same in every run:
// content, key, partition (Java's murmur2 over the key) and, when `start` is given, timestamp. Written with
// idempotence, so a lost connection neither loses nor doubles nor reorders records. Nothing is reported as done before
// the broker has it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "dataflow/connection.h"

namespace penstock {

struct DatagenOptions {
  std::string topic;
  std::optional<double> rate;     // Records per second of real time; empty: as fast as possible.
  std::optional<uint64_t> count;  // Empty: until on_progress says stop.
  uint64_t seed = 1;
  std::optional<EventTime> start;  // Timestamp of the first record, and +step_ms for each further one; empty: now.
  double step_ms = 1;
  size_t symbols = 0;      // 0: the seven of the data set.
  int32_t partitions = 6;  // When the topic has to be created.
};

struct DatagenProgress {
  uint64_t records = 0;  // Handed to the client so far.
  double seconds = 0;
};

struct DatagenReport {
  uint64_t records = 0;
  uint64_t value_bytes = 0;
  double seconds = 0;
  int32_t partitions = 0;
  bool topic_created = false;
  // `start` was given but the topic was there already: its retention may delete old timestamps.
  bool retention_unknown = false;
};

// Creates the topic when it is missing (with `start`: to be kept for ever). `on_progress` is called about ten times a
// second from this thread; false ends the run early, after what was handed over is delivered. Errors: the connection's
// own, kPeerUnreachable, kCredentialsRefused, and how many records were not delivered and why.
Result<DatagenReport> run_datagen(const Connection& connection, const DatagenOptions& options, const Clock& clock,
                                  Logger& logger, const std::function<bool(const DatagenProgress&)>& on_progress);

}  // namespace penstock

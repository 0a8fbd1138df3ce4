// SPDX-License-Identifier: Apache-2.0
// Kafka topics as a Source: one client for all lanes, a queue per partition, polled by the partition's lane.
//
//   brokers --fetch--> client threads --+--> queue p0 --poll, copy--> RecordBatch   lane 0
//                                       +--> queue p1 --poll, copy--> RecordBatch   lane 1
//                                       +--> queue p2 --poll, copy--> RecordBatch   lane 0
//
// Guarantee: replayable. Partitions are assigned by us and positions are numbers from the first moment on: no consumer
// group is joined and reading leaves no trace on the broker; publish() shows positions in a group, for display only.
// A start from stored positions checks that they still mean the same records, see kafka_resume.h. Back-pressure: a full
// queue stops the fetching for its partition; nothing is ever paused. All queues together stay below
// KafkaSourceOptions::queue_bytes_max (partitions found while running come on top).
// Only what is committed is read (isolation.level=read_committed, unless the connection's config says otherwise):
// aborted records and control records are skipped, positions move over them. Thread: open, take_new_partitions,
// make_reader: one owner. meta, ends, trouble, publish: any. The source outlives its readers.
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "dataflow/connection.h"
#include "dataflow/source.h"
#include "stages/source_stage.h"

namespace penstock {

struct KafkaSourceOptions {
  std::string group_id;           // Where publish() shows positions, unless $source or the connection names a group.
  bool publish_positions = true;  // False: publish() does nothing.
  std::string client_id = "penstock";  // What brokers show; the connection's `client.id` wins.
  size_t queue_bytes_max = 64 * 1024 * 1024;
  bool bounded =
      false;  // Each partition ends at SourcePartition::end: then kAtEnd for ever, later records are dropped.
  bool discover_new = true;  // Look for new partitions; never when bounded.
  Duration discover_every{30'000};
  bool read_headers =
      true;  // False when nothing asks for headers: looking for them costs 40 ns a record, even if there are none.
};

// Checks the connection; the broker is asked first by open().
Result<std::unique_ptr<Source>> make_kafka_source(const Connection& connection, const KafkaSourceSpec& spec,
                                                  const KafkaSourceOptions& options, const Clock& clock,
                                                  Logger& logger);

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
// Reads single records again, to see whether a topic is still the one that was read: librdkafka 2.0 shows no topic ids.
// Uses a client of its own with small queues, gone when it returns. Blocks; for the start only. For the files of this
// folder only.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "connectors/kafka/kafka_connection.h"
#include "connectors/kafka/kafka_topics.h"
#include "dataflow/source.h"

namespace penstock {

struct WantedRecord {
  TopicPartition partition;
  int64_t offset = 0;
};

struct ProbeContext {
  const KafkaSettings& settings;
  std::string client_id;
  const Clock& clock;
  Logger& logger;
};

// In the order of the questions (each partition at most once); empty where the topic has no such record any more:
// compacted, or removed by retention. Errors: kPeerUnreachable without an answer by the deadline; login refused.
Result<std::vector<std::optional<LastRecord>>> read_records(const ProbeContext& context,
                                                            const std::vector<WantedRecord>& wanted,
                                                            int64_t deadline_ns);

}  // namespace penstock

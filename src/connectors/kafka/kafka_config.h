// SPDX-License-Identifier: Apache-2.0
// The `config` map of a Kafka connection: which keys are honoured (the list of Atlas), and what librdkafka calls them.
// The keys are those of the Java client; consumers and producers have lists of their own.
#pragma once

#include "base/log.h"
#include "base/result.h"
#include "bson/document.h"
#include "connectors/kafka/kafka_connection.h"

namespace penstock {

// Fills settings.consumer, settings.producer and settings.from_earliest. Error paths are relative to `config`.
Result<void> read_kafka_config(Document config, KafkaSettings& settings, Logger* logger);

}  // namespace penstock

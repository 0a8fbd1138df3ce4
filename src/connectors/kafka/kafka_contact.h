// SPDX-License-Identifier: Apache-2.0
// A first contact with the brokers of a connection that reads nothing: TLS, login, the list of topics.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "connectors/kafka/kafka_connection.h"

namespace penstock {

// Names of the topics the login may see, after `contact_time` at most. Errors: kCredentialsRefused; kPeerUnreachable,
// with what to do about TLS when it is about that. Blocks.
Result<std::vector<std::string>> ask_kafka_topics(const KafkaSettings& settings, Duration contact_time,
                                                  const Clock& clock, Logger& logger);

}  // namespace penstock

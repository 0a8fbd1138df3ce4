// SPDX-License-Identifier: Apache-2.0
// Making topics. Blocks; for tools such as the generator, never for a running processor: it creates nothing silently.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace penstock {

class KafkaClient;

struct NewTopic {
  std::string name;
  int32_t partitions = 1;
  bool keep_for_ever = false;  // retention.ms=-1: old timestamps must not be deleted at once.
};

struct EnsuredTopic {
  bool created = false;
  int32_t partitions = 0;  // As it is; an existing topic keeps its own number.
};

// Creates the topic unless it exists, and waits until it can be used. Waits for the brokers at most 30 s.
// Errors: kPeerUnreachable, kCredentialsRefused (no right to create it), each with one clear sentence.
Result<EnsuredTopic> create_topic_if_missing(KafkaClient& client, const NewTopic& topic);

}  // namespace penstock

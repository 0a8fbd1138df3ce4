// SPDX-License-Identifier: Apache-2.0
// Where results go. What a sink gets is frozen: final bytes, `_id` included, in an outbox entry with a sequence number,
// so that a second delivery writes the same bytes (reliability 1.4).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "bson/document.h"

namespace penstock {

// A frozen batch of output. seq counts 1, 2, 3, ... per lineage of a processor.
struct OutboxEntry {
  uint64_t seq = 0;
  std::vector<OwnedDocument> documents;     // Results, each with `_id`, in order.
  std::vector<OwnedDocument> dead_letters;  // Dead letters, each with `_id`.
};

// One document the sink's server refused, with its reason: it becomes a dead letter, the rest goes on.
struct RefusedDocument {
  size_t index = 0;  // In the delivered documents.
  int32_t code = 0;
  std::string reason;
};

struct Delivery {
  std::vector<RefusedDocument> refused;
};

class Sink {
 public:
  virtual ~Sink() = default;
  // First contact: reachable, credentials right, target usable. At most 30 s. kPeerUnreachable, kCredentialsRefused,
  // ...
  virtual Result<void> open() = 0;
  // Writes documents [0, n) with the sink's merge mode. Blocks (delivery task). Safe to repeat with the same entry.
  // Error kPeerUnreachable and kin: transient, the caller repeats. Other errors: the processor fails.
  virtual Result<Delivery> deliver(uint64_t seq, const std::vector<OwnedDocument>& documents) = 0;
  // For `explain` and the start message: "MongoDB 127.0.0.1:27017 confluent_cloud.stock_prices"; no secrets.
  virtual std::string describe() const = 0;
};

// True for errors that go away by themselves: the caller repeats with growing pauses.
bool is_transient(const Error& error);

}  // namespace penstock

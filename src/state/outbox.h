// SPDX-License-Identifier: Apache-2.0
// Entries of the outbox: final output, frozen before anything of it is sent (reliability 1.4), and their form as bytes.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "bson/document.h"

namespace penstock {

// A frozen batch of output, small enough for one transaction.
struct OutboxEntry {
  uint64_t seq = 0;                         // 1, 2, 3, ... per lineage of a processor.
  std::vector<OwnedDocument> documents;     // Results, each with `_id`, in order.
  std::vector<OwnedDocument> dead_letters;  // Dead letters, each with `_id`.
  OwnedDocument cut;                        // Array of {topic, partition, offset}: what the source had given by then.
  EventTime frozen_at;                      // Wall clock of the freeze.
  size_t bytes() const;                     // Of documents and dead letters.
};

// Frozen entries are shared by who writes them to disk and who delivers them.
using FrozenEntry = std::shared_ptr<const OutboxEntry>;

// A whole file (docs/formats/checkpoint.md): entries with consecutive seqs, at least one.
std::string encode_outbox(std::span<const FrozenEntry> entries);
// kFailedToParse: damaged, or of a newer format.
Result<std::vector<FrozenEntry>> decode_outbox(std::string_view bytes);

}  // namespace penstock

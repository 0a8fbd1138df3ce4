// SPDX-License-Identifier: Apache-2.0
// $merge into MongoDB: what mongod's own $merge would leave in the collection, byte for byte.
//
// Guarantee, after a claim (reliability 1.4.6):
//   replica set, sharded   one transaction per entry with documents, dead letters and marker: exactly once
//   standalone             documents, dead letters, then the marker; a repeated entry writes the same bytes:
//                          effectively once for merge modes that may be repeated, else at least once
// Without a claim: documents and dead letters, no marker. Everything is acknowledged by a majority before deliver()
// returns success. With documents of one key the later one wins.
// Thread: one delivery task; a client of its own.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "base/secret.h"
#include "dataflow/sink.h"
#include "stages/merge_stage.h"

namespace penstock {

struct MongoSinkOptions {
  Duration contact_time{30'000};        // open(): how long to look for a server that takes writes.
  Duration write_time{30'000};          // How long a majority may take before the delivery counts as failed.
  size_t operations_max = 1000;         // Of one command.
  size_t bytes_max = size_t{10} << 20;  // Of one command; a larger document goes alone.
};

// `uri`: mongodb:// or mongodb+srv://. `dead_letters`: the queue, when it lies on the same cluster: deliver() writes it
// then. A sink without one that is asked to write_dead_letters() puts them into the collection of `spec`.
// Contacts nobody yet; error kInvalidDefinition for a uri that is none, without showing it.
Result<std::unique_ptr<Sink>> make_mongodb_sink(const Secret& uri, const MergeSpec& spec,
                                                const std::optional<MergeSpec>& dead_letters, MongoSinkOptions options,
                                                const Clock& clock, Logger& log);

}  // namespace penstock

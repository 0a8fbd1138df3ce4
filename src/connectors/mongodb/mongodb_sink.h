// SPDX-License-Identifier: Apache-2.0
// $merge into MongoDB: what mongod's own $merge would leave in the collection, byte for byte.
//
// Guarantee: every document is acknowledged by a majority before deliver() returns success. A repeated entry writes the
// same bytes (modes merge, replace, keepExisting): effectively once. With documents of one key the later one wins.
// Thread: one delivery task; one client of its own.
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "dataflow/sink.h"
#include "stages/merge_stage.h"

namespace penstock {

struct MongoSinkOptions {
  Duration contact_time{30'000};        // open(): how long to look for a server that takes writes.
  Duration write_time{30'000};          // How long a majority may take before the delivery counts as failed.
  size_t operations_max = 1000;         // Of one command.
  size_t bytes_max = size_t{10} << 20;  // Of one command; a larger document goes alone.
};

// `uri`: mongodb:// or mongodb+srv://. Contacts nobody yet; error kInvalidDefinition for a uri that is none, without
// showing it.
Result<std::unique_ptr<Sink>> make_mongodb_sink(const std::string& uri, const MergeSpec& spec, MongoSinkOptions options,
                                                const Clock& clock, Logger& log);

}  // namespace penstock

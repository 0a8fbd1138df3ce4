// SPDX-License-Identifier: Apache-2.0
// A sink into the embedded store: where a Cluster connection leads that no setting maps to a URI.
// Guarantee: exactly-once. Documents, dead letters and marker of an entry are one transaction of the store, durable on
// return: after a crash all of it is there or nothing, and the marker says which.
// Thread: one delivery task.
#pragma once

#include <memory>
#include <optional>

#include "base/log.h"
#include "dataflow/sink.h"
#include "docstore/docstore.h"
#include "stages/merge_stage.h"

namespace penstock {

// `dead_letters`: where dead letters go, in the same store; only db and coll of it count. Empty: they go elsewhere.
// `clock`: the instant in the marker.
std::unique_ptr<Sink> make_embedded_sink(std::shared_ptr<DocStore> store, const MergeSpec& spec,
                                         std::optional<MergeSpec> dead_letters, const Clock& clock, Logger& log);

// What deliveries to the embedded store are worth.
Guarantee embedded_guarantee();

}  // namespace penstock

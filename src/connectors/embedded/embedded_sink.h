// SPDX-License-Identifier: Apache-2.0
// A sink into the embedded store: where a Cluster connection leads that no setting maps to a URI.
// Guarantee: an entry is written in one transaction, durable on return; a repeated entry writes the same bytes.
// Thread: one delivery task.
#pragma once

#include <memory>

#include "dataflow/sink.h"
#include "docstore/docstore.h"
#include "stages/merge_stage.h"

namespace penstock {

std::unique_ptr<Sink> make_embedded_sink(std::shared_ptr<DocStore> store, const MergeSpec& spec);

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
// Whether documents can be merged into a collection: asked once, before the first one is read from the source.
#pragma once

#include "base/log.h"
#include "connectors/mongodb/mongodb_client.h"
#include "stages/merge_stage.h"

namespace penstock::mongo {

// The server takes writes, the user may write there, it is no view, and for `on` other than `_id` there is the unique
// index that $merge asks for. A collection that is missing or empty gets that index.
Result<void> check_merge_target(Client& client, const MergeSpec& spec, Logger& log);

}  // namespace penstock::mongo

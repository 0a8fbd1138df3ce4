// SPDX-License-Identifier: Apache-2.0
// Whether documents can be merged into a collection: asked once, before the first one is read from the source.
#pragma once

#include "base/log.h"
#include "connectors/mongodb/mongodb_client.h"
#include "stages/merge_stage.h"

namespace penstock::mongo {

struct ServerKind {
  bool transactions = false;  // A member of a replica set, or mongos.
};

// Error kPeerUnreachable when the server takes no writes.
Result<ServerKind> check_server(Client& client);

// The user may write there, the server understands the pipeline, it is no view, and for `on` other than `_id` there is
// the unique index that $merge asks for. A collection that is missing is made (a transaction should find it), one that
// is missing or empty gets that index.
Result<void> check_merge_target(Client& client, const MergeSpec& spec, Logger& log);

}  // namespace penstock::mongo

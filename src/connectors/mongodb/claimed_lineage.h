// SPDX-License-Identifier: Apache-2.0
// The lineage this sink writes for: where its marker is and the fence we hold, and the commands to get there.
// Thread: one at a time.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "connectors/mongodb/marker_commands.h"
#include "connectors/mongodb/mongodb_client.h"

namespace penstock::mongo {

struct ClaimedLineage {
  std::string db;  // Of the marker.
  std::string lineage;
  uint64_t fence = 0;

  // Asks the primary, read concern majority.
  Result<MarkerVerdict> judge(Client& client, uint64_t seq) const;
  // The compare-and-swap outside of a transaction. False: the marker says something else.
  Result<bool> advance(Client& client, const OutboxEntry& entry, EventTime now) const;
};

// Takes the lineage: ends what its last holder left open, raises the fence. `session`: ours, or empty.
Result<Marker> claim_lineage(Client& client, const std::string& db, const Claim& claim, EventTime now, Document session,
                             Logger& log);
// Removes its marker, after ending what its last holder left open: that holds the marker.
Result<void> forget_lineage(Client& client, const std::string& db, std::string_view lineage, Logger& log);
Result<std::vector<Marker>> read_markers(Client& client, const std::string& db, std::string_view processor);

// Whether the reply of an update says that the marker was moved. Error: the server refused the update.
Result<bool> has_advanced(const Peer& peer, Document reply);

}  // namespace penstock::mongo

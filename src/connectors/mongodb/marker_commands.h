// SPDX-License-Identifier: Apache-2.0
// The marker beside the results: <db>.__penstock_commits
//   {_id: lineage, processor, seq, fence, cut, at, session}
// as commands, and back. `seq` moves from S-1 to S only, and only for the instance whose fence it is: a
// compare-and-swap cannot apply twice (reliability 1.4.6, 1.4.8). `session` is the server session of the instance that
// has the lineage: what it left open when it died is ended by the next one, instead of by the server's time-out a
// minute later.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "bson/document.h"
#include "dataflow/sink.h"

namespace penstock::mongo {

// findAndModify: makes the marker or raises its fence; the reply holds it as it is then. `session`: {id: UUID}, or
// empty.
OwnedDocument claim_command(const Claim& claim, EventTime now, Document session);
// update: from seq - 1 to seq; the reply's `n` is 0 when the marker says anything else.
OwnedDocument advance_command(std::string_view lineage, uint64_t fence, const OutboxEntry& entry, EventTime now);
OwnedDocument find_marker_command(std::string_view lineage);
OwnedDocument find_markers_command(std::string_view processor);
OwnedDocument forget_command(std::string_view lineage);
// Ends the transaction that a dead instance may have left open. Empty: the marker names no session.
std::optional<OwnedDocument> end_session_command(Document marker);

// Error kStateRefused for a document that is no marker.
Result<Marker> parse_marker(Document document);

// What stands in the way of writing entry `seq`.
enum class MarkerVerdict { kGoOn, kRepeated };
// `marker`: null when there is none. Errors kStateRefused: no marker, another fence, numbers that do not follow.
// `where`: "d.__penstock_commits at MongoDB h:1", for the sentences.
Result<MarkerVerdict> judge_marker(const Marker* marker, std::string_view lineage, uint64_t fence, uint64_t seq,
                                   std::string_view where);

}  // namespace penstock::mongo

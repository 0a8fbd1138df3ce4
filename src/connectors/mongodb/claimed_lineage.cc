// SPDX-License-Identifier: Apache-2.0
#include "connectors/mongodb/claimed_lineage.h"

#include "connectors/mongodb/replies.h"

namespace penstock::mongo {
namespace {

std::string place_of_marker(const Client& client, std::string_view db) {
  return fmt::format("{}.{} at MongoDB {}", db, kMarkerCollection, client.peer().hosts);
}

// A transaction that a dead instance left open holds its documents, and the marker, until the server's time-out.
void end_session_of(Client& client, Document marker, Document own_session, Logger& log) {
  const std::optional<OwnedDocument> command = end_session_command(marker);
  if (!command || own_session.get("id").bytes() == marker.get("session").bytes()) return;
  auto ended = client.read("admin", *command);
  if (!ended.ok()) log.debug("could not end the server session of the last start: {}", ended.error().message());
}

}  // namespace

Result<MarkerVerdict> ClaimedLineage::judge(Client& client, uint64_t seq) const {
  PS_TRY(const OwnedDocument reply, client.read(db, find_marker_command(lineage)));
  const std::string where = place_of_marker(client, db);
  const std::optional<Document> document = first_of_cursor(reply);
  if (!document) return judge_marker(nullptr, lineage, fence, seq, where);
  PS_TRY(const Marker marker, parse_marker(*document));
  return judge_marker(&marker, lineage, fence, seq, where);
}

Result<bool> ClaimedLineage::advance(Client& client, const OutboxEntry& entry, EventTime now) const {
  PS_TRY(const OwnedDocument reply, client.write(db, advance_command(lineage, fence, entry, now)));
  return has_advanced(client.peer(), reply);
}

Result<Marker> claim_lineage(Client& client, const std::string& db, const Claim& claim, EventTime now, Document session,
                             Logger& log) {
  PS_TRY(const OwnedDocument before, client.read(db, find_marker_command(claim.lineage)));
  if (const std::optional<Document> marker = first_of_cursor(before)) end_session_of(client, *marker, session, log);
  PS_TRY(const OwnedDocument reply, client.write(db, claim_command(claim, now, session)));
  const Value marker = reply.view().get("value");
  if (!marker.is_object()) {
    return Error(ErrorCode::kConnectionError, "MongoDB at {} made no marker in {}.{}", client.peer().hosts, db,
                 kMarkerCollection);
  }
  return parse_marker(marker.as_object());
}

Result<void> forget_lineage(Client& client, const std::string& db, std::string_view lineage, Logger& log) {
  PS_TRY(const OwnedDocument before, client.read(db, find_marker_command(lineage)));
  if (const std::optional<Document> marker = first_of_cursor(before)) end_session_of(client, *marker, Document(), log);
  PS_TRY(client.write(db, forget_command(lineage)));
  return {};
}

Result<std::vector<Marker>> read_markers(Client& client, const std::string& db, std::string_view processor) {
  PS_TRY(const OwnedDocument reply, client.read(db, find_markers_command(processor)));
  std::vector<Marker> markers;
  for (const Document document : first_batch_of(reply)) {
    PS_TRY(Marker marker, parse_marker(document));
    markers.push_back(std::move(marker));
  }
  return markers;
}

Result<bool> has_advanced(const Peer& peer, Document reply) {
  const std::vector<WriteError> errors = write_errors_of(reply);
  if (errors.empty()) return integer_field(reply, "n") == 1;
  if (is_passing_code(errors[0].code)) return busy(peer, errors[0].reason);
  return Error(ErrorCode::kStateRefused, "MongoDB at {} refuses the marker in {}: {}", peer.hosts, kMarkerCollection,
               errors[0].reason);
}

}  // namespace penstock::mongo

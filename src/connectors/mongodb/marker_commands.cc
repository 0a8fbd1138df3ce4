// SPDX-License-Identifier: Apache-2.0
#include "connectors/mongodb/marker_commands.h"

#include "bson/ejson.h"
#include "bson/number.h"
#include "connectors/mongodb/replies.h"

namespace penstock::mongo {
namespace {

Value number(uint64_t n) { return Value::int64(static_cast<int64_t>(n)); }

// A whole number that is there and not negative.
std::optional<uint64_t> count_field(Document document, std::string_view name) {
  const Value value = document.get(name);
  if (!value.is_number()) return std::nullopt;
  const std::optional<int64_t> n = to_integral(value);
  if (!n || *n < 0) return std::nullopt;
  return static_cast<uint64_t>(*n);
}

void append_seq_and_cut(DocumentBuilder& to, const std::optional<uint64_t>& seq) {
  if (seq) to.append("seq", number(*seq));
  to.end(to.begin_array("cut"));
}

OwnedDocument find_command(std::string_view field, std::string_view text, bool sorted) {
  DocumentBuilder builder;
  builder.append("find", Value::string(kMarkerCollection));
  const size_t filter = builder.begin_object("filter");
  builder.append(field, Value::string(text));
  builder.end(filter);
  if (sorted) {
    const size_t sort = builder.begin_object("sort");
    builder.append("at", Value::int32(-1));
    builder.end(sort);
  }
  builder.append("batchSize", Value::int32(10'000));
  builder.append("singleBatch", Value::boolean(true));
  const size_t concern = builder.begin_object("readConcern");
  builder.append("level", Value::string("majority"));
  builder.end(concern);
  return OwnedDocument(builder.take());
}

}  // namespace

OwnedDocument claim_command(const Claim& claim, EventTime now, Document session) {
  DocumentBuilder builder;
  builder.append("findAndModify", Value::string(kMarkerCollection));
  const size_t query = builder.begin_object("query");
  builder.append("_id", Value::string(claim.lineage));
  builder.end(query);
  const size_t update = builder.begin_object("update");
  const size_t raise = builder.begin_object("$inc");
  builder.append("fence", number(1));
  builder.end(raise);
  const size_t set = builder.begin_object("$set");
  builder.append("processor", Value::string(claim.processor));
  builder.append("at", Value::date(now));
  if (!session.empty()) builder.append("session", session.get("id"));
  // The cut that is there belongs to the number that is there.
  if (claim.seq) append_seq_and_cut(builder, claim.seq);
  builder.end(set);
  if (!claim.seq) {
    const size_t on_insert = builder.begin_object("$setOnInsert");
    append_seq_and_cut(builder, 0);
    builder.end(on_insert);
  }
  builder.end(update);
  builder.append("upsert", Value::boolean(true));
  builder.append("new", Value::boolean(true));
  return OwnedDocument(builder.take());
}

OwnedDocument advance_command(std::string_view lineage, uint64_t fence, const OutboxEntry& entry, EventTime now) {
  DocumentBuilder builder;
  builder.append("update", Value::string(kMarkerCollection));
  const size_t updates = builder.begin_array("updates");
  const size_t update = builder.begin_object("0");
  const size_t query = builder.begin_object("q");
  builder.append("_id", Value::string(lineage));
  builder.append("seq", number(entry.seq - 1));
  builder.append("fence", number(fence));
  builder.end(query);
  const size_t change = builder.begin_object("u");
  const size_t set = builder.begin_object("$set");
  builder.append("seq", number(entry.seq));
  builder.append("cut", Value::array(entry.cut));
  builder.append("at", Value::date(now));
  builder.end(set);
  builder.end(change);
  builder.end(update);
  builder.end(updates);
  return OwnedDocument(builder.take());
}

OwnedDocument find_marker_command(std::string_view lineage) { return find_command("_id", lineage, false); }
OwnedDocument find_markers_command(std::string_view processor) { return find_command("processor", processor, true); }

OwnedDocument forget_command(std::string_view lineage) {
  DocumentBuilder builder;
  builder.append("delete", Value::string(kMarkerCollection));
  const size_t deletes = builder.begin_array("deletes");
  const size_t one = builder.begin_object("0");
  const size_t query = builder.begin_object("q");
  builder.append("_id", Value::string(lineage));
  builder.end(query);
  builder.append("limit", Value::int32(1));
  builder.end(one);
  builder.end(deletes);
  return OwnedDocument(builder.take());
}

std::optional<OwnedDocument> end_session_command(Document marker) {
  const Value session = marker.get("session");
  if (session.type() != Type::kBinData) return std::nullopt;
  DocumentBuilder builder;
  const size_t list = builder.begin_array("killSessions");
  const size_t one = builder.begin_object("0");
  builder.append("id", session);
  builder.end(one);
  builder.end(list);
  return OwnedDocument(builder.take());
}

Result<Marker> parse_marker(Document document) {
  const Value id = document.get("_id");
  const std::optional<uint64_t> seq = count_field(document, "seq");
  const std::optional<uint64_t> fence = count_field(document, "fence");
  if (!id.is_string() || !seq || !fence) {
    return Error(ErrorCode::kStateRefused,
                 "the document {} in {} is no marker of Penstock: remove it, or repair its seq and fence", to_text(id),
                 kMarkerCollection);
  }
  Marker marker{.lineage = std::string(id.as_string()), .seq = *seq, .fence = *fence};
  const Value cut = document.get("cut");
  if (*seq > 0 && cut.is_array()) marker.cut = OwnedDocument(cut.as_array());
  const Value at = document.get("at");
  if (at.type() == Type::kDate) marker.at = at.as_date();
  return marker;
}

Result<MarkerVerdict> judge_marker(const Marker* marker, std::string_view lineage, uint64_t fence, uint64_t seq,
                                   std::string_view where) {
  if (marker == nullptr) {
    return Error(ErrorCode::kStateRefused,
                 "the marker of lineage {} is gone from {}, so nobody knows what is written already: put it back; or "
                 "start again with --accept local-state to go on with the state here, or with --fresh to begin anew",
                 lineage, where);
  }
  if (marker->fence != fence) {
    return Error(ErrorCode::kStateRefused,
                 "another instance of the processor has claimed lineage {} in {} (start number {}, ours is {}): this "
                 "one writes no more; stop one of them",
                 lineage, where, marker->fence, fence);
  }
  if (marker->seq >= seq) return MarkerVerdict::kRepeated;
  if (marker->seq + 1 == seq) return MarkerVerdict::kGoOn;
  return Error(
      ErrorCode::kStateRefused,
      "entry {} cannot follow entry {}, which lineage {} has in {}: the saved state is not the one the results "
      "come from; use the folder that belongs to them, or start again with --accept sink-marker (on from where the "
      "sink stands) or --fresh (anew)",
      seq, marker->seq, lineage, where);
}

}  // namespace penstock::mongo

// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/simulated_server.h"

#include "bson/ejson.h"
#include "state/group_table.h"

namespace penstock {
namespace {

std::string id_of(Document document) { return to_json(document.get("_id"), JsonStyle::kCanonical); }

Error no_reply() { return Error(ErrorCode::kPeerUnreachable, "the reply was lost"); }

bool by_chance(Random& random, double share) { return random.below(1'000'000) < static_cast<uint64_t>(share * 1e6); }

}  // namespace

Result<std::vector<Marker>> SimulatedSink::markers(std::string_view) {
  std::vector<Marker> all;
  if (settings_.fault == SinkFault::kHidesMarkers) return all;
  for (const auto& [lineage, marker] : server_.markers)
    all.push_back(marker);
  return all;
}

Result<Marker> SimulatedSink::claim(const Claim& claim) {
  before_step_();
  Marker& marker = server_.markers[claim.lineage];
  marker.lineage = lineage_ = claim.lineage;
  fence_ = ++marker.fence;
  if (claim.seq) marker.seq = *claim.seq;
  return marker;
}

Result<void> SimulatedSink::forget(std::string_view lineage) {
  server_.markers.erase(std::string(lineage));
  return {};
}

Result<bool> SimulatedSink::is_in(uint64_t seq) const {
  const auto marker = server_.markers.find(lineage_);
  if (marker == server_.markers.end()) return Error(ErrorCode::kStateRefused, "the marker is gone");
  if (settings_.fault != SinkFault::kNoFence && marker->second.fence != fence_) {
    return Error(ErrorCode::kStateRefused, "another instance has claimed the lineage");
  }
  return marker->second.seq >= seq && settings_.fault != SinkFault::kIgnoresMarker;
}

std::vector<RefusedDocument> SimulatedSink::refused_of(const OutboxEntry& entry) const {
  std::vector<RefusedDocument> refused;
  for (size_t i = 0; i < entry.documents.size(); ++i) {
    const uint64_t hash = hash_key(entry.documents[i].bytes()) % 1'000'000;
    if (hash < static_cast<uint64_t>(settings_.refused * 1e6)) refused.push_back({i, 121, "refused by the server"});
  }
  return refused;
}

void SimulatedSink::write(SimulatedServer& to, const OutboxEntry& entry, const Delivery& delivery,
                          const std::vector<OwnedDocument>& letters, bool step_by_step) {
  size_t next_refused = 0;
  for (size_t i = 0; i < entry.documents.size(); ++i) {
    if (next_refused < delivery.refused.size() && delivery.refused[next_refused].index == i) {
      ++next_refused;
      continue;
    }
    if (step_by_step) before_step_();
    std::string id = id_of(entry.documents[i]);
    if (settings_.fault == SinkFault::kNewIdAtEachDelivery) id += "/" + std::to_string(random_.next());
    to.documents[id] = entry.documents[i];
    ++to.applied[id];
  }
  for (const auto* list : {&entry.dead_letters, &letters}) {
    for (const OwnedDocument& letter : *list) {
      if (step_by_step) before_step_();
      to.dead_letters.emplace(id_of(letter), letter);
    }
  }
}

Result<void> SimulatedSink::move_marker(SimulatedServer& to, const OutboxEntry& entry) const {
  Marker& marker = to.markers[lineage_];
  const bool checked = settings_.fault == SinkFault::kNone;
  if (checked && marker.seq + 1 != entry.seq) {
    return Error(ErrorCode::kStateRefused, "the marker stands at {}, entry {} cannot follow", marker.seq, entry.seq);
  }
  marker.seq = std::max(marker.seq, entry.seq);
  marker.cut = entry.cut;
  marker.at = clock_.now();
  return {};
}

Result<Delivery> SimulatedSink::deliver(const OutboxEntry& entry, const RefusalLetters& letters_of) {
  before_step_();
  if (by_chance(random_, settings_.lost_replies / 2)) return no_reply();
  Delivery delivery;
  PS_TRY(delivery.repeated, is_in(entry.seq));
  if (delivery.repeated) return delivery;
  delivery.refused = refused_of(entry);
  std::vector<OwnedDocument> letters;
  if (!delivery.refused.empty()) {
    PS_TRY(letters, letters_of(delivery.refused));
  }
  if (settings_.transactions) {
    SimulatedServer after = server_;
    write(after, entry, delivery, letters, false);
    PS_TRY(move_marker(after, entry));
    before_step_();
    server_ = std::move(after);
  } else {
    write(server_, entry, delivery, letters, true);
    before_step_();
    PS_TRY(move_marker(server_, entry));
  }
  before_step_();
  if (by_chance(random_, settings_.lost_replies / 2)) return no_reply();
  return delivery;
}

Result<void> SimulatedSink::write_dead_letters(const std::vector<OwnedDocument>& letters) {
  for (const OwnedDocument& letter : letters) {
    before_step_();
    server_.dead_letters.emplace(id_of(letter), letter);
  }
  return {};
}

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
#include "tests/engine/memory_sink.h"

#include <algorithm>

#include "bson/ejson.h"

namespace penstock {

std::string MemorySink::text() const {
  std::string text;
  for (const OwnedDocument& document : documents_)
    text += to_json(document.view(), JsonStyle::kCanonical) + "\n";
  return text;
}

Result<void> MemorySink::answer() {
  attempts_ns_.push_back(clock_.monotonic_ns());
  if (down_) return Error(ErrorCode::kPeerUnreachable, "nobody answers at memory:1");
  if (failures_.empty()) return {};
  Error error = std::move(failures_.front());
  failures_.pop_front();
  return error;
}

Result<std::vector<Marker>> MemorySink::markers(std::string_view) {
  std::vector<Marker> all;
  for (const auto& [lineage, marker] : markers_)
    all.push_back(marker);
  return all;
}

Result<Marker> MemorySink::claim(const Claim& claim) {
  Marker& marker = markers_[claim.lineage];
  marker.lineage = claimed_ = claim.lineage;
  fence_ = ++marker.fence;
  if (claim.seq) marker.seq = *claim.seq;
  return marker;
}

Result<void> MemorySink::forget(std::string_view lineage) {
  markers_.erase(std::string(lineage));
  return {};
}

Result<Delivery> MemorySink::deliver(const OutboxEntry& entry, const RefusalLetters& letters) {
  PS_TRY(answer());
  Marker* marker = claimed_.empty() ? nullptr : &markers_[claimed_];
  if (marker != nullptr && marker->fence != fence_) {
    return Error(ErrorCode::kStateRefused, "another instance has claimed the lineage");
  }
  Delivery delivery;
  if (marker != nullptr && marker->seq >= entry.seq) {
    delivery.repeated = true;
    return delivery;
  }
  std::vector<OwnedDocument> taken;
  for (size_t i = 0; i < entry.documents.size(); ++i) {
    std::string reason = refuse_ ? refuse_(entry.documents[i]) : "";
    if (reason.empty()) {
      taken.push_back(entry.documents[i]);
    } else {
      delivery.refused.push_back({i, 121, std::move(reason)});
    }
  }
  if (!delivery.refused.empty()) PS_TRY(letters(delivery.refused));
  documents_.insert(documents_.end(), taken.begin(), taken.end());
  sequence_.push_back(entry.seq);
  if (marker != nullptr) {
    marker->seq = entry.seq;
    marker->cut = entry.cut;
    marker->at = clock_.now();
  }
  return delivery;
}

Result<void> MemorySink::write_dead_letters(const std::vector<OwnedDocument>& letters) {
  PS_TRY(answer());
  for (const OwnedDocument& letter : letters) {
    const auto same = [&letter](const OwnedDocument& known) { return known.bytes() == letter.bytes(); };
    if (std::find_if(letters_.begin(), letters_.end(), same) == letters_.end()) letters_.push_back(letter);
  }
  return {};
}

}  // namespace penstock

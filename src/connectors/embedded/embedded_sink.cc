// SPDX-License-Identifier: Apache-2.0
#include "connectors/embedded/embedded_sink.h"

#include <fmt/format.h>

#include <algorithm>

#include "connectors/embedded/marker_document.h"

namespace penstock {
namespace {

// Where an entry stands against the marker.
enum class Standing { kNext, kRepeated };

class EmbeddedSink final : public Sink {
 public:
  EmbeddedSink(std::shared_ptr<DocStore> store, const MergeSpec& spec, std::optional<MergeSpec> dead_letters,
               const Clock& clock, Logger& log)
      : store_(std::move(store)), spec_(spec), dead_letters_(std::move(dead_letters)), clock_(clock), log_(log) {}

  // The store is open; what can still be wrong are the names of the targets and a pipeline.
  Result<void> open() override {
    PS_TRY(store::namespace_of(spec_.db, spec_.coll));
    PS_TRY(store::namespace_of(spec_.db, kMarkerCollection));
    if (dead_letters_) PS_TRY(store::namespace_of(dead_letters_->db, dead_letters_->coll));
    PS_TRY(Merger merger, Merger::make(spec_, store_->clock()));
    merger_.emplace(std::move(merger));
    return {};
  }

  Guarantee guarantee() const override { return embedded_guarantee(); }

  Result<std::vector<Marker>> markers(std::string_view processor) override;
  Result<Marker> claim(const Claim& claim) override;
  Result<void> forget(std::string_view lineage) override;
  Result<Delivery> deliver(const OutboxEntry& entry, const RefusalLetters& letters) override;
  Result<void> write_dead_letters(const std::vector<OwnedDocument>& letters) override;
  bool takes_dead_letters() const override { return dead_letters_.has_value(); }

  std::string describe() const override {
    return fmt::format("embedded store {} {}.{}", store_->folder(), spec_.db, spec_.coll);
  }

 private:
  Result<std::optional<Marker>> find_marker(StoreWriter& writer, std::string_view lineage) const;
  Result<Standing> compare(StoreWriter& writer, const OutboxEntry& entry) const;
  Result<void> move_marker(StoreWriter& writer, const OutboxEntry& entry) const;
  Result<void> insert_letters(StoreWriter& writer, const MergeSpec& target, const std::vector<OwnedDocument>& letters);

  std::shared_ptr<DocStore> store_;
  MergeSpec spec_;
  std::optional<MergeSpec> dead_letters_;
  const Clock& clock_;
  Logger& log_;
  std::optional<Merger> merger_;  // Set by open().
  // Set by claim(): what this instance holds.
  std::string lineage_;
  std::string processor_;
  uint64_t fence_ = 0;  // 0: nothing is claimed.
};

Result<std::vector<Marker>> EmbeddedSink::markers(std::string_view processor) {
  DocumentBuilder filter;
  filter.append("processor", Value::string(processor));
  FindOptions options;
  options.filter = OwnedDocument(filter.take());
  PS_TRY(const auto documents, store_->find_all(spec_.db, kMarkerCollection, options));
  std::vector<Marker> markers;
  for (const OwnedDocument& document : documents) {
    PS_TRY(Marker marker, read_marker(document));
    markers.push_back(std::move(marker));
  }
  // Of the same instant the lineage that began later is the newer one.
  std::reverse(markers.begin(), markers.end());
  std::stable_sort(markers.begin(), markers.end(), [](const Marker& a, const Marker& b) { return a.at > b.at; });
  return markers;
}

Result<std::optional<Marker>> EmbeddedSink::find_marker(StoreWriter& writer, std::string_view lineage) const {
  PS_TRY(const auto document, writer.find(spec_.db, kMarkerCollection, Value::string(lineage)));
  if (!document) return std::optional<Marker>();
  PS_TRY(Marker marker, read_marker(*document));
  return std::optional(std::move(marker));
}

Result<Marker> EmbeddedSink::claim(const Claim& claim) {
  PS_TRY(StoreWriter writer, store_->begin());
  PS_TRY(const auto before, find_marker(writer, claim.lineage));
  Marker marker{.lineage = claim.lineage, .seq = 0, .fence = 0, .cut = {}, .at = {}};
  if (before) marker = *before;
  ++marker.fence;
  marker.at = clock_.now();
  if (claim.seq && *claim.seq != marker.seq) {
    marker.seq = *claim.seq;
    marker.cut = {};  // It was that of another entry.
  }
  PS_TRY(writer.put(spec_.db, kMarkerCollection, marker_document(marker, claim.processor)));
  PS_TRY(writer.commit());
  lineage_ = claim.lineage;
  processor_ = claim.processor;
  fence_ = marker.fence;
  return marker;
}

Result<void> EmbeddedSink::forget(std::string_view lineage) {
  PS_TRY(StoreWriter writer, store_->begin());
  PS_TRY(const bool was_there, writer.erase(spec_.db, kMarkerCollection, Value::string(lineage)));
  return was_there ? writer.commit() : Result<void>();
}

// The fence comes first: an instance that was locked out must not take another's entry of that number for its own.
Result<Standing> EmbeddedSink::compare(StoreWriter& writer, const OutboxEntry& entry) const {
  if (fence_ == 0) return Standing::kNext;
  PS_TRY(const auto marker, find_marker(writer, lineage_));
  if (!marker) {
    return Error(
        ErrorCode::kStateRefused,
        "the marker of processor {} is gone from {}.{} of the embedded store, so that entry {} might be in "
        "the sink twice; start again with --accept local-state to go on with the state here, or with --fresh to begin "
        "anew",
        processor_, spec_.db, kMarkerCollection, entry.seq);
  }
  if (marker->fence != fence_) {
    return Error(ErrorCode::kStateRefused,
                 "another instance of processor {} has taken over its results in {} (start number {}, this one is {}); "
                 "run one instance only",
                 processor_, describe(), marker->fence, fence_);
  }
  if (marker->seq >= entry.seq) return Standing::kRepeated;
  if (marker->seq + 1 != entry.seq) {
    return Error(ErrorCode::kStateRefused,
                 "the marker of processor {} in {}.{} of the embedded store says that entry {} is in, but entry {} is "
                 "to follow: the entries between are missing, as after restoring an older store; restore the store "
                 "that belongs to this state, or start again with --accept local-state or --fresh",
                 processor_, spec_.db, kMarkerCollection, marker->seq, entry.seq);
  }
  return Standing::kNext;
}

Result<void> EmbeddedSink::move_marker(StoreWriter& writer, const OutboxEntry& entry) const {
  if (fence_ == 0) return {};
  const Marker marker{.lineage = lineage_, .seq = entry.seq, .fence = fence_, .cut = entry.cut, .at = clock_.now()};
  return writer.put(spec_.db, kMarkerCollection, marker_document(marker, processor_));
}

Result<Delivery> EmbeddedSink::deliver(const OutboxEntry& entry, const RefusalLetters& letters) {
  PS_CHECK(merger_.has_value());
  PS_TRY(StoreWriter writer, store_->begin());
  PS_TRY(const Standing standing, compare(writer, entry));
  if (standing == Standing::kRepeated) return Delivery{.refused = {}, .repeated = true};
  Delivery delivery;
  if (!entry.documents.empty()) {
    PS_TRY(delivery, writer.merge(spec_.db, spec_.coll, entry.documents, *merger_));
  }
  if (dead_letters_) PS_TRY(insert_letters(writer, *dead_letters_, entry.dead_letters));
  if (!delivery.refused.empty() && letters) {
    PS_TRY(const auto refusals, letters(delivery.refused));
    PS_CHECK(refusals.empty() || dead_letters_.has_value());
    if (dead_letters_) PS_TRY(insert_letters(writer, *dead_letters_, refusals));
  }
  PS_TRY(move_marker(writer, entry));
  PS_TRY(writer.commit());
  return delivery;
}

Result<void> EmbeddedSink::write_dead_letters(const std::vector<OwnedDocument>& letters) {
  PS_TRY(StoreWriter writer, store_->begin());
  PS_TRY(insert_letters(writer, dead_letters_ ? *dead_letters_ : spec_, letters));
  return writer.commit();
}

Result<void> EmbeddedSink::insert_letters(StoreWriter& writer, const MergeSpec& target,
                                          const std::vector<OwnedDocument>& letters) {
  if (letters.empty()) return {};
  PS_TRY(const Delivery delivery, writer.insert(target.db, target.coll, letters, WhenThere::kKeep));
  if (delivery.refused.empty()) return {};
  log_.warning("the embedded store refused {} of {} dead letters for {}.{}; the first: {}", delivery.refused.size(),
               letters.size(), target.db, target.coll, delivery.refused.front().reason);
  return {};
}

}  // namespace

Guarantee embedded_guarantee() {
  return {GuaranteeLevel::kExactlyOnce,
          "documents and their marker are written in one transaction of the embedded store"};
}

std::unique_ptr<Sink> make_embedded_sink(std::shared_ptr<DocStore> store, const MergeSpec& spec,
                                         std::optional<MergeSpec> dead_letters, const Clock& clock, Logger& log) {
  return std::make_unique<EmbeddedSink>(std::move(store), spec, std::move(dead_letters), clock, log);
}

}  // namespace penstock

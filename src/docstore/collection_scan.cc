// SPDX-License-Identifier: Apache-2.0
#include "docstore/collection_scan.h"

#include <algorithm>

namespace penstock {

Result<std::optional<Document>> CollectionScan::next() {
  while (given_ == chunk_.size()) {
    if (failed_) return failed_->clone();
    if (at_end_) return std::optional<Document>();
    PS_TRY(refill());
  }
  return std::optional<Document>(chunk_[given_++]);
}

Result<void> CollectionScan::refill() {
  chunk_.clear();
  chunk_bytes_ = 0;
  given_ = 0;
  arena_.reset();
  PS_TRY(const ReadTransaction txn, run_.store.read());
  PS_TRY(const auto stored, txn.get(store::kCollections, ns_));
  if (!stored) {
    at_end_ = true;
    if (collection_) return Error(ErrorCode{175}, "collection dropped: {}", ns_);
    return {};
  }
  PS_TRY(const auto record, store::decode_record(*stored));
  if (!collection_) place_ = direction_ == ScanDirection::kForward ? 1 : record.next_sequence;
  if (collection_.value_or(record.id) != record.id) return Error(ErrorCode{175}, "collection dropped: {}", ns_);
  collection_ = record.id;
  Result<void> read;
  if (filter_.id_keys()) {
    read = read_ids(txn);
  } else {
    read = direction_ == ScanDirection::kForward ? read_forward(txn) : read_backward(txn);
  }
  chunk_documents_ = std::min(chunk_documents_ * 2, kChunkDocumentsMax);
  if (read.ok()) return {};
  failed_ = read.take_error();  // The documents before it come first.
  if (direction_ == ScanDirection::kBackward) chunk_.clear();
  return {};
}

Result<void> CollectionScan::consider(Document document) {
  PS_TRY(const bool passes, filter_.passes(document, run_, scratch_));
  if (!passes) return {};
  chunk_.emplace_back(arena_.copy(document.bytes()).data());
  chunk_bytes_ += document.size();
  return {};
}

Result<void> CollectionScan::read_range(const ReadTransaction& txn, uint64_t from, uint64_t& to) {
  const std::string prefix = store::document_prefix(*collection_);
  PS_TRY(Cursor cursor, txn.scan(store::kDocuments, store::document_key(*collection_, from)));
  while (cursor.valid() && cursor.key().starts_with(prefix)) {
    const uint64_t sequence = store::decode_number(cursor.key().substr(prefix.size()));
    if (sequence >= to) return {};
    if (chunk_is_full()) {
      to = sequence;
      return {};
    }
    PS_TRY(consider(Document(cursor.value().data())));
    PS_TRY(cursor.next());
  }
  at_end_ = direction_ == ScanDirection::kForward;
  return {};
}

Result<void> CollectionScan::read_forward(const ReadTransaction& txn) {
  uint64_t to = place_ + kRangeMax;
  PS_TRY(read_range(txn, place_, to));
  place_ = to;
  return {};
}

Result<void> CollectionScan::read_backward(const ReadTransaction& txn) {
  const uint64_t from = place_ - std::min(place_ - 1, width_);
  uint64_t to = place_;
  PS_TRY(read_range(txn, from, to));
  if (to < place_ && width_ > 1) {  // Too much for one chunk: a smaller range.
    chunk_.clear();
    chunk_bytes_ = 0;
    width_ /= 2;
    return {};
  }
  std::reverse(chunk_.begin(), chunk_.end());
  place_ = from;
  at_end_ = place_ <= 1;
  width_ = chunk_.empty() ? std::min(width_ * 2, kRangeMax) : std::min<uint64_t>(chunk_documents_, kRangeMax);
  return {};
}

Result<void> CollectionScan::read_ids(const ReadTransaction& txn) {
  at_end_ = true;
  std::vector<uint64_t> sequences;
  for (const std::string& key : *filter_.id_keys()) {
    PS_TRY(const auto sequence, store::find_key(txn, *collection_, 0, key));
    if (sequence) sequences.push_back(*sequence);
  }
  std::sort(sequences.begin(), sequences.end());
  sequences.erase(std::unique(sequences.begin(), sequences.end()), sequences.end());
  if (direction_ == ScanDirection::kBackward) std::reverse(sequences.begin(), sequences.end());
  for (const uint64_t sequence : sequences) {
    PS_TRY(const auto stored, txn.get(store::kDocuments, store::document_key(*collection_, sequence)));
    if (!stored) return Error(ErrorCode::kDisk, "the store is damaged: an index names a document that is not there");
    PS_TRY(consider(Document(stored->data())));
  }
  return {};
}

}  // namespace penstock

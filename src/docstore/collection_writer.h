// SPDX-License-Identifier: Apache-2.0
// One collection within a write transaction: its documents, its indexes, its record. Every document that goes in or out
// passes through here, so that indexes and counts stay true.
// Views into documents are valid until the next change. Thread: one.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "docstore/index_keys.h"
#include "docstore/store_layout.h"

namespace penstock {

// What writing one document came to: an outer error ends the transaction, a refusal leaves the document out.
using Verdict = Result<std::optional<Refusal>>;

class CollectionWriter {
 public:
  struct Found {
    uint64_t sequence = 0;
    Document document;
  };

  // `ns`: "db.coll". `txn` outlives it.
  CollectionWriter(WriteTransaction& txn, std::string ns, store::CollectionRecord record)
      : txn_(&txn), ns_(std::move(ns)), record_(std::move(record)) {}
  const std::string& ns() const { return ns_; }
  const store::CollectionRecord& record() const { return record_; }

  Result<std::optional<Found>> find_by_id(const Value& id) const;
  // `key`: of a unique index (IndexKey::bytes).
  Result<std::optional<Found>> find_by_key(const store::IndexRecord& index, std::string_view key) const;
  // The first document with this sequence or a greater one that passes; test(document) gives Result<bool>.
  template <typename Test>
  Result<std::optional<Found>> find_from(uint64_t sequence, const Test& test) const;

  // `document` has its `_id` first.
  Verdict add(Document document);
  // `before`: the stored document of that sequence. Both have the same `_id`.
  Verdict replace(uint64_t sequence, Document before, Document after);
  Result<void> remove(const Found& found);

  // Refused when documents that are there do not fit into it.
  Verdict add_index(Document spec);
  // Its entries are erased later (drops.h); gives the id under which they lie.
  uint32_t remove_index(size_t place);
  // Of a store of format 1: finds out what its record did not know.
  Result<void> measure();
  // Writes the record.
  Result<void> save() { return txn_->put(store::kCollections, ns_, encode(record_)); }

 private:
  using Keys = std::vector<std::vector<IndexKey>>;  // One list per index.
  Result<Keys> keys_of(Document document) const;
  Verdict fill(const store::IndexRecord& index);
  Result<std::optional<Found>> at(uint64_t sequence) const;

  WriteTransaction* txn_;
  std::string ns_;
  store::CollectionRecord record_;
};

template <typename Test>
Result<std::optional<CollectionWriter::Found>> CollectionWriter::find_from(uint64_t sequence, const Test& test) const {
  const std::string prefix = store::document_prefix(record_.id);
  PS_TRY(Cursor cursor, txn_->scan(store::kDocuments, store::document_key(record_.id, sequence)));
  while (cursor.valid() && cursor.key().starts_with(prefix)) {
    const Found found{store::decode_number(cursor.key().substr(prefix.size())), Document(cursor.value().data())};
    PS_TRY(const bool passes, test(found.document));
    if (passes) return std::optional(found);
    PS_TRY(cursor.next());
  }
  return std::optional<Found>();
}

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
#include "docstore/collection_writer.h"

#include <algorithm>

namespace penstock {
namespace {

using store::IndexRecord;

// The keys that are in `a` and not in `b`; both sorted.
std::vector<const IndexKey*> without(const std::vector<IndexKey>& a, const std::vector<IndexKey>& b) {
  std::vector<const IndexKey*> rest;
  for (const IndexKey& key : a) {
    const auto same = std::lower_bound(b.begin(), b.end(), key.bytes,
                                       [](const IndexKey& x, const std::string& bytes) { return x.bytes < bytes; });
    if (same == b.end() || same->bytes != key.bytes) rest.push_back(&key);
  }
  return rest;
}

// Keys of an index nobody asks for are made only where that may fail.
bool needs_keys(const IndexRecord& index) { return index.unique || index.paths.size() > 1; }

}  // namespace

Result<std::optional<CollectionWriter::Found>> CollectionWriter::at(uint64_t sequence) const {
  PS_TRY(auto stored, txn_->get(store::kDocuments, store::document_key(record_.id, sequence)));
  if (!stored) return Error(ErrorCode::kDisk, "the store is damaged: {} lacks a document its index names", ns_);
  return std::optional(Found{sequence, Document(stored->data())});
}

Result<std::optional<CollectionWriter::Found>> CollectionWriter::find_by_id(const Value& id) const {
  return find_by_key(record_.indexes.front(), id_key(id));
}

Result<std::optional<CollectionWriter::Found>> CollectionWriter::find_by_key(const IndexRecord& index,
                                                                             std::string_view key) const {
  PS_TRY(auto sequence, store::find_key(*txn_, record_.id, index.id, key));
  if (!sequence) return std::optional<Found>();
  return at(*sequence);
}

Result<CollectionWriter::Keys> CollectionWriter::keys_of(Document document) const {
  Keys keys(record_.indexes.size());
  for (size_t i = 0; i < keys.size(); ++i) {
    if (!needs_keys(record_.indexes[i])) continue;
    PS_TRY(keys[i], index_keys(document, record_.indexes[i]));
  }
  return keys;
}

Verdict CollectionWriter::add(Document document) {
  auto keys = keys_of(document);
  if (!keys.ok()) return std::optional(refuse(keys.take_error()));
  for (size_t i = 0; i < keys->size(); ++i) {
    const IndexRecord& index = record_.indexes[i];
    if (!index.unique) continue;
    for (const IndexKey& key : (*keys)[i]) {
      PS_TRY(auto taken, store::find_key(*txn_, record_.id, index.id, key.bytes));
      if (taken) return std::optional(duplicate_key(ns_, index, key.values));
    }
  }
  const uint64_t sequence = record_.next_sequence++;
  PS_TRY(txn_->put(store::kDocuments, store::document_key(record_.id, sequence), document.bytes()));
  for (size_t i = 0; i < keys->size(); ++i) {
    if (!record_.indexes[i].unique) continue;
    for (const IndexKey& key : (*keys)[i])
      PS_TRY(store::put_key(*txn_, record_.id, record_.indexes[i].id, key.bytes, sequence));
  }
  ++record_.count;
  record_.bytes += document.size();
  return std::optional<Refusal>();
}

Verdict CollectionWriter::replace(uint64_t sequence, Document before, Document after) {
  struct Change {
    uint32_t index;
    std::vector<std::string> from, to;
  };
  std::vector<Change> changes;
  for (size_t i = 1; i < record_.indexes.size(); ++i) {
    const IndexRecord& index = record_.indexes[i];
    if (!needs_keys(index)) continue;
    auto new_keys = index_keys(after, index);
    if (!new_keys.ok()) return std::optional(refuse(new_keys.take_error()));
    if (!index.unique) continue;
    PS_TRY(const auto old_keys, index_keys(before, index));
    Change change{index.id, {}, {}};
    for (const IndexKey* key : without(*new_keys, old_keys)) {
      PS_TRY(auto taken, store::find_key(*txn_, record_.id, index.id, key->bytes));
      if (taken) return std::optional(duplicate_key(ns_, index, key->values));
      change.to.push_back(key->bytes);
    }
    for (const IndexKey* key : without(old_keys, *new_keys))
      change.from.push_back(key->bytes);
    changes.push_back(std::move(change));
  }
  record_.bytes = record_.bytes - before.size() + after.size();
  // From here on `before` is no longer valid: it points into pages that change.
  for (const Change& change : changes) {
    for (const std::string& key : change.from)
      PS_TRY(store::erase_key(*txn_, record_.id, change.index, key));
    for (const std::string& key : change.to)
      PS_TRY(store::put_key(*txn_, record_.id, change.index, key, sequence));
  }
  PS_TRY(txn_->put(store::kDocuments, store::document_key(record_.id, sequence), after.bytes()));
  return std::optional<Refusal>();
}

Result<void> CollectionWriter::remove(const Found& found) {
  std::vector<std::pair<uint32_t, std::string>> keys;
  for (const IndexRecord& index : record_.indexes) {
    if (!index.unique) continue;
    PS_TRY(auto of_index, index_keys(found.document, index));
    for (IndexKey& key : of_index)
      keys.emplace_back(index.id, std::move(key.bytes));
  }
  --record_.count;
  record_.bytes -= found.document.size();
  // From here on the document is no longer valid.
  for (const auto& [index, key] : keys)
    PS_TRY(store::erase_key(*txn_, record_.id, index, key));
  PS_TRY(txn_->erase(store::kDocuments, store::document_key(record_.id, found.sequence)));
  return {};
}

Verdict CollectionWriter::add_index(Document spec) {
  IndexRecord index = IndexRecord::of(record_.next_index, spec);
  PS_TRY(auto refusal, fill(index));
  if (refusal) return refusal;
  ++record_.next_index;
  record_.indexes.push_back(std::move(index));
  return refusal;
}

Verdict CollectionWriter::fill(const IndexRecord& index) {
  std::optional<Refusal> refusal;
  if (!needs_keys(index)) return refusal;
  const auto every = [](Document) -> Result<bool> { return true; };
  for (uint64_t from = 0;;) {
    // A new cursor per document: what it shows is valid until the next write only.
    PS_TRY(const auto found, find_from(from, every));
    if (!found) return refusal;
    auto keys = index_keys(found->document, index);
    if (!keys.ok()) return std::optional(refuse(keys.take_error()));
    if (index.unique) {
      for (const IndexKey& key : *keys) {
        PS_TRY(auto taken, store::find_key(*txn_, record_.id, index.id, key.bytes));
        if (taken) return std::optional(duplicate_key(ns_, index, key.values));
      }
      for (const IndexKey& key : *keys)
        PS_TRY(store::put_key(*txn_, record_.id, index.id, key.bytes, found->sequence));
    }
    from = found->sequence + 1;
  }
}

uint32_t CollectionWriter::remove_index(size_t place) {
  PS_CHECK(place > 0 && place < record_.indexes.size());
  const uint32_t id = record_.indexes[place].id;
  record_.indexes.erase(record_.indexes.begin() + static_cast<std::ptrdiff_t>(place));
  return id;
}

Result<void> CollectionWriter::measure() {
  if (record_.measured) return {};
  record_.bytes = 0;
  const auto add_up = [&](Document document) -> Result<bool> {
    record_.bytes += document.size();
    return false;
  };
  PS_TRY(find_from(0, add_up));
  record_.measured = true;
  return {};
}

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
#include "docstore/store_writer.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "bson/compare.h"
#include "bson/ejson.h"

namespace penstock {
namespace {

using store::CollectionRecord;

constexpr uint32_t kIdIndex = 0;

std::string id_key(const Value& id) {
  std::string key;
  append_equality_key(id, key);
  return key;
}

// The key of a document in an index, or nothing if the document has no value there. Every document has an `_id`, be it
// null.
std::optional<std::string> index_key(Document document, const std::vector<std::string>& on) {
  if (on.size() == 1 && on[0] == "_id") return id_key(document.get("_id"));
  auto key = merge_key(document, on);
  if (!key.ok()) return std::nullopt;
  return std::move(*key);
}

Error duplicate(const std::string& name, const std::vector<std::string>& on, Document document) {
  std::string index;
  std::string values;
  for (const std::string& path : on) {
    index += path == "_id" ? "_id_" : path + "_1_";
    values += fmt::format("{}{}: {}", values.empty() ? "" : ", ", path, to_text(on_value(document, path)));
  }
  index.pop_back();
  if (on.size() == 1 && on[0] == "_id") index = "_id_";
  return Error(ErrorCode::kDuplicateKey, "E11000 duplicate key error collection: {} index: {} dup key: {{ {} }}", name,
               index, values);
}

void refuse(Delivery& delivery, size_t index, const Error& error) {
  delivery.refused.push_back({index, static_cast<int32_t>(error.code()), error.message()});
}

}  // namespace

Result<Delivery> StoreWriter::merge(std::string_view db, std::string_view coll,
                                    const std::vector<OwnedDocument>& documents, Merger& merger) {
  PS_TRY(Target * target, open_collection(db, coll));
  PS_TRY(const uint32_t index, open_index(*target, merger.spec().on));
  Delivery delivery;
  for (size_t i = 0; i < documents.size(); ++i) {
    PS_TRY(auto verdict, merge_one(*target, index, documents[i], merger));
    if (!verdict.ok()) refuse(delivery, i, verdict.error());
  }
  return delivery;
}

Result<Delivery> StoreWriter::insert(std::string_view db, std::string_view coll,
                                     const std::vector<OwnedDocument>& documents, WhenThere when_there) {
  PS_TRY(Target * target, open_collection(db, coll));
  Delivery delivery;
  for (size_t i = 0; i < documents.size(); ++i) {
    auto document = with_id_first(documents[i]);
    if (!document.ok()) {
      refuse(delivery, i, document.error());
      continue;
    }
    if (when_there == WhenThere::kKeep) {
      PS_TRY(const bool there, taken(*target, kIdIndex, id_key(document->view().get("_id"))));
      if (there) continue;
    }
    PS_TRY(auto verdict, add(*target, *document));
    if (!verdict.ok()) refuse(delivery, i, verdict.error());
  }
  return delivery;
}

Result<std::optional<OwnedDocument>> StoreWriter::find(std::string_view db, std::string_view coll, const Value& id) {
  using Outcome = std::optional<OwnedDocument>;
  PS_TRY(Target * target, find_collection(db, coll));
  if (target == nullptr) return Outcome();
  PS_TRY(auto found, look_up(*target, kIdIndex, id_key(id)));
  return found ? Outcome(OwnedDocument(found->document)) : Outcome();
}

Result<void> StoreWriter::put(std::string_view db, std::string_view coll, Document document) {
  PS_TRY(const OwnedDocument stored, with_id_first(document));
  PS_TRY(Target * target, open_collection(db, coll));
  PS_TRY(auto found, look_up(*target, kIdIndex, id_key(stored.view().get("_id"))));
  PS_TRY(auto verdict, found ? replace(*target, found->sequence, found->document, stored) : add(*target, stored));
  return verdict;
}

Result<bool> StoreWriter::erase(std::string_view db, std::string_view coll, const Value& id) {
  PS_TRY(Target * target, find_collection(db, coll));
  if (target == nullptr) return false;
  PS_TRY(auto found, look_up(*target, kIdIndex, id_key(id)));
  if (!found) return false;
  PS_TRY(remove(*target, *found));
  return true;
}

Result<void> StoreWriter::commit() {
  for (const auto& [name, target] : targets_)
    PS_TRY(txn_.put(store::kCollections, name, encode(target.record)));
  return txn_.commit();
}

Result<StoreWriter::Target*> StoreWriter::find_collection(std::string_view db, std::string_view coll) {
  PS_TRY(std::string name, store::namespace_of(db, coll));
  if (auto known = targets_.find(name); known != targets_.end()) return &known->second;
  PS_TRY(auto stored, txn_.get(store::kCollections, name));
  if (!stored) return nullptr;
  Target target{name, {}};
  PS_TRY(target.record, store::decode_record(*stored));
  return &targets_.emplace(std::move(name), std::move(target)).first->second;
}

Result<StoreWriter::Target*> StoreWriter::open_collection(std::string_view db, std::string_view coll) {
  PS_TRY(Target * found, find_collection(db, coll));
  if (found != nullptr) return found;
  PS_TRY(std::string name, store::namespace_of(db, coll));
  PS_TRY(auto next, txn_.get(store::kMeta, "next_collection"));
  const uint64_t id = next ? store::decode_number(*next) : 1;
  PS_TRY(txn_.put(store::kMeta, "next_collection", store::encode_number(id + 1)));
  Target target{name, {}};
  target.record.id = static_cast<uint32_t>(id);
  return &targets_.emplace(std::move(name), std::move(target)).first->second;
}

Result<uint32_t> StoreWriter::open_index(Target& target, std::vector<std::string> on) {
  std::sort(on.begin(), on.end());
  auto& indexes = target.record.indexes;
  const auto known = std::find(indexes.begin(), indexes.end(), on);
  const auto index = static_cast<uint32_t>(known - indexes.begin());
  if (known != indexes.end()) return index;
  indexes.push_back(std::move(on));
  PS_TRY(fill_index(target, index));
  return index;
}

Result<void> StoreWriter::fill_index(const Target& target, uint32_t index) {
  const std::string prefix = store::document_prefix(target.record.id);
  std::string from = prefix;
  while (true) {
    std::optional<std::string> key;
    uint64_t sequence = 0;
    {
      // A cursor per document: what it shows is valid until the next write only.
      PS_TRY(Cursor cursor, txn_.scan(store::kDocuments, from));
      if (!cursor.valid() || !cursor.key().starts_with(prefix)) return {};
      sequence = store::decode_number(cursor.key().substr(prefix.size()));
      const Document document(cursor.value().data());
      key = index_key(document, target.record.indexes[index]);
      if (key) {
        PS_TRY(const bool in_use, taken(target, index, *key));
        if (in_use) return duplicate(target.name, target.record.indexes[index], document);
      }
    }
    if (key) PS_TRY(store::put_key(txn_, target.record.id, index, *key, sequence));
    from = store::document_key(target.record.id, sequence + 1);
  }
}

Result<std::optional<StoreWriter::Found>> StoreWriter::look_up(const Target& target, uint32_t index,
                                                               std::string_view key) const {
  PS_TRY(auto sequence, store::find_key(txn_, target.record.id, index, key));
  if (!sequence) return std::optional<Found>();
  PS_TRY(auto stored, txn_.get(store::kDocuments, store::document_key(target.record.id, *sequence)));
  if (!stored) {
    return Error(ErrorCode::kDisk, "the store is damaged: {} lacks a document its index names", target.name);
  }
  return std::optional(Found{*sequence, Document(stored->data())});
}

StoreWriter::Verdict StoreWriter::merge_one(Target& target, uint32_t index, Document incoming, Merger& merger) {
  auto key = merge_key(incoming, target.record.indexes[index]);
  if (!key.ok()) return Result<void>(key.take_error());
  std::optional<Found> found;
  // whenMatched fail is an insert: add() finds out what is in the way, `_id` first as mongod does.
  if (merger.spec().when_matched != WhenMatched::kFail) {
    PS_TRY(found, look_up(target, index, *key));
  }
  auto merged = merger.merge(found ? &found->document : nullptr, incoming);
  if (!merged.ok()) return Result<void>(merged.take_error());
  if (!merged->has_value()) return Result<void>();
  if (found) return replace(target, found->sequence, found->document, **merged);
  return add(target, **merged);
}

Result<bool> StoreWriter::taken(const Target& target, uint32_t index, std::string_view key) {
  PS_TRY(auto sequence, store::find_key(txn_, target.record.id, index, key));
  return sequence.has_value();
}

StoreWriter::Verdict StoreWriter::add(Target& target, Document document) {
  CollectionRecord& record = target.record;
  std::vector<std::optional<std::string>> keys;
  for (uint32_t i = 0; i < record.indexes.size(); ++i) {
    keys.push_back(index_key(document, record.indexes[i]));
    if (!keys[i]) continue;
    PS_TRY(const bool in_use, taken(target, i, *keys[i]));
    if (in_use) return Result<void>(duplicate(target.name, record.indexes[i], document));
  }
  const uint64_t sequence = record.next_sequence++;
  PS_TRY(txn_.put(store::kDocuments, store::document_key(record.id, sequence), document.bytes()));
  for (uint32_t i = 0; i < keys.size(); ++i) {
    if (keys[i]) PS_TRY(store::put_key(txn_, record.id, i, *keys[i], sequence));
  }
  ++record.count;
  return Result<void>();
}

StoreWriter::Verdict StoreWriter::replace(const Target& target, uint64_t sequence, Document before, Document after) {
  struct Change {
    uint32_t index;
    std::optional<std::string> from, to;
  };
  const CollectionRecord& record = target.record;
  std::vector<Change> changes;
  for (uint32_t i = 1; i < record.indexes.size(); ++i) {
    Change change{i, index_key(before, record.indexes[i]), index_key(after, record.indexes[i])};
    if (change.from == change.to) continue;
    if (change.to) {
      PS_TRY(const bool in_use, taken(target, i, *change.to));
      if (in_use) return Result<void>(duplicate(target.name, record.indexes[i], after));
    }
    changes.push_back(std::move(change));
  }
  // From here on `before` is no longer valid: it points into pages that change.
  for (const Change& change : changes) {
    if (change.from) PS_TRY(store::erase_key(txn_, record.id, change.index, *change.from));
    if (change.to) PS_TRY(store::put_key(txn_, record.id, change.index, *change.to, sequence));
  }
  PS_TRY(txn_.put(store::kDocuments, store::document_key(record.id, sequence), after.bytes()));
  return Result<void>();
}

Result<void> StoreWriter::remove(Target& target, const Found& found) {
  CollectionRecord& record = target.record;
  std::vector<std::optional<std::string>> keys;
  for (const auto& index : record.indexes)
    keys.push_back(index_key(found.document, index));
  // From here on the document is no longer valid.
  for (uint32_t i = 0; i < keys.size(); ++i) {
    if (keys[i]) PS_TRY(store::erase_key(txn_, record.id, i, *keys[i]));
  }
  PS_TRY(txn_.erase(store::kDocuments, store::document_key(record.id, found.sequence)));
  --record.count;
  return {};
}

}  // namespace penstock

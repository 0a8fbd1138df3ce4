// SPDX-License-Identifier: Apache-2.0
#include "docstore/store_writer.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "docstore/drops.h"

namespace penstock {
namespace {

void note(Delivery& delivery, size_t index, const Error& error) {
  delivery.refused.push_back({index, static_cast<int32_t>(error.code()), error.message()});
}

// {v: 2, key: {a: 1, b: 1}, name: "a_1_b_1", unique: true, sparse: true}
OwnedDocument unique_index_over(const std::vector<std::string>& paths) {
  DocumentBuilder spec;
  std::string name;
  spec.append("v", Value::int32(2));
  const size_t key = spec.begin_object("key");
  for (const std::string& path : paths) {
    spec.append(path, Value::int32(1));
    name += fmt::format("{}{}_1", name.empty() ? "" : "_", path);
  }
  spec.end(key);
  spec.append("name", Value::string(name));
  spec.append("unique", Value::boolean(true));
  spec.append("sparse", Value::boolean(true));
  return OwnedDocument(spec.take());
}

std::vector<std::string> sorted(std::vector<std::string> paths) {
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace

Result<Delivery> StoreWriter::merge(std::string_view db, std::string_view coll,
                                    const std::vector<OwnedDocument>& documents, Merger& merger) {
  PS_TRY(CollectionWriter * collection, open_collection(db, coll));
  PS_TRY(const size_t index, open_index(*collection, merger.spec().on));
  Delivery delivery;
  for (size_t i = 0; i < documents.size(); ++i) {
    PS_TRY(const auto refusal, merge_one(*collection, index, documents[i], merger));
    if (refusal) note(delivery, i, refusal->error);
  }
  return delivery;
}

Result<Delivery> StoreWriter::insert(std::string_view db, std::string_view coll,
                                     const std::vector<OwnedDocument>& documents, WhenThere when_there) {
  PS_TRY(CollectionWriter * collection, open_collection(db, coll));
  Delivery delivery;
  for (size_t i = 0; i < documents.size(); ++i) {
    auto document = with_id_first(documents[i]);
    if (!document.ok()) {
      note(delivery, i, document.error());
      continue;
    }
    if (when_there == WhenThere::kKeep) {
      PS_TRY(const auto there, collection->find_by_id(document->view().get("_id")));
      if (there) continue;
    }
    PS_TRY(const auto refusal, collection->add(*document));
    if (refusal) note(delivery, i, refusal->error);
  }
  return delivery;
}

Result<std::optional<OwnedDocument>> StoreWriter::find(std::string_view db, std::string_view coll, const Value& id) {
  using Outcome = std::optional<OwnedDocument>;
  PS_TRY(CollectionWriter * collection, find_collection(db, coll));
  if (collection == nullptr) return Outcome();
  PS_TRY(const auto found, collection->find_by_id(id));
  return found ? Outcome(OwnedDocument(found->document)) : Outcome();
}

Result<void> StoreWriter::put(std::string_view db, std::string_view coll, Document document) {
  PS_TRY(const OwnedDocument stored, with_id_first(document));
  PS_TRY(CollectionWriter * collection, open_collection(db, coll));
  PS_TRY(const auto found, collection->find_by_id(stored.view().get("_id")));
  PS_TRY(auto refusal, found ? collection->replace(found->sequence, found->document, stored) : collection->add(stored));
  if (refusal) return std::move(refusal->error);
  return {};
}

Result<bool> StoreWriter::erase(std::string_view db, std::string_view coll, const Value& id) {
  PS_TRY(CollectionWriter * collection, find_collection(db, coll));
  if (collection == nullptr) return false;
  PS_TRY(const auto found, collection->find_by_id(id));
  if (!found) return false;
  PS_TRY(collection->remove(*found));
  return true;
}

Result<void> StoreWriter::commit() {
  for (auto& [name, collection] : collections_)
    PS_TRY(collection.save());
  return txn_->commit();
}

Result<CollectionWriter*> StoreWriter::find_collection(std::string_view db, std::string_view coll) {
  PS_TRY(std::string name, store::namespace_of(db, coll));
  if (auto known = collections_.find(name); known != collections_.end()) return &known->second;
  PS_TRY(auto stored, txn_->get(store::kCollections, name));
  if (!stored) return nullptr;
  PS_TRY(auto record, store::decode_record(*stored));
  CollectionWriter collection(*txn_, name, std::move(record));
  return &collections_.emplace(std::move(name), std::move(collection)).first->second;
}

Result<CollectionWriter*> StoreWriter::open_collection(std::string_view db, std::string_view coll) {
  PS_TRY(CollectionWriter * found, find_collection(db, coll));
  if (found != nullptr) return found;
  PS_TRY(std::string name, store::namespace_of(db, coll));
  PS_TRY(auto next, txn_->get(store::kMeta, "next_collection"));
  const uint64_t id = next ? store::decode_number(*next) : 1;
  PS_TRY(txn_->put(store::kMeta, "next_collection", store::encode_number(id + 1)));
  store::CollectionRecord record;
  record.id = static_cast<uint32_t>(id);
  record.created = clock_.now();
  CollectionWriter collection(*txn_, name, std::move(record));
  return &collections_.emplace(std::move(name), std::move(collection)).first->second;
}

Result<void> StoreWriter::drop_collection(std::string_view ns) {
  const size_t dot = ns.find('.');
  PS_TRY(CollectionWriter * collection, find_collection(ns.substr(0, dot), ns.substr(dot + 1)));
  if (collection == nullptr) return {};
  PS_TRY(note_dropped(*txn_, collection->record().id, std::nullopt));
  PS_TRY(txn_->erase(store::kCollections, ns));
  collections_.erase(collections_.find(ns));
  return {};
}

Result<void> StoreWriter::drop_database(std::string_view db) {
  const std::string prefix = std::string(db) + ".";
  while (true) {
    std::string ns;
    {
      PS_TRY(Cursor cursor, txn_->scan(store::kCollections, prefix));
      if (!cursor.valid() || !cursor.key().starts_with(prefix)) return {};
      ns = cursor.key();
    }
    PS_TRY(drop_collection(ns));
  }
}

Result<void> StoreWriter::drop_index(CollectionWriter& collection, size_t place) {
  return note_dropped(*txn_, collection.record().id, collection.remove_index(place));
}

Result<void> StoreWriter::rename_collection(std::string_view from, std::string_view to) {
  const size_t dot = from.find('.');
  PS_TRY(CollectionWriter * collection, find_collection(from.substr(0, dot), from.substr(dot + 1)));
  PS_CHECK(collection != nullptr);
  CollectionWriter renamed(*txn_, std::string(to), collection->record());
  PS_TRY(txn_->erase(store::kCollections, from));
  collections_.erase(collections_.find(from));
  collections_.insert_or_assign(std::string(to), std::move(renamed));
  return {};
}

Result<size_t> StoreWriter::open_index(CollectionWriter& collection, const std::vector<std::string>& on) {
  const std::vector<std::string> wanted = sorted(on);
  const auto& indexes = collection.record().indexes;
  for (size_t i = 0; i < indexes.size(); ++i) {
    if (indexes[i].unique && sorted(indexes[i].paths) == wanted) return i;
  }
  PS_TRY(auto refusal, collection.add_index(unique_index_over(wanted)));
  if (refusal) return std::move(refusal->error);
  return indexes.size() - 1;
}

Verdict StoreWriter::merge_one(CollectionWriter& collection, size_t index, Document incoming, Merger& merger) {
  const store::IndexRecord& record = collection.record().indexes[index];
  auto key = merge_key(incoming, record.paths);
  if (!key.ok()) {
    // Of several paths without a value the first in the order of names is told.
    auto told = merge_key(incoming, sorted(record.paths));
    return std::optional(refuse(told.take_error()));
  }
  std::optional<CollectionWriter::Found> found;
  // whenMatched fail is an insert: add() finds out what is in the way, `_id` first as mongod does.
  if (merger.spec().when_matched != WhenMatched::kFail) {
    PS_TRY(found, collection.find_by_key(record, *key));
  }
  auto merged = merger.merge(found ? &found->document : nullptr, incoming);
  if (!merged.ok()) return std::optional(refuse(merged.take_error()));
  if (!merged->has_value()) return std::optional<Refusal>();
  if (found) return collection.replace(found->sequence, found->document, **merged);
  return collection.add(**merged);
}

}  // namespace penstock

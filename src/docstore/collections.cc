// SPDX-License-Identifier: Apache-2.0
#include "docstore/collections.h"

#include "docstore/drops.h"
#include "docstore/index_keys.h"

namespace penstock {
namespace {

constexpr size_t kErrorsMax = 20;  // What one validation tells.

StoredCollection stored_collection(std::string_view ns, store::CollectionRecord record) {
  const size_t dot = ns.find('.');
  return {std::string(ns.substr(0, dot)), std::string(ns.substr(dot + 1)), std::move(record)};
}

Result<std::string> side_of_rename(std::string_view side, std::string_view ns) {
  const size_t dot = ns.find('.');
  if (dot == std::string_view::npos || dot + 1 == ns.size()) {
    return Error(ErrorCode::kInvalidNamespace, "Invalid {} namespace: {}", side, ns);
  }
  return store::client_namespace(ns.substr(0, dot), ns.substr(dot + 1));
}

Result<CollectionWriter*> find_by_ns(StoreWriter& writer, std::string_view ns) {
  const size_t dot = ns.find('.');
  return writer.find_collection(ns.substr(0, dot), ns.substr(dot + 1));
}

// One document against its record and its keys.
Result<void> validate_document(const ReadTransaction& txn, const StoredCollection& collection, uint64_t sequence,
                               std::string_view bytes, Validation& result) {
  const auto complain = [&](std::string what) {
    if (result.errors.size() < kErrorsMax) result.errors.push_back(fmt::format("document {}: {}", sequence, what));
  };
  ++result.documents;
  if (auto valid = validate_bson(bytes); !valid.ok()) {
    complain(valid.error().message());
    return {};
  }
  const Document document(bytes.data());
  const auto& indexes = collection.record.indexes;
  for (size_t i = 0; i < indexes.size(); ++i) {
    auto keys = index_keys(document, indexes[i]);
    if (!keys.ok()) {
      complain(keys.error().message());
      continue;
    }
    result.keys[i] += keys->size();
    if (!indexes[i].unique) continue;
    for (const IndexKey& key : *keys) {
      PS_TRY(const auto found, store::find_key(txn, collection.record.id, indexes[i].id, key.bytes));
      if (found != sequence) complain(fmt::format("index {} does not lead to it", indexes[i].name()));
    }
  }
  return {};
}

}  // namespace

Result<std::vector<StoredCollection>> stored_collections(const DocStore& store, std::string_view db) {
  std::vector<StoredCollection> collections;
  const std::string prefix = db.empty() ? "" : std::string(db) + ".";
  PS_TRY(ReadTransaction txn, store.read());
  PS_TRY(Cursor cursor, txn.scan(store::kCollections, prefix));
  while (cursor.valid() && cursor.key().starts_with(prefix)) {
    PS_TRY(auto record, store::decode_record(cursor.value()));
    collections.push_back(stored_collection(cursor.key(), std::move(record)));
    PS_TRY(cursor.next());
  }
  return collections;
}

Result<std::optional<StoredCollection>> find_stored_collection(const DocStore& store, std::string_view db,
                                                               std::string_view coll) {
  PS_TRY(const std::string ns, store::namespace_of(db, coll));
  PS_TRY(ReadTransaction txn, store.read());
  PS_TRY(auto stored, txn.get(store::kCollections, ns));
  if (!stored) return std::optional<StoredCollection>();
  PS_TRY(auto record, store::decode_record(*stored));
  return std::optional(stored_collection(ns, std::move(record)));
}

Result<void> create_collection(DocStore& store, std::string_view db, std::string_view coll) {
  PS_TRY(const std::string ns, store::client_namespace(db, coll));
  PS_TRY(StoreWriter writer, store.begin());
  PS_TRY(const CollectionWriter* there, writer.find_collection(db, coll));
  if (there != nullptr) return Error(ErrorCode::kNamespaceExists, "Collection {} already exists.", ns);
  PS_TRY(writer.open_collection(db, coll));
  return writer.commit();
}

Result<size_t> drop_collection(DocStore& store, std::string_view db, std::string_view coll) {
  PS_TRY(const std::string ns, store::client_namespace(db, coll));
  size_t indexes = 0;
  {
    PS_TRY(StoreWriter writer, store.begin());
    PS_TRY(const CollectionWriter* there, writer.find_collection(db, coll));
    if (there == nullptr) return Error(ErrorCode::kNamespaceNotFound, "ns not found");
    indexes = there->record().indexes.size();
    PS_TRY(writer.drop_collection(ns));
    PS_TRY(writer.commit());
  }
  PS_TRY(erase_dropped(store));
  return indexes;
}

Result<void> drop_database(DocStore& store, std::string_view db) {
  PS_TRY(store::namespace_of(db, "any"));
  {
    PS_TRY(StoreWriter writer, store.begin());
    PS_TRY(writer.drop_database(db));
    PS_TRY(writer.commit());
  }
  return erase_dropped(store);
}

Result<void> rename_collection(DocStore& store, std::string_view from, std::string_view to, bool drop_target) {
  PS_TRY(side_of_rename("source", from));
  PS_TRY(side_of_rename("target", to));
  if (from == to) return Error(ErrorCode{20}, "Can't rename a collection to itself");
  {
    PS_TRY(StoreWriter writer, store.begin());
    PS_TRY(const CollectionWriter* source, find_by_ns(writer, from));
    if (source == nullptr) {
      return Error(ErrorCode::kNamespaceNotFound, "Source collection {} does not exist", from);
    }
    PS_TRY(const CollectionWriter* target, find_by_ns(writer, to));
    if (target != nullptr && !drop_target) return Error(ErrorCode::kNamespaceExists, "target namespace exists");
    if (target != nullptr) PS_TRY(writer.drop_collection(to));
    PS_TRY(writer.rename_collection(from, to));
    PS_TRY(writer.commit());
  }
  return erase_dropped(store);
}

Result<Validation> validate_collection(const DocStore& store, std::string_view db, std::string_view coll) {
  PS_TRY(const std::string ns, store::namespace_of(db, coll));
  PS_TRY(ReadTransaction txn, store.read());
  PS_TRY(auto stored, txn.get(store::kCollections, ns));
  if (!stored) {
    return Error(ErrorCode::kNamespaceNotFound, "Collection '{}' does not exist to validate.", ns);
  }
  PS_TRY(auto record, store::decode_record(*stored));
  const StoredCollection collection = stored_collection(ns, std::move(record));
  Validation result;
  result.keys.resize(collection.record.indexes.size());
  const std::string prefix = store::document_prefix(collection.record.id);
  PS_TRY(Cursor cursor, txn.scan(store::kDocuments, prefix));
  while (cursor.valid() && cursor.key().starts_with(prefix)) {
    const uint64_t sequence = store::decode_number(cursor.key().substr(prefix.size()));
    PS_TRY(validate_document(txn, collection, sequence, cursor.value(), result));
    PS_TRY(cursor.next());
  }
  if (result.documents != collection.record.count) {
    result.errors.push_back(fmt::format("the record of {} counts {} documents, there are {}", ns,
                                        collection.record.count, result.documents));
  }
  return result;
}

}  // namespace penstock

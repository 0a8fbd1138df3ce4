// SPDX-License-Identifier: Apache-2.0
#include "docstore/docstore.h"

#include "base/files.h"
#include "docstore/drops.h"

namespace penstock {

Result<std::unique_ptr<DocStore>> DocStore::open(const std::string& folder, StoreMode mode, const Clock& clock,
                                                 const StoreOptions& options) {
  const std::string store_folder = folder + "/store";
  const bool read_only = mode == StoreMode::kReadOnly;
  SystemFiles files;
  std::optional<WriteLock> lock;
  if (read_only && !files.exists(store_folder + "/data.mdb")) {
    return Error(ErrorCode::kBadInput, "there is no embedded store in {}: nothing was written there yet", folder);
  }
  if (!read_only) {
    PS_TRY(files.make_folders(store_folder));
    PS_TRY(WriteLock held, WriteLock::acquire(folder, fmt::format("the data folder {}", folder)));
    lock.emplace(std::move(held));
  }
  PS_TRY(auto environment, Environment::open(store_folder, store::environment_options(read_only, options.bytes_max)));
  std::unique_ptr<DocStore> result(new DocStore(std::move(lock), std::move(environment), clock));
  PS_TRY(result->check_format());
  // What a crash left of the last drop.
  if (!read_only) PS_TRY(erase_dropped(*result));
  return result;
}

Result<void> DocStore::check_format() {
  std::string format;
  {
    PS_TRY(ReadTransaction txn, environment_->read());
    PS_TRY(auto stored, txn.get(store::kMeta, "format"));
    format = stored.value_or(std::string_view());
  }
  if (!format.empty() && format != store::kFormat && format != store::kOldFormat) {
    return Error(ErrorCode::kStateRefused, "the store {} has the format \"{}\", this version reads \"{}\"", folder(),
                 format, store::kFormat);
  }
  if (format == store::kFormat || !lock_) return {};
  PS_TRY(const auto collections, list_collections());
  PS_TRY(WriteTransaction txn, environment_->write());
  PS_TRY(raise_format(txn, collections));
  PS_TRY(txn.put(store::kMeta, "format", store::kFormat));
  return txn.commit();
}

// From format 1: every record is written anew.
Result<void> DocStore::raise_format(WriteTransaction& txn, const std::vector<CollectionInfo>& collections) {
  for (const CollectionInfo& info : collections) {
    const std::string name = info.db + "." + info.coll;
    PS_TRY(auto stored, txn.get(store::kCollections, name));
    PS_CHECK(stored.has_value());
    PS_TRY(auto record, store::decode_record(*stored));
    CollectionWriter collection(txn, name, std::move(record));
    PS_TRY(collection.measure());
    PS_TRY(collection.save());
  }
  return {};
}

Result<StoreWriter> DocStore::begin() {
  PS_CHECK(lock_.has_value());
  PS_TRY(WriteTransaction txn, environment_->write());
  return StoreWriter(std::move(txn), clock_);
}

Result<Delivery> DocStore::merge(std::string_view db, std::string_view coll,
                                 const std::vector<OwnedDocument>& documents, const MergeSpec& spec) {
  PS_TRY(Merger merger, Merger::make(spec, clock_));
  PS_TRY(StoreWriter writer, begin());
  PS_TRY(Delivery delivery, writer.merge(db, coll, documents, merger));
  PS_TRY(writer.commit());
  return delivery;
}

Result<Delivery> DocStore::insert(std::string_view db, std::string_view coll,
                                  const std::vector<OwnedDocument>& documents) {
  PS_TRY(StoreWriter writer, begin());
  PS_TRY(Delivery delivery, writer.insert(db, coll, documents));
  PS_TRY(writer.commit());
  return delivery;
}

Result<uint64_t> DocStore::count(std::string_view db, std::string_view coll) const {
  PS_TRY(std::string name, store::namespace_of(db, coll));
  PS_TRY(ReadTransaction txn, environment_->read());
  PS_TRY(auto stored, txn.get(store::kCollections, name));
  if (!stored) return uint64_t{0};
  PS_TRY(auto record, store::decode_record(*stored));
  return record.count;
}

Result<std::vector<CollectionInfo>> DocStore::list_collections() const {
  std::vector<CollectionInfo> collections;
  PS_TRY(ReadTransaction txn, environment_->read());
  PS_TRY(Cursor cursor, txn.scan(store::kCollections, ""));
  while (cursor.valid()) {
    PS_TRY(auto record, store::decode_record(cursor.value()));
    const std::string_view name = cursor.key();
    const size_t dot = name.find('.');
    collections.push_back({std::string(name.substr(0, dot)), std::string(name.substr(dot + 1)), record.count});
    PS_TRY(cursor.next());
  }
  return collections;
}

}  // namespace penstock

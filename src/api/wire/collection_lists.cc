// SPDX-License-Identifier: Apache-2.0
// Commands that list and measure.
#include <algorithm>
#include <filesystem>
#include <optional>

#include "api/wire/collection_replies.h"
#include "bson/number.h"
#include "docstore/collections.h"
#include "docstore/statement_filter.h"

namespace penstock {
namespace {

Value whole(uint64_t n) { return int_or_long(static_cast<int64_t>(n)); }
Value long_of(uint64_t n) { return Value::int64(static_cast<int64_t>(n)); }

// The elements of an array, appended one after the other.
class List {
 public:
  List(std::string_view name, DocumentBuilder& to) : to_(to), mark_(to.begin_array(name)) {}
  void append(Document document) {
    char scratch[12];
    to_.append(index_name(next_++, scratch), Value::object(document));
  }
  void end() { to_.end(mark_); }

 private:
  DocumentBuilder& to_;
  size_t mark_;
  uint32_t next_ = 0;
};

// {cursor: {id: 0, ns, firstBatch: [...]}}
OwnedDocument cursor_reply(std::string_view ns, const std::vector<OwnedDocument>& documents) {
  DocumentBuilder reply;
  const size_t cursor = reply.begin_object("cursor");
  reply.append("id", Value::int64(0));
  reply.append("ns", Value::string(ns));
  List batch("firstBatch", reply);
  for (const OwnedDocument& document : documents)
    batch.append(document);
  batch.end();
  reply.end(cursor);
  return OwnedDocument(reply.take());
}

struct ListOptions {
  Document filter;
  bool name_only = false;
};

Result<ListOptions> parse_list_options(std::string_view in, Document command) {
  ListOptions options;
  bool first = true;
  for (const Element& field : command) {
    if (std::exchange(first, false) || fields::rides_along(field.name)) continue;
    if (field.name == "filter") {
      PS_TRY(options.filter, fields::object(in, field));
    } else if (field.name == "nameOnly") {
      PS_TRY(options.name_only, fields::boolean_or_number(in, field));
    } else if (field.name == "cursor") {
      PS_TRY(fields::object(in, field));
    } else if (field.name != "authorizedCollections" && field.name != "authorizedDatabases") {
      return fields::unknown(in, field.name);
    }
  }
  return options;
}

// As listCollections shows it.
OwnedDocument shown(const StoredCollection& collection, bool name_only) {
  DocumentBuilder builder;
  builder.append("name", Value::string(collection.coll));
  builder.append("type", Value::string("collection"));
  if (name_only) return OwnedDocument(builder.take());
  const size_t options = builder.begin_object("options");
  builder.end(options);
  const size_t info = builder.begin_object("info");
  builder.append("readOnly", Value::boolean(false));
  const store::Uuid uuid = store::uuid_of(collection.record);
  builder.append("uuid", Value::bin_data(4, {reinterpret_cast<const char*>(uuid.bytes), sizeof uuid.bytes}));
  builder.end(info);
  builder.append("idIndex", Value::object(collection.record.indexes.front().spec));
  return OwnedDocument(builder.take());
}

struct DatabaseSize {
  std::string name;
  uint64_t bytes = 0;
};

Result<std::vector<DatabaseSize>> databases_of(const DocStore& store) {
  std::vector<DatabaseSize> databases;
  PS_TRY(const auto collections, stored_collections(store, ""));
  for (const StoredCollection& collection : collections) {
    const auto same = [&](const DatabaseSize& database) { return database.name == collection.db; };
    auto found = std::find_if(databases.begin(), databases.end(), same);
    if (found == databases.end()) found = databases.insert(found, {collection.db, 0});
    found->bytes += collection.record.bytes;
  }
  // "a.b" sorts otherwise than "a" and "b".
  std::sort(databases.begin(), databases.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return databases;
}

// What sizes are divided by.
Result<uint64_t> scale_of(Document command) {
  const Value scale = command.get("scale");
  if (scale.is_missing()) return uint64_t{1};
  const double number = scale.is_number() ? to_double(scale) : 0;
  if (number >= 1) return static_cast<uint64_t>(number);
  return Error(ErrorCode::kBadValue, "scale has to be >= 1");
}

}  // namespace

Result<OwnedDocument> reply_to_list_collections(const DocStore& store, const fields::Request& request) {
  PS_TRY(const ListOptions options, parse_list_options("listCollections", request.command));
  PS_TRY(store::namespace_of(request.db, "any"));
  PS_TRY(StatementFilter filter, StatementFilter::parse(options.filter, Document(), store.clock()));
  PS_TRY(const auto collections, stored_collections(store, request.db));
  std::vector<OwnedDocument> found;
  for (const StoredCollection& collection : collections) {
    PS_TRY(const bool passes, filter.passes(shown(collection, false)));
    if (passes) found.push_back(shown(collection, options.name_only));
  }
  return cursor_reply(fmt::format("{}.$cmd.listCollections", request.db), found);
}

Result<OwnedDocument> reply_to_list_databases(const DocStore& store, const fields::Request& request) {
  if (request.db != "admin") {
    return Error(ErrorCode::kUnauthorized, "listDatabases may only be run against the admin database.");
  }
  PS_TRY(const ListOptions options, parse_list_options("listDatabases", request.command));
  PS_TRY(StatementFilter filter, StatementFilter::parse(options.filter, Document(), store.clock()));
  PS_TRY(const auto databases, databases_of(store));
  uint64_t total = 0;
  DocumentBuilder reply;
  List list("databases", reply);
  for (const DatabaseSize& database : databases) {
    DocumentBuilder full;
    full.append("name", Value::string(database.name));
    if (!options.name_only) {
      full.append("sizeOnDisk", long_of(database.bytes));
      full.append("empty", Value::boolean(false));
    }
    const OwnedDocument document(full.take());
    PS_TRY(const bool passes, filter.passes(document));
    if (!passes) continue;
    total += database.bytes;
    list.append(document);
  }
  list.end();
  if (!options.name_only) {
    reply.append("totalSize", long_of(total));
    reply.append("totalSizeMb", long_of(total >> 20));
  }
  return OwnedDocument(reply.take());
}

Result<OwnedDocument> reply_to_list_indexes(const DocStore& store, const fields::Request& request) {
  PS_TRY(const std::string_view coll, fields::collection(request.command));
  PS_TRY(const auto collection, find_stored_collection(store, request.db, coll));
  if (!collection) return Error(ErrorCode::kNamespaceNotFound, "ns does not exist: {}.{}", request.db, coll);
  std::vector<OwnedDocument> specs;
  for (const store::IndexRecord& index : collection->record.indexes)
    specs.push_back(index.spec);
  return cursor_reply(collection->ns(), specs);
}

Result<OwnedDocument> reply_to_coll_stats(const DocStore& store, const fields::Request& request) {
  PS_TRY(const std::string_view coll, fields::collection(request.command));
  PS_TRY(const uint64_t scale, scale_of(request.command));
  PS_TRY(const auto collection, find_stored_collection(store, request.db, coll));
  const store::CollectionRecord none;
  const store::CollectionRecord& record = collection ? collection->record : none;
  DocumentBuilder reply;
  reply.append("ns", Value::string(fmt::format("{}.{}", request.db, coll)));
  reply.append("size", whole(record.bytes / scale));
  reply.append("count", whole(record.count));
  if (record.count > 0) reply.append("avgObjSize", whole(record.bytes / record.count));
  reply.append("numOrphanDocs", Value::int32(0));
  reply.append("storageSize", whole(record.bytes / scale));
  if (collection) {
    reply.append("freeStorageSize", Value::int32(0));
    reply.append("capped", Value::boolean(false));
  } else {
    reply.append("totalSize", Value::int32(0));
  }
  reply.append("nindexes", Value::int32(collection ? static_cast<int32_t>(record.indexes.size()) : 0));
  if (collection) {
    const size_t builds = reply.begin_array("indexBuilds");
    reply.end(builds);
  }
  reply.append("totalIndexSize", Value::int32(0));
  if (collection) reply.append("totalSize", whole(record.bytes / scale));
  const size_t details = reply.begin_object("indexDetails");
  reply.end(details);
  const size_t sizes = reply.begin_object("indexSizes");
  for (const store::IndexRecord& index : collection ? record.indexes : std::vector<store::IndexRecord>())
    reply.append(index.name(), Value::int32(0));
  reply.end(sizes);
  reply.append("scaleFactor", whole(scale));
  return OwnedDocument(reply.take());
}

Result<OwnedDocument> reply_to_db_stats(const DocStore& store, const fields::Request& request) {
  PS_TRY(store::namespace_of(request.db, "any"));
  PS_TRY(const uint64_t scale, scale_of(request.command));
  PS_TRY(const auto collections, stored_collections(store, request.db));
  uint64_t objects = 0;
  uint64_t bytes = 0;
  uint64_t indexes = 0;
  for (const StoredCollection& collection : collections) {
    objects += collection.record.count;
    bytes += collection.record.bytes;
    indexes += collection.record.indexes.size();
  }
  std::error_code unknown;
  const auto space = std::filesystem::space(store.folder(), unknown);
  const auto scaled = [&](uint64_t size) {
    return Value::number(static_cast<double>(size) / static_cast<double>(scale));
  };
  DocumentBuilder reply;
  reply.append("db", Value::string(request.db));
  reply.append("collections", whole(collections.size()));
  reply.append("views", Value::int32(0));
  reply.append("objects", whole(objects));
  reply.append("avgObjSize",
               Value::number(objects == 0 ? 0 : static_cast<double>(bytes) / static_cast<double>(objects)));
  reply.append("dataSize", scaled(bytes));
  reply.append("storageSize", scaled(bytes));
  reply.append("indexes", whole(indexes));
  reply.append("indexSize", Value::number(0));
  reply.append("totalSize", scaled(bytes));
  reply.append("scaleFactor", Value::number(static_cast<double>(scale)));
  reply.append("fsUsedSize", scaled(unknown ? 0 : space.capacity - space.free));
  reply.append("fsTotalSize", scaled(unknown ? 0 : space.capacity));
  return OwnedDocument(reply.take());
}

Result<OwnedDocument> reply_to_validate(const DocStore& store, const fields::Request& request) {
  PS_TRY(const std::string_view coll, fields::collection(request.command));
  if (is_true(request.command.get("repair"))) return fields::not_supported("{validate: ..., repair: true}");
  PS_TRY(const Validation found, validate_collection(store, request.db, coll));
  PS_TRY(const auto collection, find_stored_collection(store, request.db, coll));
  DocumentBuilder reply;
  reply.append("ns", Value::string(fmt::format("{}.{}", request.db, coll)));
  reply.append("nInvalidDocuments", whole(found.errors.size()));
  reply.append("nNonCompliantDocuments", Value::int32(0));
  reply.append("nrecords", whole(found.documents));
  reply.append("nIndexes", whole(found.keys.size()));
  const size_t keys = reply.begin_object("keysPerIndex");
  const bool same = collection && collection->record.indexes.size() == found.keys.size();
  for (size_t i = 0; same && i < found.keys.size(); ++i)
    reply.append(collection->record.indexes[i].name(), whole(found.keys[i]));
  reply.end(keys);
  const size_t details = reply.begin_object("indexDetails");
  for (size_t i = 0; same && i < found.keys.size(); ++i) {
    const size_t index = reply.begin_object(collection->record.indexes[i].name());
    reply.append("valid", Value::boolean(found.errors.empty()));
    reply.end(index);
  }
  reply.end(details);
  reply.append("valid", Value::boolean(found.errors.empty()));
  reply.append("repaired", Value::boolean(false));
  const auto texts = [&](std::string_view name, const std::vector<std::string>& list) {
    const size_t mark = reply.begin_array(name);
    char scratch[12];
    for (uint32_t i = 0; i < list.size(); ++i)
      reply.append(index_name(i, scratch), Value::string(list[i]));
    reply.end(mark);
  };
  texts("warnings", {});
  texts("errors", found.errors);
  for (std::string_view name : {"extraIndexEntries", "missingIndexEntries", "corruptRecords"})
    texts(name, {});
  return OwnedDocument(reply.take());
}

}  // namespace penstock

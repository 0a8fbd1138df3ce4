// SPDX-License-Identifier: Apache-2.0
// createIndexes and dropIndexes.
#include <algorithm>

#include "bson/compare.h"
#include "bson/ejson.h"
#include "bson/number.h"
#include "docstore/collections.h"
#include "docstore/drops.h"

namespace penstock {
namespace {

constexpr ErrorCode kCannotCreateIndex{67};
constexpr ErrorCode kInvalidSpecification{197};
constexpr size_t kIndexesMax = 64;

std::string text_of(Document document) { return to_text(Value::object(document), kDocumentBytesMax); }

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

Result<void> check_key_field(const Element& field) {
  if (field.value.is_string()) {
    const std::string_view kind = field.value.as_string();
    if (is_one_of(kind, {"2d", "2dsphere", "geoHaystack", "hashed", "text", "wildcard", "columnstore"})) {
      return Error(kCannotCreateIndex, "indexes of the kind '{}' are not supported by this version of Penstock", kind);
    }
    return Error(kCannotCreateIndex, "Unknown index plugin '{}'", kind);
  }
  if (!field.value.is_number()) {
    return Error(kCannotCreateIndex,
                 "Values in v:2 index key pattern cannot be of type {}. Only numbers > 0, numbers < 0, and strings are "
                 "allowed.",
                 type_name(field.value.type()));
  }
  if (is_zero(field.value)) return Error(kCannotCreateIndex, "Values in the index key pattern cannot be 0.");
  if (is_nan(field.value)) return Error(kCannotCreateIndex, "Values in the index key pattern cannot be NaN.");
  const std::string_view path = field.name;
  if (path.empty()) return Error(kCannotCreateIndex, "Index keys cannot be an empty field.");
  if (path == "$**" || path.ends_with(".$**")) {
    return Error(kCannotCreateIndex, "indexes of the kind 'wildcard' are not supported by this version of Penstock");
  }
  for (size_t start = 0; start <= path.size();) {
    const size_t dot = std::min(path.find('.', start), path.size());
    const std::string_view part = path.substr(start, dot - start);
    if (part.empty()) return Error(kCannotCreateIndex, "Index keys cannot contain an empty field.");
    if (part[0] == '$' && !is_one_of(part, {"$id", "$db", "$ref"})) {
      return Error(kCannotCreateIndex, "Index key contains an illegal field name: field name starts with '$'.");
    }
    start = dot + 1;
  }
  return {};
}

Result<void> check_key(const Value& key) {
  if (!key.is_object()) {
    return Error(ErrorCode::kTypeMismatch, "The field 'key' must be an object, but got {}", type_name(key.type()));
  }
  if (key.as_object().empty()) return Error(kCannotCreateIndex, "Index keys cannot be empty.");
  if (key.as_object().count() > 32) return Error(ErrorCode{13103}, "too many compound keys");
  for (const Element& field : key.as_object())
    PS_TRY(check_key_field(field));
  return {};
}

Result<void> check_option(const Element& option, Document spec) {
  const std::string_view name = option.name;
  if (is_one_of(name, {"background", "unique", "sparse", "hidden"})) {
    if (option.value.type() == Type::kBool || option.value.is_number()) return {};
    return Error(ErrorCode::kTypeMismatch, "The field '{}' has value {}: {}, which is not convertible to bool", name,
                 name, to_text(option.value));
  }
  if (name == "v") {
    const auto version = option.value.is_number() ? to_integral(option.value) : std::nullopt;
    if (version == 1 || version == 2) return {};
    return Error(kCannotCreateIndex, "Invalid index specification {}; cannot create an index with v={}", text_of(spec),
                 to_text(option.value));
  }
  if (name == "ns") return {};
  if (name == "collation" && option.value.is_object() && option.value.as_object().count() == 1 &&
      equal(option.value.as_object().get("locale"), Value::string("simple"))) {
    return {};
  }
  if (is_one_of(name, {"2dsphereIndexVersion",
                       "bits",
                       "bucketSize",
                       "clustered",
                       "coarsestIndexedLevel",
                       "collation",
                       "columnstoreProjection",
                       "default_language",
                       "dropDups",
                       "expireAfterSeconds",
                       "finestIndexedLevel",
                       "language_override",
                       "max",
                       "min",
                       "partialFilterExpression",
                       "prepareUnique",
                       "storageEngine",
                       "textIndexVersion",
                       "weights",
                       "wildcardProjection"})) {
    return Error(kCannotCreateIndex, "the option '{}' of indexes is not supported by this version of Penstock", name);
  }
  return Error(kInvalidSpecification, "The field '{}' is not valid for an index specification. Specification: {}", name,
               text_of(spec));
}

Result<void> check_spec(Document spec) {
  for (const Element& field : spec) {
    if (field.name == "key") {
      PS_TRY(check_key(field.value));
    } else if (field.name == "name") {
      if (!field.value.is_string()) {
        return Error(ErrorCode::kTypeMismatch, "The field 'name' must be a string, but got {}",
                     type_name(field.value.type()));
      }
    } else {
      PS_TRY(check_option(field, spec));
    }
  }
  for (std::string_view name : {"key", "name"}) {
    if (spec.has(name)) continue;
    return Error(ErrorCode::kFailedToParse, "The '{}' field is a required property of an index specification", name);
  }
  return {};
}

bool is_id_key(Document key) { return key.count() == 1 && (*key.begin()).name == "_id"; }

// {v: 2, key: ..., name: ..., other options}, as it is kept and listed.
OwnedDocument normalized(Document spec) {
  DocumentBuilder builder;
  builder.append("v", Value::int32(2));
  builder.append("key", spec.get("key"));
  builder.append("name", spec.get("name"));
  for (const Element& option : spec) {
    if (is_one_of(option.name, {"v", "key", "name", "ns", "collation"})) continue;
    if (is_true(option.value)) builder.append(option.name, Value::boolean(true));
  }
  return OwnedDocument(builder.take());
}

// As mongod prints one in errors.
std::string description(const store::IndexRecord& index) {
  DocumentBuilder builder;
  builder.append("v", Value::int32(2));
  if (index.unique && !is_id_key(index.key())) builder.append("unique", Value::boolean(true));
  builder.append("key", Value::object(index.key()));
  builder.append("name", Value::string(index.name()));
  if (index.sparse) builder.append("sparse", Value::boolean(true));
  return text_of(OwnedDocument(builder.take()));
}

Result<OwnedDocument> checked(Document spec) {
  if (auto fine = check_spec(spec); !fine.ok()) {
    return fine.take_error().within(fmt::format("Error in specification {} :: caused by :: ", text_of(spec)));
  }
  const std::string_view name = spec.get("name").as_string();
  DocumentBuilder with_version;
  with_version.append_all(spec);
  if (!spec.has("v")) with_version.append("v", Value::int32(2));
  const OwnedDocument versioned(with_version.take());
  if (name == "*") return Error(ErrorCode::kBadValue, "The index name '*' is not valid.");
  if (name.empty()) {
    return Error(kCannotCreateIndex, "Error in specification {} :: caused by :: index name cannot be empty",
                 text_of(versioned));
  }
  const Document key = spec.get("key").as_object();
  if (is_id_key(key)) {
    if (!equal(key.get("_id"), Value::int32(1))) {
      return Error(ErrorCode::kBadValue, "The field 'key' for an _id index must be {{_id: 1}}, but got {}",
                   text_of(key));
    }
    for (const Element& option : spec) {
      if (is_one_of(option.name, {"v", "key", "name", "ns", "collation"})) continue;
      return Error(kInvalidSpecification,
                   "The field '{}' is not valid for an _id index specification. Specification: {}", option.name,
                   text_of(versioned));
    }
  }
  return normalized(spec);
}

// True: there is this very index. Errors 85 and 86: there is another one in its way.
Result<bool> is_there(const CollectionWriter& collection, const store::IndexRecord& wanted) {
  if (is_id_key(wanted.key())) return true;
  for (const store::IndexRecord& index : collection.record().indexes) {
    const bool same = compare_documents(index.key(), wanted.key()) == 0 && index.unique == wanted.unique &&
                      index.sparse == wanted.sparse;
    if (same && index.name() == wanted.name()) return true;
    if (same) return Error(ErrorCode{85}, "Index already exists with a different name: {}", index.name());
    if (index.name() != wanted.name()) continue;
    return Error(ErrorCode{86},
                 "An existing index has the same name as the requested index. When index names are not specified, they "
                 "are auto generated and can cause conflicts. Please refer to our documentation. Requested index: {}, "
                 "existing index: {}",
                 description(wanted), description(index));
  }
  return false;
}

// "Index build failed: <build>: Collection d.c ( <collection> ) :: caused by :: ..."
Error build_failed(Error why, const CollectionWriter& collection, Random& random) {
  store::CollectionRecord build;
  build.created = {static_cast<int64_t>(random.next() >> 1)};
  return std::move(why).within(fmt::format(
      "Index build failed: {}: Collection {} ( {} ) :: caused by :: ", store::uuid_text(store::uuid_of(build)),
      collection.ns(), store::uuid_text(store::uuid_of(collection.record()))));
}

// The places of the indexes to drop.
Result<std::vector<size_t>> named_indexes(const store::CollectionRecord& record, const Value& which) {
  std::vector<size_t> places;
  const auto by = [&](const auto& is_it) {
    const auto found = std::find_if(record.indexes.begin(), record.indexes.end(), is_it);
    return static_cast<size_t>(found - record.indexes.begin());
  };
  const auto add_name = [&](std::string_view name) -> Result<void> {
    const size_t place = by([&](const store::IndexRecord& index) { return index.name() == name; });
    if (place == record.indexes.size()) {
      return Error(ErrorCode::kIndexNotFound, "index not found with name [{}]", name);
    }
    places.push_back(place);
    return {};
  };
  if (which.is_string() && which.as_string() == "*") {
    for (size_t place = 1; place < record.indexes.size(); ++place)
      places.push_back(place);
    return places;
  }
  if (which.is_string()) PS_TRY(add_name(which.as_string()));
  if (which.is_array()) {
    for (const Element& name : which.as_array())
      PS_TRY(add_name(name.value.as_string()));
  }
  if (which.is_object()) {
    const Document key = which.as_object();
    const size_t place = by([&](const auto& index) { return compare_documents(index.key(), key) == 0; });
    if (place == record.indexes.size()) {
      return Error(ErrorCode::kIndexNotFound, "can't find index with key: {}", text_of(key));
    }
    places.push_back(place);
  }
  if (std::find(places.begin(), places.end(), 0) != places.end()) {
    return Error(ErrorCode{72}, "cannot drop _id index");
  }
  return places;
}

}  // namespace

Result<IndexesMade> create_indexes(DocStore& store, std::string_view db, std::string_view coll,
                                   const std::vector<Document>& specs, Random& random) {
  PS_TRY(store::client_namespace(db, coll));
  if (specs.empty()) return Error(ErrorCode::kBadValue, "Must specify at least one index to create");
  std::vector<store::IndexRecord> wanted;
  for (Document spec : specs) {
    PS_TRY(const OwnedDocument checked_spec, checked(spec));
    wanted.push_back(store::IndexRecord::of(0, checked_spec));
  }
  PS_TRY(StoreWriter writer, store.begin());
  PS_TRY(CollectionWriter * collection, writer.find_collection(db, coll));
  IndexesMade made;
  made.made_collection = collection == nullptr;
  PS_TRY(collection, writer.open_collection(db, coll));
  made.before = collection->record().indexes.size();
  for (const store::IndexRecord& index : wanted) {
    PS_TRY(const bool there, is_there(*collection, index));
    if (there) {
      const auto same = [&](const auto& other) { return &other != &index && other.name() == index.name(); };
      const bool of_this_request =
          collection->record().indexes.size() > made.before && std::any_of(wanted.begin(), wanted.end(), same);
      if (of_this_request) return Error(ErrorCode{68}, "Identical index already exists: {}", index.name());
      ++made.there_already;
      continue;
    }
    if (collection->record().indexes.size() >= kIndexesMax) {
      return Error(kCannotCreateIndex, "add index fails, too many indexes for {} key:{}", collection->ns(),
                   text_of(index.key()));
    }
    PS_TRY(auto refusal, collection->add_index(index.spec));
    if (refusal) return build_failed(std::move(refusal->error), *collection, random);
  }
  made.after = collection->record().indexes.size();
  PS_TRY(writer.commit());
  return made;
}

Result<size_t> drop_indexes(DocStore& store, std::string_view db, std::string_view coll, const Value& which) {
  PS_TRY(const std::string ns, store::client_namespace(db, coll));
  size_t before = 0;
  {
    PS_TRY(StoreWriter writer, store.begin());
    PS_TRY(CollectionWriter * collection, writer.find_collection(db, coll));
    if (collection == nullptr) return Error(ErrorCode::kNamespaceNotFound, "ns not found {}", ns);
    before = collection->record().indexes.size();
    PS_TRY(auto places, named_indexes(collection->record(), which));
    // From behind, so that the places stay right.
    std::sort(places.rbegin(), places.rend());
    places.erase(std::unique(places.begin(), places.end()), places.end());
    for (const size_t place : places)
      PS_TRY(writer.drop_index(*collection, place));
    PS_TRY(writer.commit());
  }
  PS_TRY(erase_dropped(store));
  return before;
}

}  // namespace penstock

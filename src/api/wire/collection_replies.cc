// SPDX-License-Identifier: Apache-2.0
// Commands that make, rename and drop.
#include "api/wire/collection_replies.h"

#include <algorithm>

#include "bson/number.h"
#include "docstore/collections.h"

namespace penstock {
namespace {

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

OwnedDocument empty_reply() { return OwnedDocument(); }

// An option that only its absence, false or {} leaves as a plain collection.
bool means_nothing(const Value& value) {
  return (value.type() == Type::kBool && !value.as_bool()) || (value.is_object() && value.as_object().empty());
}

Result<void> check_create_option(const Element& option) {
  constexpr std::string_view kIn = "create";
  if (fields::rides_along(option.name)) return {};
  if (option.name == "autoIndexId" || option.name == "idIndex" || option.name == "flags") return {};
  if (option.name == "collation") return fields::collation(kIn, option);
  if (is_one_of(option.name,
                {"capped", "changeStreamPreAndPostImages", "clusteredIndex", "encryptedFields", "expireAfterSeconds",
                 "indexOptionDefaults", "max", "pipeline", "recordIdsReplicated", "size", "storageEngine", "temp",
                 "timeseries", "validationAction", "validationLevel", "validator", "viewOn"})) {
    if (means_nothing(option.value)) return {};
    return fields::not_supported(fmt::format("the option '{}' of collections", option.name));
  }
  return fields::unknown(kIn, option.name);
}

// Commands whose only fields are their name and what rides on any.
Result<void> check_no_fields(std::string_view in, Document command, std::initializer_list<std::string_view> fine = {}) {
  bool first = true;
  for (const Element& field : command) {
    if (std::exchange(first, false) || fields::rides_along(field.name) || is_one_of(field.name, fine)) continue;
    return fields::unknown(in, field.name);
  }
  return {};
}

}  // namespace

Result<OwnedDocument> reply_to_create(DocStore& store, const fields::Request& request) {
  PS_TRY(const std::string_view coll, fields::collection(request.command));
  bool first = true;
  for (const Element& option : request.command) {
    if (!std::exchange(first, false)) PS_TRY(check_create_option(option));
  }
  PS_TRY(create_collection(store, request.db, coll));
  return empty_reply();
}

// As MongoDB up to 6: a collection that is not there is an error. The shells and drivers know it and take it as done.
Result<OwnedDocument> reply_to_drop(DocStore& store, const fields::Request& request) {
  PS_TRY(const std::string_view coll, fields::collection(request.command));
  PS_TRY(check_no_fields("drop", request.command));
  PS_TRY(const size_t indexes, drop_collection(store, request.db, coll));
  DocumentBuilder reply;
  reply.append("nIndexesWas", Value::int32(static_cast<int32_t>(indexes)));
  reply.append("ns", Value::string(fmt::format("{}.{}", request.db, coll)));
  return OwnedDocument(reply.take());
}

Result<OwnedDocument> reply_to_drop_database(DocStore& store, const fields::Request& request) {
  const Value one = (*request.command.begin()).value;
  if (!one.is_number() || to_double(one) != 1) {
    return Error(ErrorCode{5255100}, "Have to pass 1 as 'drop' parameter");
  }
  PS_TRY(check_no_fields("dropDatabase", request.command));
  PS_TRY(drop_database(store, request.db));
  return empty_reply();
}

Result<OwnedDocument> reply_to_rename_collection(DocStore& store, const fields::Request& request) {
  constexpr std::string_view kIn = "renameCollection";
  if (request.db != "admin") {
    return Error(ErrorCode::kUnauthorized, "renameCollection may only be run against the admin database.");
  }
  PS_TRY(const std::string_view from, fields::string(kIn, *request.command.begin()));
  std::string_view to;
  bool drop_target = false;
  for (const Element& field : request.command) {
    if (field.name == "to") {
      PS_TRY(to, fields::string(kIn, field));
    } else if (field.name == "dropTarget") {
      PS_TRY(drop_target, fields::boolean_or_number(kIn, field));
    } else if (field.name != kIn && field.name != "stayTemp" && !fields::rides_along(field.name)) {
      return fields::unknown(kIn, field.name);
    }
  }
  if (!request.command.has("to")) return fields::missing(kIn, "to");
  PS_TRY(rename_collection(store, from, to, drop_target));
  return empty_reply();
}

Result<OwnedDocument> reply_to_create_indexes(DocStore& store, const fields::Request& request, Random& random) {
  constexpr std::string_view kIn = "createIndexes";
  PS_TRY(const std::string_view coll, fields::collection(request.command));
  PS_TRY(check_no_fields(kIn, request.command, {"indexes", "commitQuorum", "ignoreUnknownIndexOptions"}));
  std::vector<Document> specs;
  for (const Element& field : request.command) {
    if (field.name != "indexes") continue;
    PS_TRY(specs, fields::objects(kIn, field));
  }
  if (!request.command.has("indexes")) return fields::missing(kIn, "indexes");
  PS_TRY(const IndexesMade made, create_indexes(store, request.db, coll, specs, random));
  const bool nothing_new = made.there_already == specs.size() && !made.made_collection;
  DocumentBuilder reply;
  reply.append("numIndexesBefore", Value::int32(static_cast<int32_t>(made.before)));
  reply.append("numIndexesAfter", Value::int32(static_cast<int32_t>(made.after)));
  if (!nothing_new) reply.append("createdCollectionAutomatically", Value::boolean(made.made_collection));
  if (nothing_new) {
    reply.append("note", Value::string("all indexes already exist"));
  } else if (made.there_already > 0) {
    reply.append("note", Value::string("index already exists"));
  }
  return OwnedDocument(reply.take());
}

Result<OwnedDocument> reply_to_drop_indexes(DocStore& store, const fields::Request& request) {
  constexpr std::string_view kIn = "dropIndexes";
  PS_TRY(const std::string_view coll, fields::collection(request.command));
  PS_TRY(check_no_fields(kIn, request.command, {"index"}));
  const Value which = request.command.get("index");
  if (which.is_missing()) return fields::missing(kIn, "index");
  bool fine = which.is_string() || which.is_object() || which.is_array();
  for (const Element& name : which.is_array() ? which.as_array() : Document())
    fine &= name.value.is_string();
  if (!fine) return fields::wrong_type(kIn, {"index", which}, "types '[string, object']");
  PS_TRY(const size_t before, drop_indexes(store, request.db, coll, which));
  DocumentBuilder reply;
  reply.append("nIndexesWas", Value::int32(static_cast<int32_t>(before)));
  if (which.is_string() && which.as_string() == "*") {
    reply.append("msg", Value::string("non-_id indexes dropped for collection"));
  }
  return OwnedDocument(reply.take());
}

}  // namespace penstock

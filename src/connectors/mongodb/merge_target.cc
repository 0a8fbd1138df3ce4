// SPDX-License-Identifier: Apache-2.0
#include "connectors/mongodb/merge_target.h"

#include <algorithm>
#include <set>

#include "bson/ejson.h"

namespace penstock::mongo {
namespace {

constexpr ErrorCode kNoUniqueIndex{51183};

OwnedDocument command(std::string_view name, const Value& argument) {
  DocumentBuilder builder;
  builder.append(name, argument);
  return OwnedDocument(builder.take());
}

Result<void> check_primary(Client& client) {
  PS_TRY(const OwnedDocument hello, client.read("admin", command("hello", Value::int32(1))));
  const Value writable = hello.view().get("isWritablePrimary");
  if (is_true(writable)) return {};
  return Error(
      ErrorCode::kPeerUnreachable,
      "MongoDB at {} takes no writes (it is not the primary): name the whole replica set in the uri of the connection",
      client.peer().hosts);
}

// An update that matches nothing: needs the same rights as the real ones.
Result<void> check_rights(Client& client, const MergeSpec& spec) {
  DocumentBuilder builder;
  builder.append("update", Value::string(spec.coll));
  const size_t updates = builder.begin_array("updates");
  const size_t update = builder.begin_object("0");
  const size_t filter = builder.begin_object("q");
  const size_t id = builder.begin_object("_id");
  builder.end(builder.begin_array("$in"));
  builder.end(id);
  builder.end(filter);
  const size_t change = builder.begin_object("u");
  const size_t set = builder.begin_object("$set");
  builder.append("_", Value::int32(1));
  builder.end(set);
  builder.end(change);
  builder.end(update);
  builder.end(updates);
  PS_TRY(const OwnedDocument reply, client.write(spec.db, OwnedDocument(builder.take())));
  const Value errors = reply.view().get("writeErrors");
  if (!errors.is_array() || errors.as_array().empty()) return {};
  const Value first = (*errors.as_array().begin()).value;
  const Value text = first.is_object() ? first.as_object().get("errmsg") : Value::missing();
  return Error(ErrorCode::kConnectionError, "MongoDB at {} cannot update {}: {}", client.peer().hosts,
               client.peer().target, text.is_string() ? text.as_string() : "no reason given");
}

bool is_simple(const Value& collation) {
  if (!collation.is_object()) return true;
  const Value locale = collation.as_object().get("locale");
  return locale.is_string() && locale.as_string() == "simple";
}

bool serves(Document index, const std::set<std::string, std::less<>>& on) {
  const Value key = index.get("key");
  if (!key.is_object() || index.has("partialFilterExpression") || !is_simple(index.get("collation"))) return false;
  std::set<std::string, std::less<>> fields;
  for (const Element& field : key.as_object()) {
    if (!field.value.is_number()) return false;  // "hashed", "text"
    fields.emplace(field.name);
  }
  const bool of_id = fields.size() == 1 && fields.contains("_id");
  return fields == on && (of_id || is_true(index.get("unique")));
}

// Empty: no such collection.
Result<std::optional<bool>> has_unique_index(Client& client, const MergeSpec& spec) {
  using Answer = std::optional<bool>;
  auto reply = client.read(spec.db, command("listIndexes", Value::string(spec.coll)));
  if (!reply.ok()) {
    if (reply.error().code() == ErrorCode::kNamespaceNotFound) return Answer();
    return reply.take_error();
  }
  const std::set<std::string, std::less<>> on(spec.on.begin(), spec.on.end());
  const Value cursor = reply->view().get("cursor");
  // A collection has at most 64 indexes: all are in the first batch.
  const Value batch = cursor.is_object() ? cursor.as_object().get("firstBatch") : Value::missing();
  if (!batch.is_array()) return Answer(false);
  for (const Element& index : batch.as_array()) {
    if (index.value.is_object() && serves(index.value.as_object(), on)) return Answer(true);
  }
  return Answer(false);
}

Result<bool> is_empty(Client& client, const MergeSpec& spec) {
  DocumentBuilder builder;
  builder.append("find", Value::string(spec.coll));
  builder.append("limit", Value::int32(1));
  builder.append("singleBatch", Value::boolean(true));
  PS_TRY(const OwnedDocument reply, client.read(spec.db, OwnedDocument(builder.take())));
  const Value cursor = reply.view().get("cursor");
  const Value batch = cursor.is_object() ? cursor.as_object().get("firstBatch") : Value::missing();
  return batch.is_array() && batch.as_array().empty();
}

OwnedDocument key_of(const MergeSpec& spec) {
  DocumentBuilder key;
  for (const std::string& path : spec.on)
    key.append(path, Value::int32(1));
  return OwnedDocument(key.take());
}

Result<void> create_unique_index(Client& client, const MergeSpec& spec) {
  std::string name;
  for (const std::string& path : spec.on)
    name += fmt::format("{}{}_1", name.empty() ? "" : "_", path);
  DocumentBuilder builder;
  builder.append("createIndexes", Value::string(spec.coll));
  const size_t indexes = builder.begin_array("indexes");
  const size_t index = builder.begin_object("0");
  const OwnedDocument key = key_of(spec);
  builder.append("key", Value::object(key));
  builder.append("name", Value::string(name));
  builder.append("unique", Value::boolean(true));
  builder.end(index);
  builder.end(indexes);
  PS_TRY(client.write(spec.db, OwnedDocument(builder.take())));
  return {};
}

Result<void> ensure_unique_index(Client& client, const MergeSpec& spec, Logger& log) {
  if (spec.on.size() == 1 && spec.on[0] == "_id") return {};
  PS_TRY(const std::optional<bool> found, has_unique_index(client, spec));
  if (found.value_or(false)) return {};
  const std::string key = to_json(key_of(spec).view());
  bool empty = true;
  if (found) {
    PS_TRY(empty, is_empty(client, spec));
  }
  if (!empty) {
    return Error(kNoUniqueIndex,
                 "$merge needs a unique index on the fields of \"on\", and {} at {} has none; make it with "
                 "db.getSiblingDB(\"{}\").getCollection(\"{}\").createIndex({}, {{unique: true}})",
                 client.peer().target, client.peer().hosts, spec.db, spec.coll, key);
  }
  PS_TRY(create_unique_index(client, spec));
  log.info("made the unique index {} on {}", key, client.peer().target);
  return {};
}

}  // namespace

Result<void> check_merge_target(Client& client, const MergeSpec& spec, Logger& log) {
  PS_TRY(check_primary(client));
  PS_TRY(check_rights(client, spec));
  return ensure_unique_index(client, spec, log);
}

}  // namespace penstock::mongo

// SPDX-License-Identifier: Apache-2.0
#include "connectors/mongodb/merge_target.h"

#include <algorithm>
#include <set>

#include "bson/ejson.h"
#include "connectors/mongodb/replies.h"
#include "connectors/mongodb/update_command.h"

namespace penstock::mongo {
namespace {

constexpr ErrorCode kNoUniqueIndex{51183};
constexpr int64_t kTransactionsOfReplicaSets = 7;  // maxWireVersion of 4.0
constexpr int64_t kTransactionsOfShards = 8;       // of 4.2

OwnedDocument command(std::string_view name, const Value& argument) {
  DocumentBuilder builder;
  builder.append(name, argument);
  return OwnedDocument(builder.take());
}

Result<void> check_rights(Client& client, const MergeSpec& spec) {
  PS_TRY(const OwnedDocument reply, client.write(spec.db, make_trial_command(spec)));
  const std::vector<WriteError> errors = write_errors_of(reply);
  if (errors.empty()) return {};
  return Error(ErrorCode::kConnectionError, "MongoDB at {} cannot update {}: {}", client.peer().hosts,
               client.peer().target, errors[0].reason);
}

// Every server can make a collection that is missing while it writes, but not each of them in a transaction.
Result<void> ensure_collection(Client& client, const MergeSpec& spec) {
  auto indexes = client.read(spec.db, command("listIndexes", Value::string(spec.coll)));
  if (indexes.ok()) return {};
  // What else is wrong is found, and said better, by the trial update.
  if (indexes.error().code() != ErrorCode::kNamespaceNotFound) return {};
  auto created = client.write(spec.db, command("create", Value::string(spec.coll)));
  if (created.ok() || created.error().code() == ErrorCode::kNamespaceExists) return {};
  return created.take_error();
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
  // A collection has at most 64 indexes: all are in the first batch.
  for (const Document index : first_batch_of(*reply)) {
    if (serves(index, on)) return Answer(true);
  }
  return Answer(false);
}

Result<bool> is_empty(Client& client, const MergeSpec& spec) {
  DocumentBuilder builder;
  builder.append("find", Value::string(spec.coll));
  builder.append("limit", Value::int32(1));
  builder.append("singleBatch", Value::boolean(true));
  PS_TRY(const OwnedDocument reply, client.read(spec.db, OwnedDocument(builder.take())));
  return first_batch_of(reply).empty();
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

Result<ServerKind> check_server(Client& client) {
  PS_TRY(const OwnedDocument hello, client.read("admin", command("hello", Value::int32(1))));
  const Document reply = hello;
  if (!is_true(reply.get("isWritablePrimary"))) {
    return Error(ErrorCode::kPeerUnreachable,
                 "MongoDB at {} takes no writes (it is not the primary): name the whole replica set in the uri of the "
                 "connection",
                 client.peer().hosts);
  }
  const int64_t version = integer_field(reply, "maxWireVersion");
  const Value router = reply.get("msg");
  const bool is_router = router.is_string() && router.as_string() == "isdbgrid";
  return ServerKind{.transactions = (reply.has("setName") && version >= kTransactionsOfReplicaSets) ||
                                    (is_router && version >= kTransactionsOfShards)};
}

Result<void> check_merge_target(Client& client, const MergeSpec& spec, Logger& log) {
  PS_TRY(ensure_collection(client, spec));
  PS_TRY(check_rights(client, spec));
  return ensure_unique_index(client, spec, log);
}

}  // namespace penstock::mongo

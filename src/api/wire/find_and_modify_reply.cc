// SPDX-License-Identifier: Apache-2.0
#include "api/wire/write_replies.h"
#include "docstore/write.h"

namespace penstock {
namespace {

constexpr std::string_view kIn = "findAndModify";

struct Parsed {
  FindAndModifyRequest request;
  Value update;
};

Result<void> parse_field(const Element& field, Parsed& to) {
  const std::string_view name = field.name;
  FindAndModifyRequest& request = to.request;
  if (name == "query") {
    PS_TRY(request.statement.filter, fields::object(kIn, field));
  } else if (name == "sort") {
    PS_TRY(request.sort, fields::object(kIn, field));
  } else if (name == "fields") {
    PS_TRY(request.projection, fields::object(kIn, field));
  } else if (name == "let") {
    PS_TRY(request.let, fields::object(kIn, field));
  } else if (name == "remove") {
    PS_TRY(request.remove, fields::boolean_or_number(kIn, field));
  } else if (name == "new") {
    PS_TRY(request.return_new, fields::boolean_or_number(kIn, field));
  } else if (name == "upsert") {
    PS_TRY(request.statement.upsert, fields::boolean_or_number(kIn, field));
  } else if (name == "update") {
    to.update = field.value;
  } else if (name == "arrayFilters") {
    PS_TRY(fields::objects(kIn, field));
    request.statement.array_filters = field.value.as_array();
  } else if (name == "hint") {
    PS_TRY(request.statement.hint, fields::hint(kIn, field));
  } else if (name == "collation") {
    PS_TRY(fields::collation(kIn, field));
  } else if (name == "bypassDocumentValidation" || name == "bypassEmptyTsReplacement") {
    PS_TRY(fields::boolean_or_number(kIn, field));
  } else if (!fields::rides_along(name)) {
    return fields::unknown(kIn, name);
  }
  return {};
}

Result<void> check_together(const Parsed& parsed) {
  const auto refuse = [](std::string_view why) { return Error(ErrorCode::kFailedToParse, "{}", why); };
  const FindAndModifyRequest& request = parsed.request;
  if (!request.remove) {
    if (parsed.update.is_missing()) return refuse("Either an update or remove=true must be specified");
    return {};
  }
  if (!parsed.update.is_missing()) return refuse("Cannot specify both an update and remove=true");
  if (request.statement.upsert) return refuse("Cannot specify both upsert=true and remove=true ");
  if (request.return_new) {
    return refuse("Cannot specify both new=true and remove=true; 'remove' always returns the deleted document");
  }
  if (request.statement.array_filters) return refuse("Cannot specify arrayFilters and remove=true");
  return {};
}

}  // namespace

Result<OwnedDocument> reply_to_find_and_modify(DocStore& store, const fields::Request& request, Random& random) {
  Parsed parsed;
  PS_TRY(const std::string_view coll, fields::collection(request.command));
  PS_TRY(store::client_namespace(request.db, coll));
  parsed.request.db = request.db;
  parsed.request.coll = coll;
  bool first = true;
  for (const Element& field : request.command) {
    if (!std::exchange(first, false)) PS_TRY(parse_field(field, parsed));
  }
  const Value& update = parsed.update;
  if (!update.is_missing() && !update.is_object() && !update.is_array()) {
    return Error(ErrorCode::kFailedToParse, "Update argument must be either an object or an array");
  }
  PS_TRY(check_together(parsed));
  if (!update.is_missing()) {
    PS_TRY(check_stages(update));
    parsed.request.statement.update = update.as_container();
    parsed.request.statement.pipeline = update.is_array();
  }
  PS_TRY(const FindAndModifyResult result, find_and_modify(store, parsed.request, random));
  DocumentBuilder reply;
  const size_t last_error = reply.begin_object("lastErrorObject");
  reply.append("n", Value::int32(result.found || result.upserted ? 1 : 0));
  if (!parsed.request.remove) reply.append("updatedExisting", Value::boolean(result.found));
  if (result.upserted) reply.append("upserted", result.upserted->view().get("_id"));
  reply.end(last_error);
  reply.append("value", result.value ? Value::object(*result.value) : Value::null());
  return OwnedDocument(reply.take());
}

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
#include "api/wire/write_replies.h"

#include <optional>

#include "bson/ejson.h"
#include "bson/number.h"
#include "docstore/write.h"
#include "stages/catalog.h"

namespace penstock {
namespace {

constexpr size_t kStatementsMax = 100'000;

Result<void> check_batch_size(size_t size) {
  if (size >= 1 && size <= kStatementsMax) return {};
  return Error(ErrorCode::kInvalidLength, "Write batch sizes must be between 1 and {}. Got {} operations.",
               kStatementsMax, size);
}

// The statements of a command: a field of it, or a sequence beside it. Empty: neither is there.
class Statements {
 public:
  Statements(std::string_view command, std::string_view name, const fields::Request& request)
      : command_(command), name_(name) {
    for (const DocumentSequence& sequence : request.sequences) {
      if (sequence.name == name) found_ = sequence.documents;
    }
  }
  // True if `field` was the statements'.
  Result<bool> take(const Element& field) {
    if (field.name != name_) return false;
    PS_TRY(found_, fields::objects(command_, field));
    return true;
  }
  Result<std::vector<Document>> get() && {
    if (!found_) return fields::missing(command_, name_);
    PS_TRY(check_batch_size(found_->size()));
    return std::move(*found_);
  }

 private:
  std::string_view command_;
  std::string_view name_;
  std::optional<std::vector<Document>> found_;
};

// What the three commands share. True if `field` was one of those.
Result<bool> take_common(std::string_view command, const Element& field, bool& ordered) {
  if (field.name == "ordered") {
    PS_TRY(ordered, fields::boolean(command, field));
    return true;
  }
  if (field.name == "bypassDocumentValidation" || field.name == "bypassEmptyTsReplacement") {
    PS_TRY(fields::boolean_or_number(command, field));
    return true;
  }
  return fields::rides_along(field.name);
}

// The fields of a command behind its first one.
template <typename Take>
Result<void> each_field(Document command, const Take& take) {
  bool first = true;
  for (const Element& field : command) {
    if (!std::exchange(first, false)) PS_TRY(take(field));
  }
  return {};
}

void append_failures(const std::vector<WriteFailure>& failures, DocumentBuilder& reply) {
  if (failures.empty()) return;
  const size_t list = reply.begin_array("writeErrors");
  char scratch[12];
  for (uint32_t i = 0; i < failures.size(); ++i) {
    const WriteFailure& failure = failures[i];
    const size_t mark = reply.begin_object(index_name(i, scratch));
    reply.append("index", Value::int32(static_cast<int32_t>(failure.index)));
    reply.append("code", Value::int32(failure.code));
    reply.append("errmsg", Value::string(failure.message));
    if (!failure.key_pattern.view().empty()) {
      reply.append("keyPattern", Value::object(failure.key_pattern));
      reply.append("keyValue", Value::object(failure.key_value));
    }
    reply.end(mark);
  }
  reply.end(list);
}

Value count_value(uint64_t n) { return Value::int32(static_cast<int32_t>(n)); }

Result<UpdateStatement> parse_update_statement(Document spec) {
  constexpr std::string_view kIn = "update.updates";
  UpdateStatement statement;
  bool filter = false;
  bool update = false;
  for (const Element& field : spec) {
    const std::string_view name = field.name;
    if (name == "q") {
      filter = true;
      PS_TRY(statement.filter, fields::object(kIn, field));
    } else if (name == "u") {
      update = true;
      if (!field.value.is_object() && !field.value.is_array()) {
        return Error(ErrorCode::kFailedToParse, "Update argument must be either an object or an array");
      }
      statement.pipeline = field.value.is_array();
      statement.update = field.value.as_container();
      PS_TRY(check_stages(field.value));
    } else if (name == "c") {
      PS_TRY(statement.constants, fields::object(kIn, field));
    } else if (name == "multi") {
      PS_TRY(statement.multi, fields::boolean(kIn, field));
    } else if (name == "upsert") {
      PS_TRY(statement.upsert, fields::boolean(kIn, field));
    } else if (name == "arrayFilters") {
      PS_TRY(fields::objects(kIn, field));
      statement.array_filters = field.value.as_array();
    } else if (name == "hint") {
      PS_TRY(statement.hint, fields::hint(kIn, field));
    } else if (name == "collation") {
      PS_TRY(fields::collation(kIn, field));
    } else if (name != "upsertSupplied" && name != "sampleId") {
      return fields::unknown(kIn, name);
    }
  }
  if (!filter) return fields::missing(kIn, "q");
  if (!update) return fields::missing(kIn, "u");
  return statement;
}

Result<DeleteStatement> parse_delete_statement(Document spec) {
  constexpr std::string_view kIn = "delete.deletes";
  DeleteStatement statement;
  bool filter = false;
  bool limit = false;
  for (const Element& field : spec) {
    const std::string_view name = field.name;
    if (name == "q") {
      filter = true;
      PS_TRY(statement.filter, fields::object(kIn, field));
    } else if (name == "limit") {
      limit = true;
      const double number = field.value.is_number() ? to_double(field.value) : -1;
      if (number != 0 && number != 1) {
        return Error(ErrorCode::kFailedToParse, "The limit field in delete objects must be 0 or 1. Got {}",
                     to_text(field.value));
      }
      statement.one = number == 1;
    } else if (name == "hint") {
      PS_TRY(statement.hint, fields::hint(kIn, field));
    } else if (name == "collation") {
      PS_TRY(fields::collation(kIn, field));
    } else if (name != "sampleId") {
      return fields::unknown(kIn, name);
    }
  }
  if (!filter) return fields::missing(kIn, "q");
  if (!limit) return fields::missing(kIn, "limit");
  return statement;
}

}  // namespace

Result<void> check_stages(const Value& update) {
  if (!update.is_array()) return {};
  for (const Element& stage : update.as_array()) {
    if (!stage.value.is_object()) {
      return Error(ErrorCode::kTypeMismatch, "Each element of the 'pipeline' array must be an object");
    }
    if (stage.value.as_object().count() != 1) {
      return Error(ErrorCode{40323}, "A pipeline stage specification object must contain exactly one field.");
    }
    const std::string_view name = (*stage.value.as_object().begin()).name;
    if (find_stage(name) != nullptr || is_known_unsupported_stage(name)) continue;
    return Error(ErrorCode{40324}, "Unrecognized pipeline stage name: '{}'", name);
  }
  return {};
}

Result<OwnedDocument> reply_to_insert(DocStore& store, const fields::Request& request, Random& random) {
  constexpr std::string_view kIn = "insert";
  InsertRequest insertion;
  PS_TRY(const std::string_view coll, fields::collection(request.command));
  PS_TRY(store::client_namespace(request.db, coll));
  insertion.db = request.db;
  insertion.coll = coll;
  Statements documents(kIn, "documents", request);
  PS_TRY(each_field(request.command, [&](const Element& field) -> Result<void> {
    PS_TRY(const bool taken, documents.take(field));
    if (taken) return {};
    PS_TRY(const bool common, take_common(kIn, field, insertion.ordered));
    return common ? Result<void>() : fields::unknown(kIn, field.name);
  }));
  PS_TRY(insertion.documents, std::move(documents).get());
  PS_TRY(const InsertResult result, insert(store, insertion, random));
  DocumentBuilder reply;
  reply.append("n", count_value(result.inserted));
  append_failures(result.failures, reply);
  return OwnedDocument(reply.take());
}

Result<OwnedDocument> reply_to_update(DocStore& store, const fields::Request& request, Random& random) {
  constexpr std::string_view kIn = "update";
  UpdateRequest updates;
  PS_TRY(const std::string_view coll, fields::collection(request.command));
  PS_TRY(store::client_namespace(request.db, coll));
  updates.db = request.db;
  updates.coll = coll;
  Statements statements(kIn, "updates", request);
  PS_TRY(each_field(request.command, [&](const Element& field) -> Result<void> {
    PS_TRY(const bool taken, statements.take(field));
    if (taken) return {};
    if (field.name == "let") {
      PS_TRY(updates.let, fields::object(kIn, field));
      return {};
    }
    PS_TRY(const bool common, take_common(kIn, field, updates.ordered));
    return common ? Result<void>() : fields::unknown(kIn, field.name);
  }));
  PS_TRY(const auto specs, std::move(statements).get());
  for (Document spec : specs) {
    PS_TRY(UpdateStatement statement, parse_update_statement(spec));
    updates.statements.push_back(statement);
  }
  PS_TRY(const UpdateResult result, update(store, updates, random));
  DocumentBuilder reply;
  reply.append("n", count_value(result.matched + result.upserted.size()));
  append_failures(result.failures, reply);
  if (!result.upserted.empty()) {
    const size_t list = reply.begin_array("upserted");
    char scratch[12];
    for (uint32_t i = 0; i < result.upserted.size(); ++i) {
      const size_t mark = reply.begin_object(index_name(i, scratch));
      reply.append("index", Value::int32(static_cast<int32_t>(result.upserted[i].index)));
      reply.append("_id", result.upserted[i].id.view().get("_id"));
      reply.end(mark);
    }
    reply.end(list);
  }
  reply.append("nModified", count_value(result.modified));
  return OwnedDocument(reply.take());
}

Result<OwnedDocument> reply_to_delete(DocStore& store, const fields::Request& request) {
  constexpr std::string_view kIn = "delete";
  DeleteRequest deletes;
  PS_TRY(const std::string_view coll, fields::collection(request.command));
  PS_TRY(store::client_namespace(request.db, coll));
  deletes.db = request.db;
  deletes.coll = coll;
  Statements statements(kIn, "deletes", request);
  PS_TRY(each_field(request.command, [&](const Element& field) -> Result<void> {
    PS_TRY(const bool taken, statements.take(field));
    if (taken) return {};
    if (field.name == "let") {
      PS_TRY(deletes.let, fields::object(kIn, field));
      return {};
    }
    PS_TRY(const bool common, take_common(kIn, field, deletes.ordered));
    return common ? Result<void>() : fields::unknown(kIn, field.name);
  }));
  PS_TRY(const auto specs, std::move(statements).get());
  for (Document spec : specs) {
    PS_TRY(DeleteStatement statement, parse_delete_statement(spec));
    deletes.statements.push_back(statement);
  }
  PS_TRY(const DeleteResult result, remove(store, deletes));
  DocumentBuilder reply;
  reply.append("n", count_value(result.removed));
  append_failures(result.failures, reply);
  return OwnedDocument(reply.take());
}

}  // namespace penstock

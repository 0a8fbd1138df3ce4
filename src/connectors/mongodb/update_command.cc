// SPDX-License-Identifier: Apache-2.0
#include "connectors/mongodb/update_command.h"

#include <unordered_set>

#include "docstore/merge_documents.h"

namespace penstock {
namespace {

// A command may have 16 MiB + 16 KiB; some of it is for what the client adds (session, cluster time).
constexpr size_t kOperationBytesMax = kDocumentBytesMax + 8 * 1024;

void append_without_id(Document document, DocumentBuilder& to) {
  for (const Element& field : document) {
    if (field.name != "_id") to.append(field.name, field.value);
  }
}

bool has_more_than_id(Document document) {
  for (const Element& field : document) {
    if (field.name != "_id") return true;
  }
  return false;
}

void append_object(std::string_view name, Document document, DocumentBuilder& to) {
  to.append(name, Value::object(document));
}

void append_pipeline(const MergeSpec& spec, Document constants, DocumentBuilder& to) {
  to.append("u", Value::array(spec.pipeline));
  append_object("c", constants, to);
}

void append_update(const MergeSpec& spec, Document document, DocumentBuilder& to) {
  const bool for_insert_only = id_is_for_insert_only(document, spec);
  if (spec.when_matched == WhenMatched::kReplace && !for_insert_only) return append_object("u", document, to);
  const size_t update = to.begin_object("u");
  if (spec.when_matched == WhenMatched::kReplace) {
    append_without_id(document, to);
  } else if (spec.when_matched == WhenMatched::kKeepExisting) {
    append_object("$setOnInsert", document, to);
  } else if (!for_insert_only) {
    append_object("$set", document, to);
  } else {
    if (has_more_than_id(document)) {
      const size_t set = to.begin_object("$set");
      append_without_id(document, to);
      to.end(set);
    }
    const size_t on_insert = to.begin_object("$setOnInsert");
    to.append("_id", document.get("_id"));
    to.end(on_insert);
  }
  to.end(update);
}

void append_operation(std::string_view name, const MergeSpec& spec, Document document, const PendingWrite& write,
                      DocumentBuilder& to) {
  if (spec.when_matched == WhenMatched::kFail) return append_object(name, document, to);
  const bool inserts = spec.when_not_matched == WhenNotMatched::kInsert;
  const size_t operation = to.begin_object(name);
  const size_t filter = to.begin_object("q");
  for (const std::string& path : spec.on)
    to.append(path, on_value(document, path));
  to.end(filter);
  if (spec.when_matched == WhenMatched::kPipeline) {
    append_pipeline(spec, write.constants, to);
  } else {
    append_update(spec, document, to);
  }
  to.append("upsert", Value::boolean(inserts));
  if (spec.when_matched == WhenMatched::kPipeline && inserts) to.append("upsertSupplied", Value::boolean(true));
  to.end(operation);
}

size_t operation_size(const MergeSpec& spec, Document document, const PendingWrite& write) {
  const bool pipeline = spec.when_matched == WhenMatched::kPipeline;
  size_t size = pipeline ? spec.pipeline.bytes().size() + write.constants.bytes().size() : document.size();
  size += 96;
  for (const std::string& path : spec.on)
    size += path.size() + on_value(document, path).bytes().size() + 16;
  return size;
}

}  // namespace

UpdateCommand make_update_command(const MergeSpec& spec, const std::vector<OwnedDocument>& documents,
                                  std::span<const PendingWrite> pending, const UpdateLimits& limits) {
  UpdateCommand command;
  DocumentBuilder builder;
  const bool inserts = spec.when_matched == WhenMatched::kFail;
  builder.append(inserts ? "insert" : "update", Value::string(spec.coll));
  const size_t updates = builder.begin_array(inserts ? "documents" : "updates");
  std::unordered_set<std::string_view> keys;
  char scratch[12];
  for (const PendingWrite& write : pending) {
    const Document document = documents[write.index];
    if (command.count == limits.operations_max) break;
    if (command.count > 0 && builder.size() + operation_size(spec, document, write) > limits.bytes_max) break;
    if (!keys.insert(write.key).second) command.ordered = true;
    append_operation(index_name(static_cast<uint32_t>(command.count++), scratch), spec, document, write, builder);
  }
  builder.end(updates);
  builder.append("ordered", Value::boolean(command.ordered));
  command.bytes = builder.take();
  return command;
}

Result<PendingWrite> make_write(const MergeSpec& spec, const MergeVariables& variables,
                                const std::vector<OwnedDocument>& documents, size_t index) {
  const Document document = documents[index];
  PendingWrite write{.index = index, .key = {}};
  PS_TRY(write.key, merge_key(document, spec.on));
  if (spec.when_matched == WhenMatched::kPipeline) {
    PS_TRY(write.constants, variables.evaluate(spec, document));
  }
  if (const size_t size = operation_size(spec, document, write); size > kOperationBytesMax) {
    return Error(ErrorCode::kBsonObjectTooLarge,
                 "the document and its match fields take {} bytes, MongoDB allows {} in one operation", size,
                 kOperationBytesMax);
  }
  return write;
}

OwnedDocument make_trial_command(const MergeSpec& spec) {
  DocumentBuilder builder;
  builder.append("update", Value::string(spec.coll));
  const size_t updates = builder.begin_array("updates");
  const size_t update = builder.begin_object("0");
  const size_t filter = builder.begin_object("q");
  const size_t id = builder.begin_object("_id");
  builder.end(builder.begin_array("$in"));
  builder.end(id);
  builder.end(filter);
  if (spec.when_matched == WhenMatched::kPipeline) {
    builder.append("u", Value::array(spec.pipeline));
    const size_t constants = builder.begin_object("c");
    builder.end(builder.begin_object("new"));
    for (const Element& variable : spec.let.view()) {
      if (variable.name != "new") builder.append(variable.name, Value::null());
    }
    builder.end(constants);
  } else {
    const size_t change = builder.begin_object("u");
    const size_t set = builder.begin_object("$set");
    builder.append("_", Value::int32(1));
    builder.end(set);
    builder.end(change);
  }
  builder.end(update);
  builder.end(updates);
  return OwnedDocument(builder.take());
}

}  // namespace penstock

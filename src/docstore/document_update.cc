// SPDX-License-Identifier: Apache-2.0
#include "docstore/document_update.h"

#include "docstore/merge_documents.h"
#include "docstore/statement_filter.h"

namespace penstock {
namespace {

bool is_operators(Document update) { return !update.empty() && (*update.begin()).name.starts_with('$'); }

bool deeper_than(Document document, size_t levels) {
  if (levels == 0) return true;
  for (const Element& element : document) {
    const bool container = element.value.is_object() || element.value.is_array();
    if (container && deeper_than(element.value.as_container(), levels - 1)) return true;
  }
  return false;
}

bool is_empty_timestamp(const Value& value) { return value.type() == Type::kTimestamp && value.as_timestamp() == 0; }

OwnedDocument with_timestamps(Document document, const Clock& clock) {
  DocumentBuilder builder;
  const auto seconds = static_cast<uint64_t>(clock.now().ms / 1000);
  uint64_t ordinal = 1;
  for (const Element& field : document) {
    const bool fill = field.name != "_id" && is_empty_timestamp(field.value);
    builder.append(field.name, fill ? Value::timestamp(seconds << 32 | ordinal++) : field.value);
  }
  return OwnedDocument(builder.take());
}

// The variables of the request, those of the statement above them.
OwnedDocument variables_of(Document let, Document constants) {
  DocumentBuilder builder;
  for (const Element& variable : let) {
    if (!constants.has(variable.name)) builder.append(variable.name, variable.value);
  }
  for (const Element& constant : constants) {
    // A constant is a value, never an expression.
    const size_t mark = builder.begin_object(constant.name);
    builder.append("$literal", constant.value);
    builder.end(mark);
  }
  return OwnedDocument(builder.take());
}

Result<void> check_id(const Value& id) {
  if (!id.is_object()) return {};
  for (const Element& field : id.as_object()) {
    if (field.name.starts_with('$')) {
      return Error(ErrorCode{52}, "_id fields may not contain '$'-prefixed fields: {} is not valid for storage.",
                   field.name);
    }
  }
  return {};
}

}  // namespace

Result<DocumentUpdate> DocumentUpdate::parse(const UpdateStatement& statement, Document let, const Clock& clock) {
  DocumentUpdate update(statement, clock);
  if (statement.pipeline) {
    if (statement.array_filters) {
      return Error(ErrorCode::kFailedToParse, "arrayFilters may not be specified for pipeline-style updates");
    }
    update.variables_ = variables_of(let, statement.constants);
    PS_TRY(UpdatePipeline pipeline, UpdatePipeline::parse_update(statement.update, update.variables_, clock));
    update.pipeline_.emplace(std::move(pipeline));
    return update;
  }
  if (!statement.constants.empty()) {
    return Error(ErrorCode{51198}, "Constant values may only be specified for pipeline updates");
  }
  if (is_operators(statement.update)) {
    const Document filters = statement.array_filters.value_or(Document());
    PS_TRY(UpdateOperators operators, UpdateOperators::parse(statement.update, filters));
    update.operators_.emplace(std::move(operators));
    return update;
  }
  if (statement.multi) {
    return Error(ErrorCode::kFailedToParse, "multi update is not supported for replacement-style update");
  }
  PS_TRY(check_replacement_names(statement.update));
  update.replacement_ = with_timestamps(statement.update, clock);
  return update;
}

Result<OwnedDocument> DocumentUpdate::run_operators(Document existing, bool inserting, bool& touched) {
  arena_->reset();
  UpdateRun run{.arena = *arena_, .clock = *clock_, .original = existing, .inserting = inserting};
  std::optional<uint32_t> matched;
  if (operators_->positional() && !inserting) {
    PS_TRY(matched, matched_element(statement_.filter, existing));
  }
  PS_TRY(OwnedDocument after, operators_->apply(run, matched));
  touched = run.touched;
  return after;
}

Result<Document> DocumentUpdate::run_pipeline(Document existing) {
  PS_TRY(pipeline_->set_incoming(Document()));
  return pipeline_->apply(existing);
}

Result<DocumentUpdate::Outcome> DocumentUpdate::apply(Document existing) {
  Outcome outcome;
  if (operators_) {
    bool touched = false;
    PS_TRY(outcome.document, run_operators(existing, false, touched));
    outcome.changed = touched || outcome.document.bytes() != existing.bytes();
  } else {
    Document after = replacement_;
    if (pipeline_) {
      PS_TRY(after, run_pipeline(existing));
    }
    // As mongod finds out: before an `_id` that was left out is back.
    outcome.changed = after.bytes() != existing.bytes();
    PS_TRY(outcome.document, in_place_of(existing, after.get("_id"), after));
  }
  PS_TRY(check_size_after_update(outcome.document));
  if (deeper_than(outcome.document, kDepthMax)) {
    return Error(ErrorCode::kOverflow, "Document exceeds maximum nesting depth of {}", kDepthMax);
  }
  return outcome;
}

Result<OwnedDocument> DocumentUpdate::make() {
  const bool replacing = !operators_ && !pipeline_;
  PS_TRY(OwnedDocument base, fields_of_filter(statement_.filter, replacing));
  if (operators_) {
    bool touched = false;
    return run_operators(base, true, touched);
  }
  Document after = replacement_;
  if (pipeline_) {
    PS_TRY(after, run_pipeline(base));
  }
  if (!base.view().has("_id")) return OwnedDocument(after);
  return in_place_of(base, after.get("_id"), after);
}

Result<OwnedDocument> as_new_document(Document document, const ObjectId& id_if_none, const Clock& clock) {
  if (document.size() > kDocumentBytesMax) {
    return Error(ErrorCode::kBadValue, "object to insert too large. size in bytes: {}, max size: {}", document.size(),
                 kDocumentBytesMax);
  }
  if (deeper_than(document, kDepthMax)) {
    return Error(ErrorCode::kOverflow, "cannot insert document because it exceeds {} levels of nesting", kDepthMax);
  }
  bool fill = false;
  for (const Element& field : document)
    fill |= is_empty_timestamp(field.value);
  OwnedDocument filled;
  if (fill) {
    filled = with_timestamps(document, clock);
    document = filled;
  }
  if (!document.has("_id")) {
    DocumentBuilder builder;
    builder.append("_id", Value::object_id(&id_if_none));
    builder.append_all(document);
    return OwnedDocument(builder.take());
  }
  PS_TRY(check_id(document.get("_id")));
  return with_id_first(document);
}

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
#include "docstore/merge_documents.h"

#include <algorithm>

#include "bson/compare.h"
#include "bson/ejson.h"
#include "docstore/update_tree.h"

namespace penstock {
namespace {

bool on_has_id(const MergeSpec& spec) { return std::find(spec.on.begin(), spec.on.end(), "_id") != spec.on.end(); }

OwnedDocument with_id(const Value& id, Document rest) {
  DocumentBuilder builder;
  builder.append("_id", id);
  bool skipped = false;
  for (const Element& field : rest) {
    if (!skipped && field.name == "_id") {
      skipped = true;
      continue;
    }
    builder.append(field.name, field.value);
  }
  return OwnedDocument(builder.take());
}

OwnedDocument without_id(Document document) {
  DocumentBuilder builder;
  for (const Element& field : document) {
    if (field.name != "_id") builder.append(field.name, field.value);
  }
  return OwnedDocument(builder.take());
}

Result<void> check_id(const Value& id) {
  if (!id.is_array() && id.type() != Type::kRegex && id.type() != Type::kUndefined) return {};
  return Error(ErrorCode{53}, "The '_id' value cannot be of type {}", type_name(id.type()));
}

// A new document starts as the equalities of the upsert's filter, ordered by path.
Result<OwnedDocument> upsert_base(Document incoming, const MergeSpec& spec) {
  std::vector<std::string> on = spec.on;
  std::sort(on.begin(), on.end());
  DocumentBuilder fields;
  for (const std::string& path : on)
    fields.append(path, on_value(incoming, path));
  const OwnedDocument equalities(fields.take());
  OwnedDocument base;
  // One by one, so that the new fields keep the order of the paths.
  for (const Element& field : equalities.view()) {
    DocumentBuilder one;
    one.append(field.name, field.value);
    const OwnedDocument single(one.take());
    PS_TRY(UpdateTree tree, UpdateTree::parse(single));
    PS_TRY(base, tree.apply(base, false));
  }
  return base;
}

Result<OwnedDocument> insert_by_set(const UpdateTree& tree, Document incoming, const MergeSpec& spec) {
  PS_TRY(OwnedDocument base, upsert_base(incoming, spec));
  PS_TRY(OwnedDocument document, tree.apply(base, false));
  return with_id_first(document);
}

// An update that begins with a dollar is none of a replacement: the server says so before it looks for a document.
Result<void> check_first_name(Document incoming) {
  if (incoming.empty() || !(*incoming.begin()).name.starts_with('$')) return {};
  return Error(ErrorCode::kFailedToParse,
               "Unknown modifier: {}. Expected a valid update modifier or pipeline-style update specified as an array",
               (*incoming.begin()).name);
}

Result<OwnedDocument> replace(const Document* existing, Document incoming, const MergeSpec& spec) {
  if (existing == nullptr) return with_id_first(incoming);
  PS_TRY(check_replacement_names(incoming));
  const bool keep_id = id_is_for_insert_only(incoming, spec);
  return in_place_of(*existing, keep_id ? Value::missing() : incoming.get("_id"), incoming);
}

// The default mode and keepExisting.
Result<OwnedDocument> set_fields(const Document* existing, const UpdateTree& tree, Document incoming,
                                 const MergeSpec& spec) {
  if (existing == nullptr) return insert_by_set(tree, incoming, spec);
  return tree.apply(*existing, true);
}

Result<OwnedDocument> run_pipeline(UpdatePipeline& pipeline, const Document* existing, Document incoming,
                                   const MergeSpec& spec) {
  OwnedDocument stripped;
  Document visible = incoming;
  if (id_is_for_insert_only(incoming, spec)) {
    stripped = without_id(incoming);
    visible = stripped;
  }
  PS_TRY(pipeline.set_incoming(visible));
  if (existing == nullptr) return with_id_first(incoming);
  PS_TRY(const Document after, pipeline.apply(*existing));
  if (after.size() > kDocumentBytesMax) {
    return Error(ErrorCode::kBsonObjectTooLarge, "the pipeline makes a document of {} bytes, more than the {} allowed",
                 after.size(), kDocumentBytesMax);
  }
  return in_place_of(*existing, after.get("_id"), after);
}

}  // namespace

Result<OwnedDocument> in_place_of(Document stored, const Value& new_id, Document after) {
  const Value stored_id = stored.get("_id");
  const Value id = new_id.is_missing() ? stored_id : new_id;
  PS_TRY(check_id(id));
  if (!equal(id, stored_id)) {
    return Error(ErrorCode{66},
                 "After applying the update, the (immutable) field '_id' was found to have been altered to _id: {}",
                 to_text(id));
  }
  return with_id(id, after);
}

Result<void> check_replacement_names(Document replacement) {
  for (const Element& field : replacement) {
    if (!field.name.starts_with('$')) continue;
    return Error(
        ErrorCode{52},
        "The dollar ($) prefixed field '{0}' in '{0}' is not allowed in the context of an update's replacement "
        "document. Consider using an aggregation pipeline with $replaceWith.",
        field.name);
  }
  return {};
}

Result<void> check_size_after_update(const OwnedDocument& document) {
  if (document.bytes().size() <= kDocumentBytesMax) return {};
  return Error(ErrorCode{17419}, "Resulting document after update is larger than {}", kDocumentBytesMax);
}

Value on_value(Document document, std::string_view path) {
  while (true) {
    const size_t dot = path.find('.');
    const Value value = document.get(path.substr(0, dot));
    if (dot == std::string_view::npos) return value;
    if (!value.is_object()) return Value::missing();
    document = value.as_object();
    path.remove_prefix(dot + 1);
  }
}

Result<std::string> merge_key(Document document, const std::vector<std::string>& on) {
  std::string key;
  for (const std::string& path : on) {
    const Value value = on_value(document, path);
    if (value.is_nullish()) {
      return Error(ErrorCode{51132},
                   "$merge write error: 'on' field '{}' cannot be missing, null, undefined or an array", path);
    }
    if (value.is_array()) return Error(ErrorCode{51185}, "$merge write error: 'on' field '{}' is an array", path);
    append_equality_key(value, key);
  }
  return key;
}

bool id_is_for_insert_only(Document incoming, const MergeSpec& spec) {
  return incoming.get("_id").type() == Type::kObjectId && !on_has_id(spec);
}

Result<Merger> Merger::make(const MergeSpec& spec, const Clock& clock) {
  Merger merger(spec);
  if (spec.when_matched != WhenMatched::kPipeline) return merger;
  PS_TRY(UpdatePipeline pipeline, UpdatePipeline::parse(spec, clock));
  merger.pipeline_.emplace(std::move(pipeline));
  return merger;
}

Result<std::optional<OwnedDocument>> Merger::merge(const Document* existing, Document incoming) {
  using Outcome = std::optional<OwnedDocument>;
  const bool nothing = existing == nullptr ? spec_.when_not_matched == WhenNotMatched::kDiscard
                                           : spec_.when_matched == WhenMatched::kKeepExisting;
  OwnedDocument document;
  switch (spec_.when_matched) {
    case WhenMatched::kReplace: {
      PS_TRY(check_first_name(incoming));
      if (nothing) return Outcome();
      PS_TRY(document, replace(existing, incoming, spec_));
      break;
    }
    case WhenMatched::kMerge:
    case WhenMatched::kKeepExisting: {
      // Wrong names are found before a document is looked for.
      const bool keep_id = existing != nullptr && id_is_for_insert_only(incoming, spec_);
      PS_TRY(const UpdateTree tree, UpdateTree::parse(incoming, keep_id ? "_id" : ""));
      if (nothing) return Outcome();
      PS_TRY(document, set_fields(existing, tree, incoming, spec_));
      break;
    }
    case WhenMatched::kFail: {
      PS_CHECK(existing == nullptr);
      PS_TRY(document, with_id_first(incoming));
      break;
    }
    case WhenMatched::kPipeline: {
      PS_TRY(document, run_pipeline(*pipeline_, existing, incoming, spec_));
      if (nothing) return Outcome();
      break;
    }
  }
  PS_TRY(check_size_after_update(document));
  return Outcome(std::move(document));
}

Result<OwnedDocument> with_id_first(Document document) {
  const Value id = document.get("_id");
  if (id.is_missing()) return Error(ErrorCode::kBadValue, "a document without _id cannot be stored");
  PS_TRY(check_id(id));
  return with_id(id, document);
}

}  // namespace penstock

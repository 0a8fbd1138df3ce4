// SPDX-License-Identifier: Apache-2.0
#include "docstore/merge_documents.h"

#include <algorithm>

#include "bson/compare.h"
#include "bson/ejson.h"
#include "docstore/update_tree.h"

namespace penstock {
namespace {

bool on_has_id(const MergeSpec& spec) { return std::find(spec.on.begin(), spec.on.end(), "_id") != spec.on.end(); }

Result<void> check_size(const OwnedDocument& document) {
  if (document.bytes().size() <= kDocumentBytesMax) return {};
  return Error(ErrorCode{17419}, "Resulting document after update is larger than {}", kDocumentBytesMax);
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

Result<void> check_names(Document incoming) {
  for (const Element& field : incoming) {
    if (!field.name.starts_with('$')) continue;
    return Error(
        ErrorCode{52},
        "The dollar ($) prefixed field '{0}' in '{0}' is not allowed in the context of an update's replacement "
        "document. Consider using an aggregation pipeline with $replaceWith.",
        field.name);
  }
  return {};
}

Result<OwnedDocument> replace(const Document* existing, Document incoming, const MergeSpec& spec) {
  if (existing == nullptr) return with_id_first(incoming);
  PS_TRY(check_names(incoming));
  const Value stored = existing->get("_id");
  Value id = incoming.get("_id");
  if (id.is_missing() || id_is_for_insert_only(incoming, spec)) id = stored;
  if (!equal(id, stored)) {
    return Error(ErrorCode{66},
                 "After applying the update, the (immutable) field '_id' was found to have been altered to _id: {}",
                 to_text(id));
  }
  DocumentBuilder builder;
  builder.append("_id", id);
  bool skipped = false;
  for (const Element& field : incoming) {
    if (!skipped && field.name == "_id") {
      skipped = true;
      continue;
    }
    builder.append(field.name, field.value);
  }
  return OwnedDocument(builder.take());
}

}  // namespace

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

Result<std::optional<OwnedDocument>> merge_documents(const Document* existing, Document incoming,
                                                     const MergeSpec& spec) {
  using Outcome = std::optional<OwnedDocument>;
  const bool nothing = existing == nullptr ? spec.when_not_matched == WhenNotMatched::kDiscard
                                           : spec.when_matched == WhenMatched::kKeepExisting;
  OwnedDocument document;
  if (spec.when_matched == WhenMatched::kReplace) {
    PS_TRY(check_first_name(incoming));
    if (nothing) return Outcome();
    PS_TRY(document, replace(existing, incoming, spec));
  } else {
    // Wrong names are found before a document is looked for.
    const bool keep_id = existing != nullptr && id_is_for_insert_only(incoming, spec);
    PS_TRY(const UpdateTree tree, UpdateTree::parse(incoming, keep_id ? "_id" : ""));
    if (nothing) return Outcome();
    if (existing == nullptr) {
      PS_TRY(document, insert_by_set(tree, incoming, spec));
    } else {
      PS_TRY(document, tree.apply(*existing, true));
    }
  }
  PS_TRY(check_size(document));
  return Outcome(std::move(document));
}

Result<OwnedDocument> with_id_first(Document document) {
  const Value id = document.get("_id");
  if (id.is_missing()) return Error(ErrorCode::kBadValue, "a document without _id cannot be stored");
  if (id.is_array() || id.type() == Type::kRegex || id.type() == Type::kUndefined) {
    return Error(ErrorCode{53}, "The '_id' value cannot be of type {}", type_name(id.type()));
  }
  DocumentBuilder builder;
  builder.append("_id", id);
  bool skipped = false;
  for (const Element& field : document) {
    if (!skipped && field.name == "_id") {
      skipped = true;
      continue;
    }
    builder.append(field.name, field.value);
  }
  return OwnedDocument(builder.take());
}

}  // namespace penstock

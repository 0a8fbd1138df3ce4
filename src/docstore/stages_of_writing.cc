// SPDX-License-Identifier: Apache-2.0
// $merge and $out into a collection of the store (reference mql-semantics 15.13). Unlike mongod the store makes the
// unique index that `on` needs where it is missing.
#include <algorithm>

#include "bson/ejson.h"
#include "docstore/merge_documents.h"
#include "docstore/query_pipeline.h"
#include "runtime/object_ids.h"

namespace penstock {
namespace {

constexpr size_t kBatchDocuments = 1000;
constexpr size_t kBatchBytes = size_t{16} << 20;

OwnedDocument with_id(Document document, ObjectIds& ids) {
  if (document.has("_id")) return OwnedDocument(document);
  const ObjectId id = ids.fresh();
  DocumentBuilder builder;
  builder.append("_id", Value::object_id(&id));
  builder.append_all(document);
  return OwnedDocument(builder.take());
}

Result<void> check_refused(const Delivery& delivery) {
  if (delivery.refused.empty()) return {};
  const RefusedDocument& first = delivery.refused.front();
  return Error::of(ErrorCode{first.code}, first.reason);
}

struct MergeTarget {
  MergeSpec spec;
  bool reads_itself = false;  // The pipeline reads the collection it writes to: it is read to its end first.
};

// Writes when it is first asked; gives no documents.
class MergingStream final : public ResultStream {
 public:
  MergingStream(std::unique_ptr<ResultStream> input, QueryRun& run, const MergeTarget& target)
      : input_(std::move(input)), run_(run), target_(target), ids_(false, 0, run.store.clock(), *run.random) {}
  Result<std::optional<Document>> next() override {
    if (input_ != nullptr) PS_TRY(run_all());
    return std::optional<Document>();
  }

 private:
  Result<void> run_all() {
    PS_TRY(Merger merger, Merger::make(target_.spec, run_.store.clock()));
    std::vector<OwnedDocument> batch;
    size_t bytes = 0;
    while (true) {
      PS_TRY(const auto document, input_->next());
      if (!document) break;
      batch.push_back(with_id(*document, ids_));
      bytes += document->size();
      if (target_.reads_itself) {
        if (bytes > run_.memory_bytes_max) return memory_exceeded("$merge", run_.memory_bytes_max);
      } else if (batch.size() >= kBatchDocuments || bytes >= kBatchBytes) {
        PS_TRY(write(batch, merger));
        batch.clear();
        bytes = 0;
      }
    }
    input_.reset();
    return batch.empty() ? Result<void>() : write(batch, merger);
  }

  Result<void> write(const std::vector<OwnedDocument>& batch, Merger& merger) {
    PS_TRY(StoreWriter writer, run_.writer->begin());
    PS_TRY(const Delivery delivery, writer.merge(target_.spec.db, target_.spec.coll, batch, merger));
    PS_TRY(writer.commit());
    return check_refused(delivery);
  }

  std::unique_ptr<ResultStream> input_;
  QueryRun& run_;
  const MergeTarget& target_;
  ObjectIds ids_;
};

struct OutTarget {
  std::string db;
  std::string coll;
};

// The collection is replaced in one transaction; until then everybody sees the old one.
class ReplacingStream final : public ResultStream {
 public:
  ReplacingStream(std::unique_ptr<ResultStream> input, QueryRun& run, const OutTarget& target)
      : input_(std::move(input)), run_(run), target_(target), ids_(false, 0, run.store.clock(), *run.random) {}
  Result<std::optional<Document>> next() override {
    if (input_ != nullptr) PS_TRY(run_all());
    return std::optional<Document>();
  }

 private:
  Result<void> run_all() {
    std::vector<OwnedDocument> documents;
    size_t bytes = 0;
    while (true) {
      PS_TRY(const auto document, input_->next());
      if (!document) break;
      documents.push_back(with_id(*document, ids_));
      bytes += document->size();
      if (bytes > run_.memory_bytes_max) return memory_exceeded("$out", run_.memory_bytes_max);
    }
    input_.reset();
    PS_TRY(StoreWriter writer, run_.writer->begin());
    // Nobody else writes from here on, so the scan sees all there is.
    const QueryFilter all;
    CollectionScan scan(run_, target_.db + "." + target_.coll, all);
    while (true) {
      PS_TRY(const auto document, scan.next());
      if (!document) break;
      PS_TRY(writer.erase(target_.db, target_.coll, document->get("_id")));
    }
    PS_TRY(const Delivery delivery, writer.insert(target_.db, target_.coll, documents));
    PS_TRY(check_refused(delivery));
    return writer.commit();
  }

  std::unique_ptr<ResultStream> input_;
  QueryRun& run_;
  const OutTarget& target_;
  ObjectIds ids_;
};

bool is_internal(std::string_view db) { return db == "admin" || db == "config" || db == "local"; }

Result<void> read_into(const Value& into, const PipelineScope& scope, MergeSpec& merge) {
  if (into.is_string()) {
    merge.coll = into.as_string();
    if (!merge.coll.empty()) return {};
    return Error(ErrorCode{5786800}, "$merge 'into' field cannot be an empty string");
  }
  if (!into.is_object()) {
    return Error(ErrorCode{51178}, "$merge 'into' field  must be either a string or an object, but found {}",
                 type_name(into.type()));
  }
  for (const Element& part : into.as_object()) {
    if (part.name != "db" && part.name != "coll") {
      return Error(ErrorCode{40415}, "BSON field 'into.{}' is an unknown field.", part.name);
    }
    if (!part.value.is_string()) {
      return Error(ErrorCode::kTypeMismatch, "BSON field 'into.{}' is the wrong type '{}', expected type 'string'",
                   part.name, type_name(part.value.type()));
    }
    (part.name == "db" ? merge.db : merge.coll) = part.value.as_string();
  }
  if (merge.db.empty()) merge.db = scope.db;
  if (!merge.coll.empty()) return {};
  return Error(ErrorCode{5786801}, "$merge 'into' field must specify a 'coll' that is not empty, null or undefined");
}

Result<void> read_on(const Value& on, MergeSpec& merge) {
  merge.on.clear();
  if (!on.is_string() && !on.is_array()) {
    return Error(ErrorCode{51186}, "$merge 'on' field  must be either a string or an array of strings, but found {}",
                 type_name(on.type()));
  }
  if (on.is_string()) {
    PS_TRY(split_path(on.as_string()));
    merge.on.emplace_back(on.as_string());
    return {};
  }
  for (const Element& field : on.as_array()) {
    if (!field.value.is_string()) {
      return Error(ErrorCode{51134}, "$merge 'on' array elements must be strings, but found {}",
                   type_name(field.value.type()));
    }
    PS_TRY(split_path(field.value.as_string()));
    if (std::find(merge.on.begin(), merge.on.end(), field.value.as_string()) != merge.on.end()) {
      return Error(ErrorCode{31465}, "Found a duplicate field '{}'", field.value.as_string());
    }
    merge.on.emplace_back(field.value.as_string());
  }
  if (!merge.on.empty()) return {};
  return Error(ErrorCode{51187}, "If explicitly specifying $merge 'on', must include at least one field");
}

Error bad_word(std::string_view field, std::string_view word) {
  return Error(ErrorCode::kBadValue, "Enumeration value '{}' for field '{}' is not a valid value.", word, field);
}

Result<void> read_when_matched(const Value& value, MergeSpec& merge) {
  if (value.is_array()) {
    for (const Element& stage : value.as_array()) {
      if (stage.value.is_object()) continue;
      return Error(ErrorCode::kTypeMismatch, "Each element of the 'pipeline' array must be an object");
    }
    merge.when_matched = WhenMatched::kPipeline;
    merge.pipeline = OwnedDocument(value.as_array());
    return {};
  }
  if (!value.is_string()) {
    return Error(ErrorCode{51191}, "$merge 'whenMatched' field  must be either a string or an array, but found {}",
                 type_name(value.type()));
  }
  const std::string_view word = value.as_string();
  if (word == "merge") {
    merge.when_matched = WhenMatched::kMerge;
  } else if (word == "replace") {
    merge.when_matched = WhenMatched::kReplace;
  } else if (word == "keepExisting") {
    merge.when_matched = WhenMatched::kKeepExisting;
  } else if (word == "fail") {
    merge.when_matched = WhenMatched::kFail;
  } else {
    return bad_word("whenMatched", word);
  }
  return {};
}

Result<void> read_when_not_matched(const Value& value, MergeSpec& merge) {
  if (!value.is_string()) {
    return Error(ErrorCode::kTypeMismatch,
                 "BSON field '$merge.whenNotMatched' is the wrong type '{}', expected type 'string'",
                 type_name(value.type()));
  }
  const std::string_view word = value.as_string();
  if (word == "fail") return query_not_supported("whenNotMatched: \"fail\" of $merge");
  if (word != "insert" && word != "discard") return bad_word("whenNotMatched", word);
  merge.when_not_matched = word == "insert" ? WhenNotMatched::kInsert : WhenNotMatched::kDiscard;
  return {};
}

Result<void> read_let(const Value& value, MergeSpec& merge) {
  if (!value.is_object()) {
    return Error(ErrorCode::kTypeMismatch, "BSON field '$merge.let' is the wrong type '{}', expected type 'object'",
                 type_name(value.type()));
  }
  const Value incoming = value.as_object().get("new");
  const bool whole = incoming.is_missing() || (incoming.is_string() && incoming.as_string() == "$$ROOT");
  if (!whole) {
    return Error(ErrorCode{51273}, "'let' may not define a value for the reserved 'new' variable other than '$$ROOT'");
  }
  merge.let = OwnedDocument(value.as_object());
  return {};
}

Result<void> read_merge_option(const Element& option, const PipelineScope& scope, MergeSpec& merge) {
  if (option.name == "into") return read_into(option.value, scope, merge);
  if (option.name == "on") return read_on(option.value, merge);
  if (option.name == "whenMatched") return read_when_matched(option.value, merge);
  if (option.name == "whenNotMatched") return read_when_not_matched(option.value, merge);
  if (option.name == "let") return read_let(option.value, merge);
  return Error(ErrorCode{40415}, "BSON field '$merge.{}' is an unknown field.", option.name);
}

Result<void> check_modes(const MergeSpec& merge, bool has_let) {
  const bool keeps = merge.when_matched == WhenMatched::kKeepExisting || merge.when_matched == WhenMatched::kFail;
  if (keeps && merge.when_not_matched == WhenNotMatched::kDiscard) {
    return Error(ErrorCode{51181},
                 "Combination of $merge modes 'whenMatched: {}' and 'whenNotMatched: discard' is not supported",
                 merge.when_matched == WhenMatched::kFail ? "fail" : "keepExisting");
  }
  if (!has_let || merge.when_matched == WhenMatched::kPipeline) return {};
  return Error(ErrorCode{51199}, "Cannot use 'let' variables with 'whenMatched: {}' mode",
               merge.when_matched == WhenMatched::kMerge     ? "merge"
               : merge.when_matched == WhenMatched::kReplace ? "replace"
               : merge.when_matched == WhenMatched::kFail    ? "fail"
                                                             : "keepExisting");
}

Result<OutTarget> read_out(const Value& spec, const PipelineScope& scope) {
  if (spec.is_string()) return OutTarget{scope.db, std::string(spec.as_string())};
  if (!spec.is_object()) {
    return Error(ErrorCode{16990}, "$out only supports a string or object argument, but found {}",
                 type_name(spec.type()));
  }
  std::optional<std::string> db;
  std::optional<std::string> coll;
  for (const Element& part : spec.as_object()) {
    if (part.value.type() == Type::kNull) continue;
    if (part.name == "timeseries") return query_not_supported("the option 'timeseries' of $out");
    if (part.name != "db" && part.name != "coll") {
      return Error(ErrorCode{40415}, "BSON field '$out.{}' is an unknown field.", part.name);
    }
    if (!part.value.is_string()) {
      return Error(ErrorCode::kTypeMismatch, "BSON field '$out.{}' is the wrong type '{}', expected type 'string'",
                   part.name, type_name(part.value.type()));
    }
    (part.name == "db" ? db : coll) = std::string(part.value.as_string());
  }
  if (db && coll) return OutTarget{std::move(*db), std::move(*coll)};
  return Error(ErrorCode{40414}, "BSON field '$out.{}' is missing but a required field", db ? "coll" : "db");
}

}  // namespace

Result<QueryStagePtr> parse_query_merge(const Value& spec, PipelineScope& scope) {
  MergeTarget target;
  MergeSpec& merge = target.spec;
  merge.db = scope.db;
  if (spec.is_string()) {
    merge.coll = spec.as_string();
  } else if (!spec.is_object()) {
    return Error(ErrorCode::kTypeMismatch, "$merge requires a string or object argument, but found {}",
                 type_name(spec.type()));
  } else {
    for (const Element& option : spec.as_object())
      PS_TRY(read_merge_option(option, scope, merge));
    if (!spec.as_object().has("into")) {
      return Error(ErrorCode{40414}, "BSON field '$merge.into' is missing but a required field");
    }
    PS_TRY(check_modes(merge, spec.as_object().has("let")));
  }
  PS_TRY(store::namespace_of(merge.db, merge.coll));
  std::sort(merge.on.begin(), merge.on.end());
  if (merge.coll.starts_with("system.")) {
    return Error(ErrorCode{31319}, "Cannot $merge to special collection: {}", merge.coll);
  }
  if (is_internal(merge.db)) return Error(ErrorCode{31320}, "Cannot $merge to internal database: {}", merge.db);
  target.reads_itself = merge.db == scope.db && merge.coll == scope.coll;
  return QueryStagePtr(std::make_unique<StageOf<MergeTarget, MergingStream>>(std::move(target)));
}

Result<QueryStagePtr> parse_query_out(const Value& spec, PipelineScope& scope) {
  PS_TRY(OutTarget target, read_out(spec, scope));
  PS_TRY(store::namespace_of(target.db, target.coll));
  if (target.coll.starts_with("system.")) {
    return Error(ErrorCode{17385}, "Can't $out to special collection: {}", target.coll);
  }
  if (is_internal(target.db)) return Error(ErrorCode{31321}, "Can't $out to internal database: {}", target.db);
  return QueryStagePtr(std::make_unique<StageOf<OutTarget, ReplacingStream>>(std::move(target)));
}

}  // namespace penstock

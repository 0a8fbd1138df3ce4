// SPDX-License-Identifier: Apache-2.0
// $lookup (reference mql-semantics 15.9): the matching documents of another collection as an array.
//
//   equality   {localField, foreignField}: values of the one against the other. By `_id` the store's own index serves;
//              else the other collection is read once into a table, in bounded memory
//   pipeline   run for every document, with `let` as variables; over what equality found where both are given
#include <fmt/format.h>

#include <unordered_map>

#include "bson/compare.h"
#include "bson/ejson.h"
#include "docstore/document_paths.h"
#include "docstore/query_pipeline.h"
#include "expression/functions/functions.h"
#include "expression/match_path.h"

namespace penstock {
namespace {

constexpr size_t kMatchesBytesMax = kDocumentBytesMax;

struct Lookup {
  std::string ns;  // "db.coll"; "": the pipeline makes its own documents.
  std::vector<std::string> as;
  std::vector<std::string> local;  // Empty: no equality.
  std::string foreign;
  std::vector<ExpressionPtr> let;
  size_t first_variable = 0;
  std::optional<QueryPipeline> pipeline;
};

std::string key_of(const Value& value) {
  std::string key;
  append_equality_key(value, key);
  return key;
}

// The documents of a collection by the values of a field, as equality in a filter sees them.
class ForeignTable {
 public:
  Result<void> fill(ResultStream& documents, std::string_view field, size_t bytes_max) {
    const MatchPath path(field);
    size_t bytes = 0;
    while (true) {
      PS_TRY(const auto document, documents.next());
      if (!document) return {};
      const auto place = static_cast<uint32_t>(documents_.size());
      documents_.emplace_back(arena_.copy(document->bytes()).data());
      bytes += document->size() + sizeof(Document);
      path.any(path.first_of(*document), true, [&](const Value& value) {
        auto& places = places_[key_of(value.is_missing() ? Value::null() : value)];
        if (!places.empty() && places.back() == place) return false;
        places.push_back(place);
        bytes += kEntryBytes;
        return false;
      });
      if (bytes > bytes_max) return memory_exceeded("$lookup", bytes_max);
    }
  }

  // In the order of the collection.
  std::vector<Document> find(const std::vector<std::string>& keys) const {
    std::vector<uint32_t> places;
    for (const std::string& key : keys) {
      const auto found = places_.find(key);
      if (found != places_.end()) places.insert(places.end(), found->second.begin(), found->second.end());
    }
    std::sort(places.begin(), places.end());
    places.erase(std::unique(places.begin(), places.end()), places.end());
    std::vector<Document> documents;
    for (const uint32_t place : places)
      documents.push_back(documents_[place]);
    return documents;
  }

 private:
  static constexpr size_t kEntryBytes = 96;  // Of the table, about.
  Arena arena_;
  std::vector<Document> documents_;
  std::unordered_map<std::string, std::vector<uint32_t>> places_;
};

class DocumentViews final : public ResultStream {
 public:
  explicit DocumentViews(std::vector<Document> documents) : documents_(std::move(documents)) {}
  Result<std::optional<Document>> next() override {
    if (at_ == documents_.size()) return std::optional<Document>();
    return std::optional<Document>(documents_[at_++]);
  }

 private:
  std::vector<Document> documents_;
  size_t at_ = 0;
};

class LookupStream final : public ResultStream {
 public:
  LookupStream(std::unique_ptr<ResultStream> input, QueryRun& run, const Lookup& lookup)
      : input_(std::move(input)), run_(run), lookup_(lookup) {}

  Result<std::optional<Document>> next() override {
    PS_TRY(const auto document, input_->next());
    if (!document) return document;
    PS_TRY(set_variables(*document));
    PS_TRY(const auto matches, open_matches(*document));
    array_.clear();
    for (uint32_t place = 0;; ++place) {
      PS_TRY(const auto match, matches->next());
      if (!match) break;
      char scratch[12];
      array_.append(index_name(place, scratch), Value::object(*match));
      if (array_.size() > kMatchesBytesMax) {
        return Error(ErrorCode{4568},
                     "Total size of documents in {} matching pipeline's $lookup stage exceeds {} bytes", lookup_.ns,
                     kMatchesBytesMax);
      }
    }
    result_.clear();
    write_with(*document, lookup_.as, Value::array(array_.finish()), result_);
    return std::optional<Document>(result_.finish());
  }

 private:
  Result<void> set_variables(Document document) {
    arena_.reset();
    EvalContext context = run_.context(arena_);
    context.root = Value::object(document);
    for (size_t i = 0; i < lookup_.let.size(); ++i) {
      PS_TRY(run_.variables[lookup_.first_variable + i], lookup_.let[i]->evaluate(context));
    }
    return {};
  }

  Result<std::unique_ptr<ResultStream>> open_matches(Document document) {
    if (lookup_.local.empty()) return lookup_.pipeline->open(run_);
    PS_TRY(std::unique_ptr<ResultStream> equal, open_equal(document));
    return lookup_.pipeline ? lookup_.pipeline->open(std::move(equal), run_) : std::move(equal);
  }

  Result<std::unique_ptr<ResultStream>> open_equal(Document document) {
    std::vector<std::string> keys;
    visit_values(Value::object(document), lookup_.local, [&](const Value& value) { keys.push_back(key_of(value)); });
    if (keys.empty()) keys.push_back(key_of(Value::null()));
    using Stream = std::unique_ptr<ResultStream>;
    if (lookup_.foreign == "_id") {
      ids_ = QueryFilter::of_ids(std::move(keys));
      return Stream(std::make_unique<CollectionScan>(run_, lookup_.ns, ids_));
    }
    if (!table_) {
      table_.emplace();
      const QueryFilter all;
      CollectionScan scan(run_, lookup_.ns, all);
      PS_TRY(table_->fill(scan, lookup_.foreign, run_.memory_bytes_max));
    }
    return Stream(std::make_unique<DocumentViews>(table_->find(keys)));
  }

  std::unique_ptr<ResultStream> input_;
  QueryRun& run_;
  const Lookup& lookup_;
  QueryFilter ids_;
  std::optional<ForeignTable> table_;
  Arena arena_{4096};  // Of the variables.
  DocumentBuilder array_;
  DocumentBuilder result_;
};

struct LookupOptions {
  std::optional<std::string_view> from, as, local, foreign;
  Value let;
  std::optional<Document> pipeline;
};

Error wrong_type(const Element& option, std::string_view expected) {
  return Error(ErrorCode::kTypeMismatch, "BSON field '$lookup.{}' is the wrong type '{}', expected type '{}'",
               option.name, type_name(option.value.type()), expected);
}

Result<void> read_from(const Value& value, LookupOptions& options) {
  if (value.is_object()) return query_not_supported("$lookup with 'from' as an object");
  if (!value.is_string()) {
    return Error(ErrorCode::kFailedToParse, "$lookup 'from' field must be a string, but found {}",
                 type_name(value.type()));
  }
  options.from = value.as_string();
  return {};
}

Result<void> read_option(const Element& option, LookupOptions& options) {
  const Value& value = option.value;
  if (value.type() == Type::kNull) return {};
  if (option.name == "from") return read_from(value, options);
  if (option.name == "pipeline") {
    if (!value.is_array()) {
      return Error(ErrorCode::kTypeMismatch, "'pipeline' option must be specified as an array");
    }
    options.pipeline = value.as_array();
    return {};
  }
  if (option.name == "let") {
    if (!value.is_object()) return wrong_type(option, "object");
    options.let = value;
    return {};
  }
  const bool known = option.name == "as" || option.name == "localField" || option.name == "foreignField";
  if (!known) return Error(ErrorCode::kFailedToParse, "unknown argument to $lookup: {}", option.name);
  if (!value.is_string()) return wrong_type(option, "string");
  const std::string_view text = value.as_string();
  if (option.name == "as") {
    options.as = text;
  } else if (!text.empty()) {  // An empty path is none.
    (option.name == "localField" ? options.local : options.foreign) = text;
  }
  return {};
}

Result<void> check_options(const LookupOptions& options) {
  const ErrorCode code = ErrorCode::kFailedToParse;
  if (!options.as) return Error(ErrorCode{40414}, "BSON field '$lookup.as' is missing but a required field");
  if (options.as->empty()) return Error(code, "must specify 'as' field for a $lookup");
  if (!options.from && !options.pipeline) return Error(code, "must specify 'pipeline' when 'from' is empty");
  if (!options.from && !begins_with_documents(*options.pipeline)) {
    return Error(code, "$lookup stage without explicit collection must have a pipeline with $documents as first stage");
  }
  if (!options.pipeline && (!options.local || !options.foreign)) {
    return Error(code, "$lookup requires either 'pipeline' or both 'localField' and 'foreignField' to be specified");
  }
  if (options.local.has_value() != options.foreign.has_value()) {
    return Error(code, "$lookup requires both or neither of 'localField' and 'foreignField' to be specified");
  }
  if (!options.pipeline && !options.let.is_missing()) {
    return Error(code, "$lookup with a 'let' argument must also specify 'pipeline'");
  }
  return {};
}

// The variables are visible while the pipeline is parsed.
Result<void> parse_pipeline(const LookupOptions& options, PipelineScope& scope, Lookup& lookup) {
  std::vector<std::string_view> variables;
  if (options.let.is_object()) {
    for (const Element& variable : options.let.as_object()) {
      PS_TRY(check_variable_name(variable.name));
      PS_TRY(ExpressionPtr value, parse_expression(variable.value, scope.names));
      lookup.let.push_back(std::move(value));
      variables.push_back(variable.name);
    }
  }
  lookup.first_variable = scope.names.visible_count();
  for (const std::string_view name : variables)
    scope.names.push_variable(name);
  PipelineScope inner{.db = scope.db,
                      .coll = std::string(options.from.value_or("")),
                      .names = scope.names,
                      .place = PipelinePlace::kLookup,
                      .depth = scope.depth + 1};
  auto pipeline = QueryPipeline::parse(*options.pipeline, inner);
  scope.names.pop_variables(variables.size());
  if (!pipeline.ok()) return pipeline.take_error();
  lookup.pipeline = std::move(*pipeline);
  return {};
}

}  // namespace

Result<QueryStagePtr> parse_query_lookup(const Value& spec, PipelineScope& scope) {
  if (!spec.is_object()) {
    return Error(ErrorCode::kFailedToParse, "the $lookup stage specification must be an object, but found {}",
                 type_name(spec.type()));
  }
  LookupOptions options;
  for (const Element& option : spec.as_object())
    PS_TRY(read_option(option, options));
  PS_TRY(check_options(options));
  Lookup lookup;
  PS_TRY(lookup.as, split_path(*options.as));
  if (options.from) {
    PS_TRY(lookup.ns, store::namespace_of(scope.db, *options.from));
  }
  if (options.local) {
    PS_TRY(lookup.local, split_path(*options.local));
    PS_TRY(split_path(*options.foreign));
    lookup.foreign = *options.foreign;
  }
  if (options.pipeline) PS_TRY(parse_pipeline(options, scope, lookup));
  return QueryStagePtr(std::make_unique<StageOf<Lookup, LookupStream>>(std::move(lookup)));
}

}  // namespace penstock

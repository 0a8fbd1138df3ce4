// SPDX-License-Identifier: Apache-2.0
// Stages that hold pipelines: $facet, $unionWith; and $documents, which begins one (reference mql-semantics 15.10).
#include <fmt/format.h>

#include "bson/ejson.h"
#include "docstore/query_pipeline.h"

namespace penstock {
namespace {

struct Facet {
  std::string name;
  QueryPipeline pipeline;
};

// Every pipeline sees the same documents, so they are kept while the pipelines run one after the other.
class FacetStream final : public ResultStream {
 public:
  FacetStream(std::unique_ptr<ResultStream> input, QueryRun& run, const std::vector<Facet>& facets)
      : input_(std::move(input)), run_(run), facets_(facets) {}

  Result<std::optional<Document>> next() override {
    if (input_ == nullptr) return std::optional<Document>();
    PS_TRY(keep_input());
    for (const Facet& facet : facets_) {
      const size_t mark = builder_.begin_array(facet.name);
      PS_TRY(write_results(facet));
      builder_.end(mark);
    }
    if (builder_.size() > kDocumentBytesMax) {
      return Error(ErrorCode::kBsonObjectTooLarge, "the document of $facet has {} bytes, more than the {} allowed",
                   builder_.size(), kDocumentBytesMax);
    }
    return std::optional<Document>(builder_.finish());
  }

 private:
  // The kept documents, from their beginning.
  class Kept final : public ResultStream {
   public:
    explicit Kept(const std::vector<Document>& documents) : documents_(documents) {}
    Result<std::optional<Document>> next() override {
      if (at_ == documents_.size()) return std::optional<Document>();
      return std::optional<Document>(documents_[at_++]);
    }

   private:
    const std::vector<Document>& documents_;
    size_t at_ = 0;
  };

  Result<void> keep_input() {
    size_t bytes = 0;
    while (true) {
      PS_TRY(const auto document, input_->next());
      if (!document) break;
      bytes += document->size() + sizeof(Document);
      if (bytes > run_.memory_bytes_max) return memory_exceeded("$facet", run_.memory_bytes_max);
      kept_.emplace_back(arena_.copy(document->bytes()).data());
    }
    input_.reset();
    return {};
  }

  Result<void> write_results(const Facet& facet) {
    const auto results = facet.pipeline.open(std::make_unique<Kept>(kept_), run_);
    for (uint32_t place = 0;; ++place) {
      PS_TRY(const auto document, results->next());
      if (!document) return {};
      char scratch[12];
      builder_.append(index_name(place, scratch), Value::object(*document));
      if (builder_.size() > run_.memory_bytes_max) return memory_exceeded("$facet", run_.memory_bytes_max);
    }
  }

  std::unique_ptr<ResultStream> input_;
  QueryRun& run_;
  const std::vector<Facet>& facets_;
  Arena arena_;
  std::vector<Document> kept_;
  DocumentBuilder builder_;
};

Result<void> check_facet(const Element& facet) {
  if (facet.name.empty()) return Error(ErrorCode{15998}, "FieldPath field names may not be empty strings.");
  if (facet.name.starts_with('$')) {
    return Error(ErrorCode{16410},
                 "FieldPath field names may not start with '$'. Consider using $getField or $setField.");
  }
  if (facet.name.find('.') != std::string_view::npos) {
    return Error(ErrorCode{16412}, "FieldPath field names may not contain '.'. Consider using $getField or $setField.");
  }
  if (!facet.value.is_array()) {
    return Error(ErrorCode{40170}, "arguments to $facet must be arrays, {} is type {}", facet.name,
                 type_name(facet.value.type()));
  }
  for (const Element& stage : facet.value.as_array()) {
    if (stage.value.is_object() && !stage.value.as_object().empty()) continue;
    return Error(ErrorCode{40171},
                 "elements of arrays in $facet spec must be non-empty objects, {} argument contained an element of "
                 "type {}: {}: {}",
                 facet.name, type_name(stage.value.type()), stage.name, to_text(stage.value));
  }
  return {};
}

// The other collection's documents behind those of the input.
class UnitedStream final : public ResultStream {
 public:
  UnitedStream(std::unique_ptr<ResultStream> input, QueryRun& run, const QueryPipeline& other)
      : current_(std::move(input)), run_(run), other_(other) {}
  Result<std::optional<Document>> next() override {
    PS_TRY(const auto document, current_->next());
    if (document || in_other_) return document;
    in_other_ = true;
    current_ = other_.open(run_);
    return current_->next();
  }

 private:
  std::unique_ptr<ResultStream> current_;
  QueryRun& run_;
  const QueryPipeline& other_;
  bool in_other_ = false;
};

Result<QueryStagePtr> make_union(std::string_view coll, Document pipeline, PipelineScope& scope) {
  PipelineScope inner{.db = scope.db,
                      .coll = std::string(coll),
                      .names = scope.names,
                      .place = PipelinePlace::kUnionWith,
                      .depth = scope.depth + 1};
  PS_TRY(QueryPipeline other, QueryPipeline::parse(pipeline, inner));
  return QueryStagePtr(std::make_unique<StageOf<QueryPipeline, UnitedStream>>(std::move(other)));
}

class ExpressionDocuments final : public ResultStream {
 public:
  ExpressionDocuments(std::unique_ptr<ResultStream>, QueryRun& run, const ExpressionPtr& expression)
      : run_(run), expression_(*expression) {}
  Result<std::optional<Document>> next() override {
    if (!element_) {
      EvalContext context = run_.context(arena_);
      context.root = Value::object(Document());
      PS_TRY(const Value value, expression_.evaluate(context));
      if (!value.is_array()) return Error(ErrorCode{5858203}, "an array is expected");
      array_ = value.as_array();
      element_.emplace(array_.begin());
    }
    if (*element_ == array_.end()) return std::optional<Document>();
    const Value value = (**element_).value;
    ++*element_;
    if (value.is_object()) return std::optional<Document>(value.as_object());
    return Error(ErrorCode{40228},
                 "elements within the array passed to $documents must evaluate to an object, but resulting value was: "
                 "{}. Type of resulting value: '{}'.",
                 to_text(value), type_name(value.type()));
  }

 private:
  QueryRun& run_;
  const Expression& expression_;
  Arena arena_{4096};
  Document array_;
  std::optional<Document::Iterator> element_;
};

}  // namespace

bool begins_with_documents(Document pipeline) {
  const Value first = pipeline.get("0");
  return first.is_object() && first.as_object().has("$documents");
}

Result<QueryStagePtr> parse_query_facet(const Value& spec, PipelineScope& scope) {
  if (!spec.is_object() || spec.as_object().empty()) {
    return Error(ErrorCode{40169}, "the $facet specification must be a non-empty object, but found: $facet: {}",
                 to_text(spec));
  }
  std::vector<Facet> facets;
  for (const Element& element : spec.as_object()) {
    PS_TRY(check_facet(element));
    PipelineScope inner{
        .db = scope.db, .coll = {}, .names = scope.names, .place = PipelinePlace::kFacet, .depth = scope.depth + 1};
    PS_TRY(QueryPipeline pipeline, QueryPipeline::parse(element.value.as_array(), inner));
    facets.push_back({std::string(element.name), std::move(pipeline)});
  }
  return QueryStagePtr(std::make_unique<StageOf<std::vector<Facet>, FacetStream>>(std::move(facets)));
}

Result<QueryStagePtr> parse_query_union_with(const Value& spec, PipelineScope& scope) {
  if (spec.is_string()) return make_union(spec.as_string(), Document(), scope);
  if (!spec.is_object()) {
    return Error(ErrorCode::kFailedToParse,
                 "the $unionWith stage specification must be an object or string, but found {}",
                 type_name(spec.type()));
  }
  std::string_view coll;
  Document pipeline;
  for (const Element& option : spec.as_object()) {
    const Value& value = option.value;
    if (option.name != "coll" && option.name != "pipeline") {
      return Error(ErrorCode{40415}, "BSON field '$unionWith.{}' is an unknown field.", option.name);
    }
    const bool is_coll = option.name == "coll";
    if (is_coll ? !value.is_string() : !value.is_array()) {
      return Error(ErrorCode::kTypeMismatch, "BSON field '$unionWith.{}' is the wrong type '{}', expected type '{}'",
                   option.name, type_name(value.type()), is_coll ? "string" : "array");
    }
    if (is_coll) {
      coll = value.as_string();
    } else {
      pipeline = value.as_array();
    }
  }
  if (coll.empty() && !begins_with_documents(pipeline)) {
    return Error(ErrorCode::kFailedToParse,
                 "$unionWith stage without explicit collection must have a pipeline with $documents as first stage");
  }
  return make_union(coll, pipeline, scope);
}

Result<QueryStagePtr> parse_query_documents(const Value& spec, PipelineScope& scope) {
  if (!scope.coll.empty()) {
    return Error(ErrorCode::kInvalidNamespace, "'$documents' can only be run with {{aggregate: 1}}");
  }
  PS_TRY(ExpressionPtr expression, parse_expression(spec, scope.names));
  return QueryStagePtr(std::make_unique<StageOf<ExpressionPtr, ExpressionDocuments>>(std::move(expression)));
}

}  // namespace penstock

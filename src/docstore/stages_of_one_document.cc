// SPDX-License-Identifier: Apache-2.0
// Stages of aggregate that look at one document at a time: $match, $project and kin, $replaceRoot, $unwind
// (reference mql-semantics 15).
#include <fmt/format.h>

#include "bson/ejson.h"
#include "docstore/document_paths.h"
#include "docstore/query_pipeline.h"
#include "stages/catalog.h"
#include "stages/projection_parse.h"

namespace penstock {
namespace {

constexpr auto kOneForOne = QueryStage::Effect::kOneForOne;

class MatchStage final : public QueryStage {
 public:
  explicit MatchStage(QueryFilter filter) : filter_(std::move(filter)) {}
  std::unique_ptr<ResultStream> open(std::unique_ptr<ResultStream> input, QueryRun& run) const override {
    return open_filter(std::move(input), filter_, run);
  }

 private:
  QueryFilter filter_;
};

class ProjectedStream final : public ResultStream {
 public:
  ProjectedStream(std::unique_ptr<ResultStream> input, QueryRun& run, const Projection& projection)
      : input_(std::move(input)), context_(run.context(arena_)), projection_(projection) {}
  Result<std::optional<Document>> next() override {
    PS_TRY(const auto document, input_->next());
    if (!document) return document;
    arena_.reset();
    context_.root = Value::object(*document);
    PS_TRY(const Document result, projection_.apply(context_, builder_));
    return std::optional<Document>(result);
  }

 private:
  std::unique_ptr<ResultStream> input_;
  Arena arena_{4096};
  EvalContext context_;
  const Projection& projection_;
  DocumentBuilder builder_;
};

using ProjectionStage = StageOf<Projection, ProjectedStream, kOneForOne>;

Result<QueryStagePtr> projecting(std::string_view name, Result<Projection> parsed) {
  if (!parsed.ok()) return parsed.take_error().within(fmt::format("Invalid {} :: caused by :: ", name));
  return QueryStagePtr(std::make_unique<ProjectionStage>(std::move(*parsed)));
}

// What the stage's own parser says about the shape of a spec without variables.
Result<void> check_shape(std::string_view stage, const Value& spec) {
  auto parsed = find_stage(stage)->parse(spec);
  if (!parsed.ok()) return parsed.take_error();
  return {};
}

struct NewRoot {
  ExpressionPtr expression;
  std::string_view subject;  // How errors call it.
};

class ReplacedStream final : public ResultStream {
 public:
  ReplacedStream(std::unique_ptr<ResultStream> input, QueryRun& run, const NewRoot& root)
      : input_(std::move(input)), context_(run.context(arena_)), root_(root) {}
  Result<std::optional<Document>> next() override {
    PS_TRY(const auto document, input_->next());
    if (!document) return document;
    arena_.reset();
    context_.root = Value::object(*document);
    PS_TRY(const Value value, root_.expression->evaluate(context_));
    if (value.is_object()) return std::optional<Document>(value.as_object());
    return Error(ErrorCode{40228},
                 "{} must evaluate to an object, but resulting value was: {}. Type of resulting value: '{}'. "
                 "Input document: {}",
                 root_.subject, value.is_missing() ? "MISSING" : to_text(value), type_name(value.type()),
                 to_text(context_.root));
  }

 private:
  std::unique_ptr<ResultStream> input_;
  Arena arena_{4096};
  EvalContext context_;
  const NewRoot& root_;
};

Result<QueryStagePtr> replacing(std::string_view subject, const Value& spec, ParseContext& names) {
  PS_TRY(ExpressionPtr root, parse_expression(spec, names));
  using Stage = StageOf<NewRoot, ReplacedStream, kOneForOne>;
  return QueryStagePtr(std::make_unique<Stage>(NewRoot{std::move(root), subject}));
}

struct Unwind {
  std::vector<std::string> path;
  std::vector<std::string> index_path;  // Empty: none.
  bool preserve = false;
};

class UnwoundStream final : public ResultStream {
 public:
  UnwoundStream(std::unique_ptr<ResultStream> input, QueryRun&, const Unwind& unwind)
      : input_(std::move(input)), unwind_(unwind) {}

  Result<std::optional<Document>> next() override {
    while (true) {
      if (element_ && *element_ != array_.end()) return next_element();
      element_.reset();
      PS_TRY(const auto document, input_->next());
      if (!document) return document;
      document_ = *document;
      const Value value = value_at(document_, unwind_.path);
      if (value.is_array() && !value.as_array().empty()) {
        array_ = value.as_array();
        element_.emplace(array_.begin());
        index_ = 0;
      } else if (value.is_array() || value.is_nullish()) {
        if (!unwind_.preserve) continue;
        return write(value.is_array() ? Value::missing() : value, Value::null());
      } else {
        return write(value, Value::null());
      }
    }
  }

 private:
  Result<std::optional<Document>> next_element() {
    const Value value = (**element_).value;
    ++*element_;
    return write(value, Value::int64(index_++));
  }

  Result<std::optional<Document>> write(const Value& value, const Value& index) {
    builder_.clear();
    if (value_at(document_, unwind_.path).is_missing()) {
      builder_.append_all(document_);
    } else {
      write_with(document_, unwind_.path, value, builder_);
    }
    if (unwind_.index_path.empty()) return std::optional<Document>(builder_.finish());
    with_index_.clear();
    write_with(builder_.finish(), unwind_.index_path, index, with_index_);
    return std::optional<Document>(with_index_.finish());
  }

  std::unique_ptr<ResultStream> input_;
  const Unwind& unwind_;
  Document document_;  // The one that is being unwound.
  Document array_;
  std::optional<Document::Iterator> element_;
  int64_t index_ = 0;
  DocumentBuilder builder_;
  DocumentBuilder with_index_;
};

Result<std::vector<std::string>> unwound_path(const Value& path) {
  if (!path.is_string()) {
    return Error(ErrorCode{28808}, "expected a string as the path for $unwind stage, got {}", type_name(path.type()));
  }
  const std::string_view text = path.as_string();
  if (text.empty()) return Error(ErrorCode{28812}, "no path specified to $unwind stage");
  if (!text.starts_with('$')) {
    return Error(ErrorCode{28818}, "path option to $unwind stage should be prefixed with a '$': {}", text);
  }
  if (text.size() == 1) return Error(ErrorCode{40352}, "FieldPath cannot be constructed with empty string");
  return split_path(text.substr(1));
}

Result<std::vector<std::string>> unwound_index(const Value& name) {
  if (!name.is_string() || name.as_string().empty()) {
    return Error(ErrorCode{28810},
                 "expected a non-empty string for the includeArrayIndex  option to $unwind stage, got {}",
                 type_name(name.type()));
  }
  if (name.as_string().starts_with('$')) {
    return Error(ErrorCode{28822}, "includeArrayIndex option to $unwind stage should not be prefixed with a '$': {}",
                 name.as_string());
  }
  return split_path(name.as_string());
}

Result<Unwind> parse_unwind(const Value& spec) {
  Unwind unwind;
  if (spec.is_string()) {
    PS_TRY(unwind.path, unwound_path(spec));
    return unwind;
  }
  if (!spec.is_object()) {
    return Error(ErrorCode{15981}, "expected either a string or an object as specification for $unwind stage, got {}",
                 type_name(spec.type()));
  }
  for (const Element& option : spec.as_object()) {
    if (option.name == "path") {
      PS_TRY(unwind.path, unwound_path(option.value));
    } else if (option.name == "preserveNullAndEmptyArrays") {
      if (option.value.type() != Type::kBool) {
        return Error(ErrorCode{28809},
                     "expected a boolean for the preserveNullAndEmptyArrays option to $unwind stage, got {}",
                     type_name(option.value.type()));
      }
      unwind.preserve = option.value.as_bool();
    } else if (option.name == "includeArrayIndex") {
      PS_TRY(unwind.index_path, unwound_index(option.value));
    } else {
      return Error(ErrorCode{28811}, "unrecognized option to $unwind stage: {}", option.name);
    }
  }
  if (unwind.path.empty()) return Error(ErrorCode{28812}, "no path specified to $unwind stage");
  return unwind;
}

Result<QueryStagePtr> parse_added(std::string_view name, const Value& spec, PipelineScope& scope) {
  if (!spec.is_object()) PS_TRY(check_shape(name, spec));
  return projecting(name, parse_added_fields(spec.as_object(), scope.names));
}

}  // namespace

Result<QueryStagePtr> parse_query_match(const Value& spec, PipelineScope& scope) {
  if (!spec.is_object()) PS_TRY(check_shape("$match", spec));
  PS_TRY(QueryFilter filter, QueryFilter::parse(spec.as_object(), scope.names));
  return QueryStagePtr(std::make_unique<MatchStage>(std::move(filter)));
}

Result<QueryStagePtr> parse_query_project(const Value& spec, PipelineScope& scope) {
  if (!spec.is_object()) PS_TRY(check_shape("$project", spec));
  return projecting("$project", parse_projection(spec.as_object(), scope.names));
}

Result<QueryStagePtr> parse_query_add_fields(const Value& spec, PipelineScope& scope) {
  return parse_added("$addFields", spec, scope);
}

Result<QueryStagePtr> parse_query_set(const Value& spec, PipelineScope& scope) {
  return parse_added("$set", spec, scope);
}

Result<QueryStagePtr> parse_query_unset(const Value& spec, PipelineScope&) {
  PS_TRY(check_shape("$unset", spec));
  std::vector<std::string> paths;
  if (spec.is_string()) {
    paths.emplace_back(spec.as_string());
  } else {
    for (const Element& element : spec.as_array())
      paths.emplace_back(element.value.as_string());
  }
  return projecting("$unset", parse_removed_fields(paths));
}

Result<QueryStagePtr> parse_query_replace_root(const Value& spec, PipelineScope& scope) {
  // With null for the expression: that one may name variables the stage of streams does not know.
  DocumentBuilder shape;
  if (spec.is_object()) {
    for (const Element& element : spec.as_object())
      shape.append(element.name, Value::null());
  }
  PS_TRY(check_shape("$replaceRoot", spec.is_object() ? Value::object(shape.finish()) : spec));
  return replacing("'newRoot' expression", spec.as_object().get("newRoot"), scope.names);
}

Result<QueryStagePtr> parse_query_replace_with(const Value& spec, PipelineScope& scope) {
  return replacing("'replacement document' ", spec, scope.names);  // The second blank is MongoDB's.
}

Result<QueryStagePtr> parse_query_unwind(const Value& spec, PipelineScope&) {
  PS_TRY(Unwind unwind, parse_unwind(spec));
  return QueryStagePtr(std::make_unique<StageOf<Unwind, UnwoundStream>>(std::move(unwind)));
}

}  // namespace penstock

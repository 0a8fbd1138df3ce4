// SPDX-License-Identifier: Apache-2.0
// $project, $addFields, $set and $unset: a projection applied to every document (projection.h).
#include <fmt/format.h>

#include "bson/ejson.h"
#include "stages/catalog.h"
#include "stages/projection_parse.h"
#include "stages/row_steps.h"
#include "stages/spec_value.h"

namespace penstock {
namespace {

constexpr size_t kDescribedValueCharsMax = 80;

// What tells the stages apart.
struct ProjectionKind {
  std::string_view operator_name;  // In dead letters.
  Result<Projection> (*parse)(const Value& spec, ParseContext& context);
};

class ProjectionOperator final : public Operator {
 public:
  ProjectionOperator(std::string_view name, Projection projection, size_t variable_count)
      : name_(name), projection_(std::move(projection)), variables_(variable_count) {}

  Result<void> process(RowBatch& batch, EvalContext& context, DeadLetterCollector& dead_letters) override {
    context.variables = variables_.data();
    for_each_row(batch, context, dead_letters, name_, [&](Row& row) -> Result<bool> {
      PS_TRY(const Document result, projection_.apply(context, builder_));
      row.root = Value::object(result);
      row.slots = nullptr;  // They show the document before this stage.
      return true;
    });
    return {};
  }

 private:
  std::string_view name_;
  Projection projection_;
  std::vector<Value> variables_;
  DocumentBuilder builder_;
};

// One field of a spec: "a", "a: 0", "a: <expression>".
std::string describe_field(const Element& field, bool flags) {
  const bool flag = flags && (field.value.is_number() || field.value.type() == Type::kBool);
  if (flag) return fmt::format("{}{}", field.name, is_true(field.value) ? "" : ": 0");
  return fmt::format("{}: {}", field.name, to_text(field.value, kDescribedValueCharsMax));
}

class ProjectionStage final : public StageSpec {
 public:
  // `flags`: numbers include and exclude, as in $project.
  ProjectionStage(const ProjectionKind& kind, const Value& spec, Projection projection, bool flags)
      : kind_(kind), spec_(spec), projection_(std::move(projection)), flags_(flags) {}

  FieldNeeds needs(const FieldNeeds& downstream) const override {
    FieldNeeds needs;
    if (projection_.others_stay()) {
      needs.add_all(downstream);
    } else {
      if (downstream.window()) needs.need_window();
      if (downstream.record_meta()) needs.need_record_meta();
    }
    projection_.collect_needs(needs);
    return needs;
  }

  std::string describe() const override {
    const Value& spec = spec_.value();
    if (spec.is_string()) return std::string(spec.as_string());
    std::string text;
    for (const Element& field : spec.as_container()) {
      if (!text.empty()) text += ", ";
      text += spec.is_array() ? std::string(field.value.as_string()) : describe_field(field, flags_);
    }
    return text;
  }

  Result<std::unique_ptr<Operator>> build(const FieldNeeds* input) const override {
    // A document is rewritten: the planner gives whole or pruned documents to these stages, never slots alone.
    PS_CHECK(input == nullptr);
    ParseContext context;
    PS_TRY(Projection projection, kind_.parse(spec_.value(), context));
    return std::unique_ptr<Operator>(
        std::make_unique<ProjectionOperator>(kind_.operator_name, std::move(projection), context.variable_count()));
  }

 private:
  ProjectionKind kind_;
  SpecValue spec_;
  Projection projection_;
  bool flags_;
};

Result<std::unique_ptr<StageSpec>> make_stage(const ProjectionKind& kind, const Value& spec, bool flags = false) {
  ParseContext context;
  PS_TRY(Projection projection, kind.parse(spec, context));
  return std::unique_ptr<StageSpec>(std::make_unique<ProjectionStage>(kind, spec, std::move(projection), flags));
}

// MongoDB says under which name the user wrote the stage.
template <typename Parsed>
Result<Parsed> within_stage(std::string_view stage, Result<Parsed> parsed) {
  if (parsed.ok()) return parsed;
  return parsed.take_error().within(fmt::format("Invalid {} :: caused by :: ", stage));
}

Result<Projection> parse_project(const Value& spec, ParseContext& context) {
  if (!spec.is_object()) return Error(ErrorCode{15969}, "$project specification must be an object");
  return within_stage("$project", parse_projection(spec.as_object(), context));
}

Result<Projection> parse_added(std::string_view stage, const Value& spec, ParseContext& context) {
  if (!spec.is_object()) {
    return Error(ErrorCode{40272}, "{} specification stage must be an object, got {}", stage, type_name(spec.type()));
  }
  return within_stage(stage, parse_added_fields(spec.as_object(), context));
}

Result<Projection> parse_add_fields(const Value& spec, ParseContext& context) {
  return parse_added("$addFields", spec, context);
}

Result<Projection> parse_set(const Value& spec, ParseContext& context) { return parse_added("$set", spec, context); }

Result<std::vector<std::string>> read_unset_paths(const Value& spec) {
  if (spec.is_string()) return std::vector<std::string>{std::string(spec.as_string())};
  if (!spec.is_array()) return Error(ErrorCode{31002}, "$unset specification must be a string or an array");
  std::vector<std::string> paths;
  for (const Element& element : spec.as_array()) {
    if (!element.value.is_string()) {
      return Error(ErrorCode{31120}, "$unset specification must be a string or an array containing only string values")
          .at(fmt::format("[{}]", element.name));
    }
    paths.emplace_back(element.value.as_string());
  }
  if (paths.empty()) {
    return Error(ErrorCode{31119}, "$unset specification must be a string or an array with at least one field");
  }
  return paths;
}

Result<Projection> parse_unset(const Value& spec, ParseContext&) {
  PS_TRY(const std::vector<std::string> paths, read_unset_paths(spec));
  for (const std::string& path : paths) {
    if (path.find('\0') != std::string::npos) {  // Since 8.2 with a code of its own.
      return Error(ErrorCode{9527900}, "$unset specification must not contain field names with a null byte");
    }
  }
  return within_stage("$unset", parse_removed_fields(paths));
}

}  // namespace

Result<std::unique_ptr<StageSpec>> parse_project_stage(const Value& spec) {
  return make_stage({"ProjectOperator", parse_project}, spec, true);
}

Result<std::unique_ptr<StageSpec>> parse_add_fields_stage(const Value& spec) {
  return make_stage({"AddFieldsOperator", parse_add_fields}, spec);
}

Result<std::unique_ptr<StageSpec>> parse_set_stage(const Value& spec) {
  return make_stage({"AddFieldsOperator", parse_set}, spec);
}

Result<std::unique_ptr<StageSpec>> parse_unset_stage(const Value& spec) {
  return make_stage({"ProjectOperator", parse_unset}, spec);
}

}  // namespace penstock

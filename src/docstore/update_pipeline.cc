// SPDX-License-Identifier: Apache-2.0
#include "docstore/update_pipeline.h"

#include <fmt/format.h>

#include "bson/ejson.h"
#include "stages/catalog.h"
#include "stages/projection_parse.h"

namespace penstock {
namespace {

template <typename Parsed>
Result<Parsed> within_stage(std::string_view stage, Result<Parsed> parsed) {
  if (parsed.ok()) return parsed;
  return parsed.take_error().within(fmt::format("Invalid {} :: caused by :: ", stage));
}

Error not_an_object(std::string_view subject, const Value& value, const Value& input) {
  return Error(ErrorCode{40228},
               "{}  must evaluate to an object, but resulting value was: {}. Type of resulting value: '{}'. "
               "Input document: {}",
               subject, value.is_missing() ? "MISSING" : to_text(value), type_name(value.type()), to_text(input));
}

Error not_allowed(std::string_view stage) {
  if (find_stage(stage) == nullptr && !is_known_unsupported_stage(stage)) {
    return Error(ErrorCode{40324}, "Unrecognized pipeline stage name: '{}'", stage);
  }
  return Error(ErrorCode{72}, "{} is not allowed to be used within an update", stage);
}

// The stages without expressions and the shape of $replaceRoot are checked by the stages' own parsers.
Result<void> check_shape(std::string_view stage, const Value& spec) {
  auto checked = find_stage(stage)->parse(spec);
  if (!checked.ok()) return checked.take_error();
  return {};
}

Result<std::vector<std::string>> removed_paths(const Value& spec) {
  PS_TRY(check_shape("$unset", spec));
  if (spec.is_string()) return std::vector<std::string>{std::string(spec.as_string())};
  std::vector<std::string> paths;
  for (const Element& element : spec.as_array())
    paths.emplace_back(element.value.as_string());
  return paths;
}

// The expression in {newRoot: <expression>}. With null in its place the shape alone is checked: the expression may
// name variables that the stage's own parser does not know.
Result<Value> new_root_of(const Value& spec) {
  if (!spec.is_object()) {
    PS_TRY(check_shape("$replaceRoot", spec));
  }
  DocumentBuilder shape;
  for (const Element& element : spec.as_object())
    shape.append(element.name, Value::null());
  const OwnedDocument names(shape.take());
  PS_TRY(check_shape("$replaceRoot", Value::object(names)));
  return spec.as_object().get("newRoot");
}

}  // namespace

Result<UpdatePipeline> UpdatePipeline::parse(const MergeSpec& spec, const Clock& clock) {
  UpdatePipeline pipeline(clock);
  const bool has_new = spec.let.view().has("new");
  const bool adds_new = spec.let.view().empty() || spec.when_not_matched == WhenNotMatched::kInsert;
  PS_TRY(pipeline.parse_variables(spec.let, adds_new && !has_new));
  PS_TRY(pipeline.parse_stages(spec.pipeline));
  return pipeline;
}

Result<UpdatePipeline> UpdatePipeline::parse_update(Document stages, Document let, const Clock& clock) {
  UpdatePipeline pipeline(clock);
  pipeline.now_ = clock.now();
  PS_TRY(pipeline.parse_variables(let, false));
  PS_TRY(pipeline.parse_stages(stages));
  return pipeline;
}

Result<void> UpdatePipeline::parse_stages(Document stages) {
  pipeline_ = OwnedDocument(stages);
  ParseContext names = scope();
  for (const Variable& variable : variables_)
    names.push_variable(variable.name);
  PS_TRY(steps_, parse_steps(pipeline_, names));
  values_.resize(names.variable_count());
  return {};
}

Result<void> UpdatePipeline::parse_variables(Document let, bool adds_new) {
  ParseContext none = scope();
  for (const Element& element : let) {
    auto value = parse_expression(element.value, none);
    if (!value.ok()) return value.take_error().at(element.name).at("let");
    variables_.push_back({std::string(element.name), std::move(*value)});
  }
  let_values_.resize(none.variable_count());
  if (!adds_new) return {};
  PS_TRY(ExpressionPtr whole, parse_expression(Value::string("$$ROOT"), none));
  variables_.push_back({"new", std::move(whole)});
  return {};
}

Result<std::vector<UpdatePipeline::Step>> UpdatePipeline::parse_steps(Document pipeline, ParseContext& names) {
  std::vector<Step> steps;
  for (const Element& element : pipeline) {
    const std::string where = fmt::format("[{}]", element.name);
    if (!element.value.is_object() || element.value.as_object().count() != 1) {
      return Error(ErrorCode{40323}, "A pipeline stage specification object must contain exactly one field.").at(where);
    }
    const Element stage = *element.value.as_object().begin();
    auto step = parse_step(stage, names);
    if (!step.ok()) return step.take_error().at(stage.name).at(where);
    steps.push_back(std::move(*step));
  }
  return steps;
}

Result<UpdatePipeline::Step> UpdatePipeline::parse_step(const Element& stage, ParseContext& names) {
  const auto projecting = [](Projection projection) {
    return Step{std::make_unique<Projection>(std::move(projection)), nullptr, {}};
  };
  const Value& spec = stage.value;
  if (stage.name == "$set" || stage.name == "$addFields") {
    if (!spec.is_object()) PS_TRY(check_shape(stage.name, spec));
    PS_TRY(Projection added, within_stage(stage.name, parse_added_fields(spec.as_object(), names)));
    return projecting(std::move(added));
  }
  if (stage.name == "$project") {
    if (!spec.is_object()) PS_TRY(check_shape(stage.name, spec));
    PS_TRY(Projection projection, within_stage(stage.name, parse_projection(spec.as_object(), names)));
    return projecting(std::move(projection));
  }
  if (stage.name == "$unset") {
    PS_TRY(const std::vector<std::string> paths, removed_paths(spec));
    PS_TRY(Projection removed, within_stage(stage.name, parse_removed_fields(paths)));
    return projecting(std::move(removed));
  }
  if (stage.name == "$replaceRoot") {
    PS_TRY(const Value new_root, new_root_of(spec));
    PS_TRY(ExpressionPtr root, parse_expression(new_root, names));
    return Step{nullptr, std::move(root), "'newRoot' expression"};
  }
  if (stage.name == "$replaceWith") {
    PS_TRY(ExpressionPtr root, parse_expression(spec, names));
    return Step{nullptr, std::move(root), "'replacement document'"};
  }
  return not_allowed(stage.name);
}

Result<void> UpdatePipeline::set_incoming(Document incoming) {
  arena_->reset();
  EvalContext evaluation = context();
  evaluation.root = Value::object(incoming);
  evaluation.variables = let_values_.data();
  bool some_missing = false;
  for (size_t i = 0; i < variables_.size(); ++i) {
    PS_TRY(values_[i], variables_[i].value->evaluate(evaluation));
    some_missing |= values_[i].is_missing();
  }
  return some_missing ? check_without_the_missing() : Result<void>();
}

// Rare, so it may cost a parse: mongod gets the variables with each update and knows only those that have a value.
Result<void> UpdatePipeline::check_without_the_missing() const {
  ParseContext names = scope();
  for (size_t i = 0; i < variables_.size(); ++i) {
    if (!values_[i].is_missing()) names.push_variable(variables_[i].name);
  }
  PS_TRY(parse_steps(pipeline_, names));
  return {};
}

Result<Document> UpdatePipeline::apply(Document stored) {
  EvalContext evaluation = context();
  evaluation.root = Value::object(stored);
  evaluation.variables = values_.data();
  for (const Step& step : steps_) {
    if (step.projection != nullptr) {
      PS_TRY(const Document result, step.projection->apply(evaluation, builder_));
      evaluation.root = Value::object(result);
      continue;
    }
    PS_TRY(const Value root, step.new_root->evaluate(evaluation));
    if (!root.is_object()) return not_an_object(step.subject, root, evaluation.root);
    evaluation.root = root;
  }
  return evaluation.root.as_object();
}

}  // namespace penstock

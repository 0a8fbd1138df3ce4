// SPDX-License-Identifier: Apache-2.0
// $group: from the definition to key parts and distinct accumulators (reference mql-semantics 13.1).
#include <fmt/format.h>

#include <algorithm>

#include "base/did_you_mean.h"
#include "stages/group_parsed.h"

namespace penstock {
namespace {

// Equal accumulators over equal arguments share a state; the text of an expression is canonical.
struct Distinct {
  std::vector<std::string> texts;
  size_t find_or_add(std::string text) {
    for (size_t i = 0; i < texts.size(); ++i) {
      if (texts[i] == text) return i;
    }
    texts.push_back(std::move(text));
    return texts.size() - 1;
  }
};

Error unknown_accumulator(std::string_view name) {
  if (is_known_unsupported_accumulator(name)) {
    return Error(ErrorCode::kInvalidDefinition, "the accumulator {} is not supported by this version of Penstock yet",
                 name);
  }
  std::vector<std::string_view> names;
  for (const Accumulator* accumulator : all_accumulators())
    names.push_back(accumulator->name);
  return Error(ErrorCode{15952}, "unknown group operator '{}'.{}", name, did_you_mean(name, names));
}

Result<void> check_field(const Element& field) {
  if (field.name.find('.') != std::string_view::npos) {
    return Error(ErrorCode{40235}, "The field name '{}' cannot contain '.'", field.name);
  }
  if (field.name.starts_with("$")) {
    return Error(ErrorCode{40236}, "The field name '{}' cannot be an operator name", field.name);
  }
  if (!field.value.is_object() || field.value.as_object().empty()) {
    return Error(ErrorCode{40234}, "The field '{}' must be an accumulator object", field.name);
  }
  if (field.value.as_object().count() != 1) {
    return Error(ErrorCode{40238}, "The field '{}' must specify one accumulator", field.name);
  }
  return {};
}

Result<ExpressionPtr> parse_argument(const Accumulator& accumulator, const Value& argument, ParseContext& context) {
  if (!accumulator.takes_argument) {
    if (argument.is_object() && argument.as_object().empty()) return ExpressionPtr();
    return Error(ErrorCode::kTypeMismatch, "{} takes no arguments, i.e. {}: {{}}", accumulator.name, accumulator.name);
  }
  if (argument.is_array()) {
    return Error(ErrorCode{40237}, "The {} accumulator is a unary operator", accumulator.name);
  }
  return parse_expression(argument, context);
}

size_t aligned(size_t size) { return (size + 7) & ~size_t{7}; }

bool reads_row(const Expression& expression) {
  FieldNeeds needs;
  expression.collect_needs(needs);
  return needs.whole() || !needs.fields().empty() || needs.record_meta() || expression.volatile_result();
}

}  // namespace

FieldNeeds GroupSpec::Parsed::needs() const {
  FieldNeeds needs;
  for (const KeyPart& part : key)
    part.expression->collect_needs(needs);
  for (const ExpressionPtr& argument : arguments) {
    if (argument) argument->collect_needs(needs);
  }
  return needs;
}

void GroupSpec::Parsed::bind(const FieldNeeds* needs) {
  for (KeyPart& part : key)
    part.expression->bind(needs);
  for (ExpressionPtr& argument : arguments) {
    if (argument) argument->bind(needs);
  }
}

void GroupSpec::Parsed::set_variables(EvalContext& context, std::vector<Value>& values) const {
  values.resize(variables);
  if (context.variables != values.data()) std::copy_n(context.variables, outer_variables, values.data());
  context.variables = values.data();
}

Result<std::unique_ptr<GroupSpec>> GroupSpec::parse(const Value& spec, const ParseContext& outer) {
  if (!spec.is_object()) return Error(ErrorCode{15947}, "a group's fields must be specified in an object");
  std::unique_ptr<GroupSpec> group(new GroupSpec);
  group->spec_ = OwnedDocument(spec.as_object());
  group->outer_ = outer;
  auto layout = std::make_shared<GroupLayout>();
  auto parsed = parse_parts(spec.as_object(), outer, layout.get());
  if (!parsed.ok()) return parsed.take_error();
  group->parsed_ = std::move(*parsed);
  group->layout_ = std::move(layout);
  return group;
}

GroupSpec::~GroupSpec() = default;

Result<std::unique_ptr<GroupSpec::Parsed>> GroupSpec::parse_parts(Document spec, const ParseContext& outer,
                                                                  GroupLayout* layout) {
  auto parsed = std::make_unique<Parsed>();
  ParseContext context = outer;
  Distinct distinct;
  bool has_id = false;
  size_t offset = sizeof(GroupPart::Head);
  for (const Element& field : spec) {
    if (field.name == "_id") {
      if (has_id) return Error(ErrorCode{15948}, "a group's _id may only be specified once").at("_id");
      has_id = true;
      auto key = parse_key(field.value, context, *parsed);
      if (!key.ok()) return key.take_error().at("_id");
      continue;
    }
    auto checked = check_field(field);
    if (!checked.ok()) return checked.take_error().at(field.name);
    const Element call = *field.value.as_object().begin();
    const Accumulator* accumulator = find_accumulator(call.name);
    if (accumulator == nullptr) return unknown_accumulator(call.name).at(call.name).at(field.name);
    auto argument = parse_argument(*accumulator, call.value, context);
    if (!argument.ok()) return argument.take_error().at(call.name).at(field.name);
    const size_t state = distinct.find_or_add(fmt::format("{} {}", call.name, *argument ? (*argument)->to_text() : ""));
    if (state == parsed->arguments.size()) {
      parsed->arguments.push_back(std::move(*argument));
      if (layout != nullptr) layout->states.push_back({accumulator, offset});
      offset += aligned(accumulator->state_size);
    }
    parsed->fields.push_back({std::string(field.name), state});
  }
  if (!has_id) return Error(ErrorCode{15955}, "a group specification must include an _id");
  if (layout != nullptr) layout->payload_bytes = offset;
  parsed->variables = context.variable_count();
  parsed->outer_variables = outer.visible_count();
  return parsed;
}

Result<void> GroupSpec::parse_key(const Value& spec, ParseContext& context, Parsed& parsed) {
  PS_TRY(ExpressionPtr key, parse_expression(spec, context));
  ObjectExpression* object = as_object_expression(key.get());
  if (object == nullptr) {
    const bool from_row = reads_row(*key);
    parsed.key.push_back({"", std::move(key), from_row});
    parsed.missing_is_null = true;
    return {};
  }
  parsed.compound = true;
  for (NamedExpression& field : fields_of(*object)) {
    const bool from_row = reads_row(*field.expression);
    parsed.key.push_back({field.name, std::move(field.expression), from_row});
  }
  parsed.missing_is_null = parsed.key.size() == 1;
  return {};
}

}  // namespace penstock

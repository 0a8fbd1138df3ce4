// SPDX-License-Identifier: Apache-2.0
// Operators on objects (reference mql-semantics 9): $mergeObjects, and fields by any name, dots and '$' included.
#include "bson/ejson.h"
#include "expression/functions/field_list.h"
#include "expression/functions/functions.h"
#include "expression/functions/results.h"
#include "expression/nodes.h"

namespace penstock {
namespace {

// $mergeObjects

Result<void> merge_into(FieldList& fields, const Value& part) {
  if (part.is_nullish()) return {};
  if (!part.is_object()) {
    return Error(ErrorCode{40400}, "$mergeObjects requires object inputs, but input {} is of type {}", to_text(part),
                 type_name(part.type()));
  }
  for (const Element& element : part.as_object())
    PS_TRY(fields.set(element.name, element.value));
  return {};
}

Result<Value> merge_objects(std::span<const Value> arguments, EvalContext& context) {
  FieldList fields("$mergeObjects");
  if (arguments.size() == 1 && arguments[0].is_array()) {
    for (const Element& element : arguments[0].as_array())
      PS_TRY(merge_into(fields, element.value));
  } else {
    for (const Value& argument : arguments)
      PS_TRY(merge_into(fields, argument));
  }
  return fields.finish(context.arena);
}

// $getField. Children: the name, the object.

Error field_not_a_string(const Value& found) {
  return Error(ErrorCode{3041704}, "$getField requires 'field' to evaluate to type String, but got {}",
               type_name(found.type()));
}

Result<Value> evaluate_get_field(std::span<const ExpressionPtr> arguments, EvalContext& context) {
  PS_TRY(const Value name, arguments[0]->evaluate(context));
  if (!name.is_string()) return field_not_a_string(name);
  PS_TRY(const Value input, arguments[1]->evaluate(context));
  if (input.is_object()) return input.as_object().get(name.as_string());
  return input.is_nullish() && !input.is_missing() ? Value::null() : Value::missing();
}

// An ordinary name of the row's document, which then needs no more than that field.
bool is_plain_name(std::string_view name) {
  return !name.empty() && name.find_first_of(".$") == std::string_view::npos;
}

// Never folded: what fails in it fails per row.
Result<ExpressionPtr> make_get_field(ExpressionPtr name, const Value& input, ParseContext& context) {
  const Value* constant = name->constant();
  if (constant != nullptr && !constant->is_string()) return field_not_a_string(*constant);
  const bool of_row = input.is_string() && input.as_string() == "$$CURRENT" && context.find_variable("CURRENT") < 0;
  if (of_row && constant != nullptr && is_plain_name(constant->as_string())) {
    return make_field_path(constant->as_string());
  }
  auto object = parse_expression(input, context);
  if (!object.ok()) return object.take_error().at("input");
  std::vector<ExpressionPtr> children;
  children.push_back(std::move(name));
  children.push_back(std::move(*object));
  return ExpressionPtr(std::make_unique<LazyNode>("$getField", evaluate_get_field, std::move(children)));
}

Result<ExpressionPtr> parse_get_field(const Value& argument, ParseContext& context) {
  const bool named =
      argument.is_object() && (argument.as_object().empty() || !argument.as_object().begin()->name.starts_with('$'));
  if (!named) {
    PS_TRY(ExpressionPtr name, parse_expression(argument, context));
    return make_get_field(std::move(name), Value::string("$$CURRENT"), context);
  }
  const Document spec = argument.as_object();
  for (const Element& element : spec) {
    if (element.name == "field" || element.name == "input") continue;
    return Error(ErrorCode{3041701}, "$getField found an unknown argument: {}", element.name);
  }
  if (!spec.has("field")) return Error(ErrorCode{3041702}, "$getField requires 'field' to be specified");
  if (!spec.has("input")) return Error(ErrorCode{3041703}, "$getField requires 'input' to be specified");
  auto name = parse_expression(spec.get("field"), context);
  if (!name.ok()) return name.take_error().at("field");
  return make_get_field(std::move(*name), spec.get("input"), context);
}

// $setField, $unsetField. Children: the name, the object, the value; the value is missing to take the field away.

Result<Value> evaluate_set_field(std::span<const ExpressionPtr> arguments, EvalContext& context) {
  const std::string_view name = arguments[0]->constant()->as_string();
  PS_TRY(const Value input, arguments[1]->evaluate(context));
  if (input.is_nullish()) return Value::null();
  if (!input.is_object()) {
    return Error(ErrorCode{4161105}, "$setField requires 'input' to evaluate to type Object, found {}",
                 type_name(input.type()));
  }
  PS_TRY(const Value value, arguments[2]->evaluate(context));
  DocumentBuilder object;
  bool there = false;
  for (const Element& element : input.as_object()) {
    const bool meant = element.name == name;
    there |= meant;
    object.append(element.name, meant ? value : element.value);
  }
  if (!there) object.append(name, value);
  if (object.size() > kContainerBytesMax) return container_too_large("$setField");
  return Value::object(object.finish_in(context.arena));
}

// The name must stand in the definition as a text or a $literal: nothing that is computed, not even a constant.
Result<std::string> field_name(std::string_view function, const Value& spec, ParseContext& context) {
  Value name = spec;
  if (spec.is_string() && spec.as_string().starts_with('$')) {
    return Error(
        ErrorCode{4161108},
        "'{}' is a field path reference which is not allowed in this context. Did you mean {{$literal: '{}'}}?",
        spec.as_string(), spec.as_string());
  }
  // An empty object counts as a constant, other objects do not.
  if (spec.is_array() || (spec.is_object() && !spec.as_object().empty())) {
    PS_TRY(const ExpressionPtr parsed, parse_expression(spec, context));
    const Document object = spec.as_container();
    const std::string_view key = object.empty() ? std::string_view() : object.begin()->name;
    if (spec.is_array() || (key != "$literal" && key != "$const")) {
      return Error(ErrorCode{4161106}, "{} requires 'field' to evaluate to a constant, but got a non-constant argument",
                   function);
    }
    name = object.begin()->value;
  }
  if (!name.is_string()) {
    return Error(ErrorCode{4161107}, "{} requires 'field' to evaluate to type String, but got {}", function,
                 type_name(name.type()));
  }
  if (name.as_string().find('\0') != std::string_view::npos) {
    return Error(ErrorCode{9534700}, "{} field names may not contain '\\0'", function);
  }
  return std::string(name.as_string());
}

Result<ExpressionPtr> parse_set(std::string_view function, bool takes_value, const Value& argument,
                                ParseContext& context) {
  if (!argument.is_object()) {
    return Error(ErrorCode{4161100}, "{} only supports an object as its argument", function);
  }
  const Document spec = argument.as_object();
  for (const Element& element : spec) {
    if (element.name == "field" || element.name == "input" || (takes_value && element.name == "value")) continue;
    return Error(ErrorCode{4161101}, "{} found an unknown argument: {}", function, element.name);
  }
  if (!spec.has("field")) return Error(ErrorCode{4161102}, "{} requires 'field' to be specified", function);
  if (takes_value && !spec.has("value")) {
    return Error(ErrorCode{4161103}, "{} requires 'value' to be specified", function);
  }
  if (!spec.has("input")) return Error(ErrorCode{4161109}, "{} requires 'input' to be specified", function);
  PS_TRY(const std::string name, field_name(function, spec.get("field"), context));
  std::vector<ExpressionPtr> children;
  children.push_back(make_constant(Value::string(name)));
  auto input = parse_expression(spec.get("input"), context);
  if (!input.ok()) return input.take_error().at("input");
  children.push_back(std::move(*input));
  auto value = takes_value ? parse_expression(spec.get("value"), context)
                           : Result<ExpressionPtr>(make_constant(Value::missing()));
  if (!value.ok()) return value.take_error().at("value");
  children.push_back(std::move(*value));
  return make_lazy(function, evaluate_set_field, std::move(children));
}

Result<ExpressionPtr> parse_set_field(const Value& argument, ParseContext& context) {
  return parse_set("$setField", true, argument, context);
}
Result<ExpressionPtr> parse_unset_field(const Value& argument, ParseContext& context) {
  return parse_set("$unsetField", false, argument, context);
}

constexpr Example kGetFieldExamples[] = {
    {R"({$getField: "a.b"})", R"({"a.b": 1, a: {b: 2}})", "1"},
    {R"({$getField: {field: {$literal: "$p"}, input: "$a"}})", R"({a: {"$p": 1}})", "1"},
    {R"({$getField: {field: "p", input: "$a"}})", R"({a: [{p: 1}]})", "missing"},
    {R"({$getField: 5})", R"({})", "error 3041704"},
};
constexpr Example kMergeObjectsExamples[] = {
    {R"({$mergeObjects: ["$a", "$b"]})", R"({a: {p: 1, q: 2}, b: {q: 3, r: 4}})", "{p: 1, q: 3, r: 4}"},
    {R"({$mergeObjects: "$list"})", R"({list: [{p: 1}, null, {q: 2}]})", "{p: 1, q: 2}"},
    {R"({$mergeObjects: ["$a", 5]})", R"({})", "error 40400"},
};
constexpr Example kSetFieldExamples[] = {
    {R"({$setField: {field: "p", input: "$a", value: 9}})", R"({a: {p: 1, q: 2}})", "{p: 9, q: 2}"},
    {R"({$setField: {field: "x.y", input: "$a", value: 9}})", R"({a: {p: 1}})", R"({p: 1, "x.y": 9})"},
    {R"({$setField: {field: "p", input: "$a", value: 9}})", R"({a: 5})", "error 4161105"},
};
constexpr Example kUnsetFieldExamples[] = {
    {R"({$unsetField: {field: "p", input: "$a"}})", R"({a: {p: 1, q: 2}})", "{q: 2}"},
    {R"({$unsetField: {field: "$p", input: "$a"}})", R"({})", "error 4161108"},
};

constexpr Function kObjectFunctions[] = {
    {.name = "$getField",
     .arity = Arity::exactly(1),
     .summary = "A field by its name, which may hold dots and '$'; {field, input} reads another object.",
     .parse = parse_get_field,
     .examples = kGetFieldExamples},
    {.name = "$mergeObjects",
     .arity = Arity::at_least(0),
     .summary = "One object of all; a later value replaces an earlier one, null and missing are skipped.",
     .evaluate = merge_objects,
     .examples = kMergeObjectsExamples},
    {.name = "$setField",
     .arity = Arity::exactly(1),
     .summary = "{field, input, value}: the object with one field set, or removed when the value is missing.",
     .parse = parse_set_field,
     .examples = kSetFieldExamples},
    {.name = "$unsetField",
     .arity = Arity::exactly(1),
     .summary = "{field, input}: the object without one field.",
     .parse = parse_unset_field,
     .examples = kUnsetFieldExamples},
};

}  // namespace

std::span<const Function> object_functions() { return kObjectFunctions; }

}  // namespace penstock

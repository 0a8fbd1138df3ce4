// SPDX-License-Identifier: Apache-2.0
// From a BSON value to an expression tree (reference mql-semantics 2).
#include <algorithm>

#include "base/did_you_mean.h"
#include "bson/ejson.h"
#include "expression/nodes.h"

namespace penstock {
namespace {

constexpr size_t kDepthMaxOfExpressions = 150;

Result<ExpressionPtr> parse_at_depth(const Value& spec, ParseContext& context);

// Nesting is bounded where values enter (kDepthMax); this guard keeps recursion bounded for values made otherwise.
class Depth {
 public:
  Depth() { ++depth(); }
  ~Depth() { --depth(); }
  static bool too_deep() { return depth() > kDepthMaxOfExpressions; }

 private:
  static size_t& depth() {
    thread_local size_t value = 0;
    return value;
  }
};

Error undefined_variable(std::string_view name) {
  constexpr std::string_view kOfTheServer[] = {"NOW", "CLUSTER_TIME", "USER_ROLES", "SEARCH_META"};
  if (std::find(std::begin(kOfTheServer), std::end(kOfTheServer), name) != std::end(kOfTheServer)) {
    return Error(ErrorCode{17276}, "$${} is not available in stream processors{}", name,
                 name == "NOW" ? "; {$currentDate: {}} is what streams have instead" : "");
  }
  return Error(ErrorCode{17276}, "Use of undefined variable: {}", name);
}

Result<ExpressionPtr> parse_variable(std::string_view text, ParseContext& context) {
  const size_t dot = text.find('.');
  const std::string_view name = text.substr(0, dot);
  if (name.empty()) return Error(ErrorCode::kFailedToParse, "empty variable names are not allowed");
  if (name.starts_with('$')) {
    return Error(ErrorCode::kFailedToParse, "'{}' starts with an invalid character for a user variable name", name);
  }
  std::vector<std::string> parts;
  if (dot != std::string_view::npos) {
    PS_TRY(parts, split_path(text.substr(dot + 1)));
  }
  if (const int index = context.find_variable(name); index >= 0) {
    return ExpressionPtr(std::make_unique<VariableNode>(std::string(name), index, std::move(parts)));
  }
  if (name == "NOW" && context.now()) {
    return make_constant(parts.empty() ? Value::date(*context.now()) : Value::missing());
  }
  if (name == "REMOVE") return make_constant(Value::missing());
  if (name == "CURRENT" && !parts.empty()) return ExpressionPtr(std::make_unique<FieldPathNode>(std::move(parts)));
  if (name == "ROOT" && !parts.empty()) return ExpressionPtr(std::make_unique<FieldPathNode>(std::move(parts)));
  if (name == "ROOT" || name == "CURRENT") return ExpressionPtr(std::make_unique<RootNode>(std::move(parts)));
  return undefined_variable(name);
}

Result<ExpressionPtr> parse_text(std::string_view text, const Value& spec, ParseContext& context) {
  if (text.starts_with("$$")) return parse_variable(text.substr(2), context);
  if (!text.starts_with("$")) return make_constant(spec);
  if (text == "$") return Error(ErrorCode{16872}, "'$' by itself is not a valid FieldPath");
  // Where CURRENT is bound ($let, `as`), field paths read from it.
  if (const int current = context.find_variable("CURRENT"); current >= 0) {
    PS_TRY(std::vector<std::string> parts, split_path(text.substr(1)));
    return ExpressionPtr(std::make_unique<VariableNode>("CURRENT", current, std::move(parts)));
  }
  return make_field_path(text.substr(1));
}

Error unknown_operator(std::string_view name) {
  if (is_known_unsupported_function(name)) {
    return Error(ErrorCode::kUnrecognizedExpression,
                 "the expression {} is not supported by this version of Penstock yet", name);
  }
  std::vector<std::string_view> names;
  for (const Function* function : all_functions())
    names.push_back(function->name);
  return Error(ErrorCode::kUnrecognizedExpression, "Unrecognized expression '{}'.{}", name, did_you_mean(name, names));
}

Result<ExpressionPtr> parse_operator(const Element& element, ParseContext& context) {
  const Function* function = find_function(element.name);
  if (function == nullptr) return unknown_operator(element.name);
  if (function->parse != nullptr) return function->parse(element.value, context);
  PS_TRY(std::vector<ExpressionPtr> arguments, parse_arguments(*function, element.value, context));
  const bool constant = all_constant(arguments);
  ExpressionPtr node = std::make_unique<FunctionNode>(*function, std::move(arguments));
  return constant ? fold(std::move(node)) : Result<ExpressionPtr>(std::move(node));
}

Result<void> check_field_name(std::string_view name) {
  if (name.empty()) return Error(ErrorCode{40352}, "FieldPath cannot be constructed with empty string");
  if (name.front() == '$') {
    return Error(ErrorCode{16410},
                 "FieldPath field names may not start with '$'. Consider using $getField or $setField.");
  }
  if (name.find('.') != std::string_view::npos) {
    return Error(ErrorCode{16412}, "FieldPath field names may not contain '.'. Consider using $getField or $setField.");
  }
  return {};
}

Result<ExpressionPtr> parse_object(Document object, ParseContext& context) {
  std::vector<NamedExpression> fields;
  bool constant = true;
  for (const Element& element : object) {
    PS_TRY(check_field_name(element.name));
    for (const NamedExpression& other : fields) {
      if (other.name == element.name) {
        return Error(ErrorCode{16406}, "duplicate field name specified in object literal: {}",
                     to_text(Value::object(object)));
      }
    }
    auto value = parse_at_depth(element.value, context);
    if (!value.ok()) return value.take_error().at(element.name);
    constant &= (*value)->constant() != nullptr;
    fields.push_back({std::string(element.name), std::move(*value)});
  }
  ExpressionPtr node = std::make_unique<ObjectExpression>(std::move(fields));
  return constant ? fold(std::move(node)) : Result<ExpressionPtr>(std::move(node));
}

Result<ExpressionPtr> parse_array(Document array, ParseContext& context) {
  std::vector<ExpressionPtr> items;
  for (const Element& element : array) {
    auto item = parse_at_depth(element.value, context);
    if (!item.ok()) return item.take_error().at("[" + std::string(element.name) + "]");
    items.push_back(std::move(*item));
  }
  const bool constant = all_constant(items);
  ExpressionPtr node = std::make_unique<ArrayExpression>(std::move(items));
  return constant ? fold(std::move(node)) : Result<ExpressionPtr>(std::move(node));
}

Result<ExpressionPtr> parse_at_depth(const Value& spec, ParseContext& context) {
  const Depth depth;
  if (Depth::too_deep()) {
    return Error(ErrorCode::kOverflow, "the expression is nested deeper than {} levels", kDepthMaxOfExpressions);
  }
  if (spec.is_string()) return parse_text(spec.as_string(), spec, context);
  if (spec.is_array()) return parse_array(spec.as_array(), context);
  if (!spec.is_object()) return make_constant(spec);
  const Document object = spec.as_object();
  if (object.empty() || !object.begin()->name.starts_with("$")) return parse_object(object, context);
  if (object.count() > 1) {
    return Error(ErrorCode{15983}, "An object representing an expression must have exactly one field: {}",
                 to_text(spec));
  }
  const Element element = *object.begin();
  auto parsed = parse_operator(element, context);
  if (!parsed.ok()) return parsed.take_error().at(element.name);
  return parsed;
}

}  // namespace

Result<ExpressionPtr> parse_expression(const Value& spec, ParseContext& context) {
  return parse_at_depth(spec, context);
}

int ParseContext::find_variable(std::string_view name) const {
  for (size_t i = names_.size(); i-- > 0;) {
    if (names_[i] == name) return static_cast<int>(i);
  }
  return -1;
}

int ParseContext::push_variable(std::string_view name) {
  names_.emplace_back(name);
  most_ = std::max(most_, names_.size());
  return static_cast<int>(names_.size()) - 1;
}

void ParseContext::pop_variables(size_t count) { names_.resize(names_.size() - count); }

}  // namespace penstock

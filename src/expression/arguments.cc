// SPDX-License-Identifier: Apache-2.0
// Arguments of operators: positional with arity, named, and the building block of special forms.
#include "base/did_you_mean.h"
#include "bson/ejson.h"
#include "expression/nodes.h"

namespace penstock {
namespace {

Result<void> check_arity(const Function& function, size_t count) {
  const size_t least = static_cast<size_t>(function.arity.least);
  const size_t most = static_cast<size_t>(function.arity.most);
  if (count >= least && count <= most) return {};
  if (least == most) {
    return Error(ErrorCode{16020}, "Expression {} takes exactly {} arguments. {} were passed in.", function.name, least,
                 count);
  }
  return Error(ErrorCode{28667}, "Expression {} takes at least {} arguments, and at most {}, but {} were passed in.",
               function.name, least, most, count);
}

}  // namespace

Result<std::vector<ExpressionPtr>> parse_arguments(const Function& function, const Value& argument,
                                                   ParseContext& context) {
  std::vector<ExpressionPtr> arguments;
  if (!argument.is_array()) {
    PS_TRY(check_arity(function, 1));
    PS_TRY(ExpressionPtr only, parse_expression(argument, context));
    arguments.push_back(std::move(only));
    return arguments;
  }
  PS_TRY(check_arity(function, argument.as_array().count()));
  for (const Element& element : argument.as_array()) {
    auto parsed = parse_expression(element.value, context);
    if (!parsed.ok()) return parsed.take_error().at("[" + std::string(element.name) + "]");
    arguments.push_back(std::move(*parsed));
  }
  return arguments;
}

Result<std::vector<ExpressionPtr>> parse_named_arguments(std::string_view function,
                                                         std::span<const NamedArgument> arguments,
                                                         const NamedArgumentErrors& errors, const Value& argument,
                                                         ParseContext& context) {
  if (!argument.is_object()) {
    return Error(errors.not_an_object, "{} only supports an object as its argument", function);
  }
  std::vector<ExpressionPtr> parsed(arguments.size());
  for (const Element& element : argument.as_object()) {
    size_t at = 0;
    while (at < arguments.size() && arguments[at].name != element.name)
      ++at;
    if (at == arguments.size()) {
      std::vector<std::string_view> names;
      for (const NamedArgument& known : arguments)
        names.push_back(known.name);
      return Error(errors.unknown, "Unrecognized argument to {}: {}.{}", function, element.name,
                   did_you_mean(element.name, names));
    }
    auto value = parse_expression(element.value, context);
    if (!value.ok()) return value.take_error().at(element.name);
    parsed[at] = std::move(*value);
  }
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i].required && parsed[i] == nullptr) {
      return Error(errors.missing, "Missing '{}' parameter to {}", arguments[i].name, function);
    }
  }
  return parsed;
}

Result<ExpressionPtr> make_lazy(std::string_view name, LazyCall call, std::vector<ExpressionPtr> arguments) {
  const bool constant = all_constant(arguments);
  ExpressionPtr node = std::make_unique<LazyNode>(name, call, std::move(arguments));
  return constant ? fold(std::move(node)) : Result<ExpressionPtr>(std::move(node));
}

}  // namespace penstock

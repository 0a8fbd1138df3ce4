// SPDX-License-Identifier: Apache-2.0
#include "docstore/command_variables.h"

#include "expression/functions/functions.h"

namespace penstock {

Result<CommandVariables> CommandVariables::parse(Document let, ParseContext& names) {
  auto parsed = parse_values(let, names);
  if (!parsed.ok() && parsed.error().code() == ErrorCode::kFailedToParse) {
    return parsed.take_error().within("Invalid 'let' parameter :: caused by :: ");
  }
  return parsed;
}

Result<CommandVariables> CommandVariables::parse_values(Document let, ParseContext& names) {
  CommandVariables variables;
  for (const Element& element : let) {
    PS_TRY(check_variable_name(element.name));
    PS_TRY(ExpressionPtr value, parse_expression(element.value, names));
    if (value->constant() == nullptr) {
      return Error(ErrorCode{4890500},
                   "Command let Expression tried to access a field, but this is not allowed because Command let "
                   "Expressions run before the query examines any documents.");
    }
    variables.values_.push_back(std::move(value));
  }
  // Only now: they do not see each other.
  for (const Element& element : let)
    names.push_variable(element.name);
  return variables;
}

void CommandVariables::set(std::vector<Value>& values) const {
  for (size_t i = 0; i < values_.size(); ++i)
    values[i] = *values_[i]->constant();
}

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
#include "app/definition_file.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/did_you_mean.h"
#include "bson/ejson.h"

namespace penstock {

Result<DefinitionFile> parse_definition_file(std::string_view text, std::string_view file) {
  auto parsed = parse_ejson(text);
  if (!parsed.ok()) {
    const SyntaxError syntax = syntax_error(parsed.error());
    return Error(ErrorCode::kInvalidDefinition, "{}:{}:{}: {}", file, syntax.position.line, syntax.position.column,
                 syntax.sentence);
  }
  DefinitionFile definition;
  if (parsed->type == Type::kArray) {
    definition.pipeline = std::move(parsed->document);
    return definition;
  }
  constexpr std::string_view kKeys[] = {"name", "pipeline", "options"};
  const Document object = parsed->document;
  for (const Element& element : object) {
    if (std::find(std::begin(kKeys), std::end(kKeys), element.name) != std::end(kKeys)) continue;
    const TextPosition at = parsed->position_of(element.name);
    return Error(ErrorCode::kInvalidDefinition, "{}:{}:{}: a definition has no field \"{}\".{}", file, at.line,
                 at.column, element.name, did_you_mean(element.name, kKeys));
  }
  const Value name = object.get("name");
  const Value pipeline = object.get("pipeline");
  const Value options = object.get("options");
  const bool odd = !(name.is_missing() || name.is_string()) || !pipeline.is_array() ||
                   !(options.is_missing() || options.is_object());
  if (odd) {
    return Error(ErrorCode::kInvalidDefinition,
                 "{}: a definition is an array of stages, or {{name: text, pipeline: array, options: object}}", file);
  }
  if (name.is_string()) definition.name = name.as_string();
  definition.pipeline = OwnedDocument(pipeline.as_array());
  if (options.is_object()) definition.options = OwnedDocument(options.as_object());
  return definition;
}

OwnedDocument create_processor_request(const DefinitionFile& definition, std::string_view name) {
  DocumentBuilder command;
  command.append("createStreamProcessor", Value::string(name));
  command.append("pipeline", Value::array(definition.pipeline));
  if (!definition.options.view().empty()) command.append("options", Value::object(definition.options));
  return OwnedDocument(command.take());
}

OwnedDocument modify_processor_request(std::string_view name, const ModifyFlags& flags,
                                       const DefinitionFile* definition) {
  DocumentBuilder command;
  command.append("modifyStreamProcessor", Value::string(name));
  if (!flags.rename.empty()) command.append("name", Value::string(flags.rename));
  if (!flags.tier.empty()) command.append("tier", Value::string(flags.tier));
  if (flags.fresh) command.append("resumeFromCheckpoint", Value::boolean(false));
  if (definition != nullptr) {
    for (const Element& option : definition->options.view()) {
      if (option.name != "tier" || flags.tier.empty()) command.append(option.name, option.value);
    }
    command.append("pipeline", Value::array(definition->pipeline));
  }
  return OwnedDocument(command.take());
}

}  // namespace penstock

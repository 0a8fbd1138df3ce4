// SPDX-License-Identifier: Apache-2.0
#include "planner/definition.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/did_you_mean.h"
#include "state/group_table.h"

namespace penstock {
namespace {

constexpr size_t kDefinitionBytesMax = 16 * 1024 * 1024;

Result<void> check_keys(Document document, std::span<const std::string_view> known, std::string_view what) {
  for (const Element& element : document) {
    if (std::find(known.begin(), known.end(), element.name) != known.end()) continue;
    return Error(ErrorCode::kInvalidDefinition, "{} has no field \"{}\".{}", what, element.name,
                 did_you_mean(element.name, known))
        .at(element.name);
  }
  return {};
}

Result<std::string> required_text(Document document, std::string_view name, std::string_view what) {
  const Value value = document.get(name);
  if (value.is_string() && !value.as_string().empty()) return std::string(value.as_string());
  return Error(ErrorCode::kInvalidDefinition, "{} needs \"{}\", a text that is not empty", what, name);
}

Result<std::optional<DeadLetterQueueSpec>> parse_dead_letter_queue(const Value& value) {
  if (value.is_missing()) return std::optional<DeadLetterQueueSpec>();
  if (!value.is_object()) {
    return Error(ErrorCode::kInvalidDefinition, "must be {{connectionName, db, coll}}, found {}",
                 type_name(value.type()));
  }
  const Document spec = value.as_object();
  if (spec.empty()) return std::optional<DeadLetterQueueSpec>();
  constexpr std::string_view kKeys[] = {"connectionName", "db", "coll"};
  PS_TRY(check_keys(spec, kKeys, "the dead letter queue"));
  DeadLetterQueueSpec queue;
  PS_TRY(queue.connection_name, required_text(spec, "connectionName", "the dead letter queue"));
  PS_TRY(queue.db, required_text(spec, "db", "the dead letter queue"));
  PS_TRY(queue.coll, required_text(spec, "coll", "the dead letter queue"));
  return std::optional<DeadLetterQueueSpec>(std::move(queue));
}

Result<void> parse_options(const Value& value, Definition& definition) {
  if (value.is_missing()) return {};
  if (!value.is_object())
    return Error(ErrorCode::kInvalidDefinition, "must be an object, found {}", type_name(value.type()));
  constexpr std::string_view kKeys[] = {"dlq", "tier"};  // A tier chooses hardware where it is rented; no effect here.
  PS_TRY(check_keys(value.as_object(), kKeys, "options"));
  auto queue = parse_dead_letter_queue(value.as_object().get("dlq"));
  if (!queue.ok()) return queue.take_error().at("dlq");
  definition.dead_letter_queue = std::move(*queue);
  return {};
}

Result<void> parse_object(Document object, Definition& definition) {
  constexpr std::string_view kKeys[] = {"name", "pipeline", "options"};
  PS_TRY(check_keys(object, kKeys, "a definition"));
  PS_TRY(definition.name, required_text(object, "name", "a definition"));
  const Value pipeline = object.get("pipeline");
  if (!pipeline.is_array()) {
    Error error(ErrorCode::kInvalidDefinition, "a definition needs \"pipeline\", an array of stages");
    if (pipeline.is_missing()) return error;
    return std::move(error).at("pipeline");
  }
  definition.pipeline = OwnedDocument(pipeline.as_array());
  definition.pipeline_path = "pipeline";
  auto options = parse_options(object.get("options"), definition);
  if (!options.ok()) return options.take_error().at("options");
  return {};
}

}  // namespace

Result<Definition> make_definition(std::string_view name, Document pipeline, Document options) {
  Definition definition;
  definition.name = std::string(name);
  definition.pipeline = OwnedDocument(pipeline);
  definition.pipeline_path = "pipeline";
  auto parsed = parse_options(Value::object(options), definition);
  if (!parsed.ok()) return parsed.take_error().at("options");
  DocumentBuilder builder;
  builder.append("name", Value::string(name));
  builder.append("pipeline", Value::array(pipeline));
  builder.append("options", Value::object(options));
  definition.hash = hash_key(builder.finish().bytes());
  return definition;
}

Result<Definition> parse_definition(std::string_view text, std::string_view default_name) {
  if (text.size() > kDefinitionBytesMax) {
    return Error(ErrorCode::kInvalidDefinition, "the definition is larger than 16 MB");
  }
  Definition definition;
  PS_TRY(definition.text, parse_ejson(text));
  const Document document = definition.text.document;
  if (definition.text.type == Type::kArray) {
    definition.name = std::string(default_name);
    definition.pipeline = OwnedDocument(document);
  } else {
    PS_TRY(parse_object(document, definition));
  }
  definition.hash = hash_key(document.bytes());
  return definition;
}

}  // namespace penstock

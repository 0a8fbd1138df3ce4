// SPDX-License-Identifier: Apache-2.0
#include "control/processor_definition.h"

#include <algorithm>

#include "base/did_you_mean.h"
#include "control/tiers.h"

namespace penstock {
namespace {

constexpr size_t kNameCharactersMax = 64;
// A record is one document: the definition and what the server adds.
constexpr size_t kDefinitionBytesMax = kDocumentBytesMax - size_t{64} * 1024;
constexpr std::string_view kDefaultMetaField = "_stream_meta";

Error wrong_type(std::string_view field, const Value& value, std::string_view expected) {
  return Error(ErrorCode::kTypeMismatch, "BSON field 'options.{}' is the wrong type '{}', expected type '{}'", field,
               type_name(value.type()), expected)
      .at(field);
}

Result<void> take_option(const Element& option, ProcessorRecord& record, DocumentBuilder& kept) {
  const Value& value = option.value;
  if (option.name == "dlq") {
    if (!value.is_object()) return wrong_type("dlq", value, "object");
    if (!value.as_object().empty()) kept.append("dlq", value);
    return {};
  }
  if (option.name == "tier") {
    if (!value.is_string()) return wrong_type("tier", value, "string");
    PS_TRY(check_tier_name(value.as_string(), "tier"));
    record.tier = std::string(value.as_string());
    return {};
  }
  if (option.name == "streamMetaFieldName") {
    if (!value.is_string()) return wrong_type("streamMetaFieldName", value, "string");
    return check_meta_field_name(value.as_string());
  }
  if (option.name == "failover") {
    if (value.type() != Type::kBool) return wrong_type("failover", value, "bool");
    if (!value.as_bool()) return {};
    return Error(ErrorCode::kInvalidOptions,
                 "this workspace has no failover regions: a processor of this server runs where the server runs")
        .at("failover");
  }
  constexpr std::string_view kKnown[] = {"dlq", "failover", "streamMetaFieldName", "tier"};
  return Error(ErrorCode{40415}, "BSON field 'options.{}' is an unknown field.{}", option.name,
               did_you_mean(option.name, kKnown))
      .at(option.name);
}

size_t characters_of(std::string_view utf8) {
  return static_cast<size_t>(
      std::count_if(utf8.begin(), utf8.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

}  // namespace

Result<void> check_processor_name(std::string_view name) {
  const auto forbidden = [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7F || c == '/' || c == '\\';
  };
  const bool blank = name.find_first_not_of(' ') == std::string_view::npos;
  if (!blank && characters_of(name) <= kNameCharactersMax && std::none_of(name.begin(), name.end(), forbidden)) {
    return {};
  }
  return Error(ErrorCode::kBadValue,
               "{} cannot name a stream processor: take 1 to {} characters that are no control characters, '/' or '\\'",
               to_text(Value::string(name)), kNameCharactersMax);
}

Error name_is_taken(std::string_view name) {
  return Error(ErrorCode::kProcessorExists, "stream processor \"{}\" already exists", name);
}

Result<void> check_meta_field_name(std::string_view name) {
  if (name == kDefaultMetaField) return {};
  return Error(ErrorCode::kInvalidDefinition,
               "a streamMetaFieldName other than \"{}\" is not supported by this version of Penstock yet",
               kDefaultMetaField)
      .at("streamMetaFieldName");
}

Result<void> take_options(Document options, ProcessorRecord& record) {
  DocumentBuilder kept;
  for (const Element& option : options) {
    auto taken = take_option(option, record, kept);
    if (!taken.ok()) return taken.take_error().at("options");
  }
  record.options = OwnedDocument(kept.take());
  return {};
}

OwnedDocument options_with_dlq(Document options, Document dlq) {
  DocumentBuilder to;
  for (const Element& option : options) {
    if (option.name != "dlq") to.append(option.name, option.value);
  }
  if (!dlq.empty()) to.append("dlq", Value::object(dlq));
  return OwnedDocument(to.take());
}

Result<std::unique_ptr<RunJob>> make_job(std::string_view workspace, const ProcessorRecord& record,
                                         ConnectionRegistry connections, SinkRule sink_rule) {
  if (record.pipeline.bytes().size() + record.options.bytes().size() > kDefinitionBytesMax) {
    return Error(ErrorCode::kBsonObjectTooLarge, "the definition of \"{}\" is larger than {} bytes", record.name,
                 kDefinitionBytesMax);
  }
  auto job = std::make_unique<RunJob>();
  job->connections = std::move(connections);
  PS_TRY(job->definition, make_definition(record.name, record.pipeline, record.options));
  Planned planned = plan_definition(job->definition, &job->connections, connector_catalog(), sink_rule);
  if (planned.plan == nullptr) {
    const Diagnostic& first = planned.problems.front();
    Error error = Error::of(first.code, first.message);
    return first.path.empty() ? std::move(error) : std::move(error).at(first.path);
  }
  job->plan = std::move(planned.plan);
  job->plan->processor.workspace = std::string(workspace);
  return job;
}

}  // namespace penstock

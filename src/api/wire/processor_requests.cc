// SPDX-License-Identifier: Apache-2.0
#include "api/wire/processor_requests.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "api/wire/command_options.h"
#include "bson/iso_date.h"

namespace penstock {
namespace {

constexpr std::string_view kCreateOptions[] = {"dlq", "streamMetaFieldName", "tier", "failover"};
constexpr std::string_view kCreateFields[] = {"pipeline", "dlq", "streamMetaFieldName", "tier", "failover"};
constexpr std::string_view kModifyFields[] = {"pipeline",
                                              "name",
                                              "dlq",
                                              "tier",
                                              "failover",
                                              "resumeFromCheckpoint",
                                              "autoscaling",
                                              "workers",
                                              "streamMetaFieldName",
                                              "enableAutoScaling"};
constexpr int64_t kAnySize = std::numeric_limits<int32_t>::max();

Result<OwnedDocument> pipeline_of(const FoundField& field) {
  if (!field.given()) return missing_field(field.path);
  if (!field.value.is_array()) return wrong_field_type(field, "array");
  return OwnedDocument(field.value.as_array());
}

// All three fields, no other, all texts (reference control-plane A9.1). `may_be_empty`: {} takes the queue away.
Result<void> check_dlq(const FoundField& field, bool may_be_empty) {
  if (!field.given()) return {};
  if (!field.value.is_object()) return wrong_field_type(field, "object");
  constexpr std::string_view kFields[] = {"connectionName", "db", "coll"};
  const Document dlq = field.value.as_object();
  if (dlq.empty() && may_be_empty) return {};
  for (const Element& element : dlq) {
    const FoundField inner{element.value, fmt::format("{}.{}", field.path, element.name)};
    if (std::find(std::begin(kFields), std::end(kFields), element.name) == std::end(kFields)) {
      return unknown_field(inner.path, element.name, kFields);
    }
    if (!element.value.is_string()) return wrong_field_type(inner, "string");
  }
  for (const std::string_view name : kFields) {
    if (!dlq.has(name)) return missing_field(fmt::format("{}.{}", field.path, name));
  }
  return {};
}

// The options of a new processor as control takes them.
Result<OwnedDocument> options_of(const CommandOptions& options) {
  PS_TRY(options.text("streamMetaFieldName"));
  PS_TRY(options.text("tier"));
  PS_TRY(options.flag("failover"));
  PS_TRY(check_dlq(options.find("dlq"), false));
  DocumentBuilder builder;
  for (const std::string_view name : kCreateOptions)
    builder.append(name, options.find(name).value);
  return OwnedDocument(builder.take());
}

// Date, Timestamp, or text in ISO 8601; also inside of {$date: ...}, as REST and files write it.
Result<void> check_operation_time(const FoundField& field) {
  Value value = field.value;
  if (value.is_object() && value.as_object().count() == 1) value = value.as_object().get("$date");
  if (value.type() == Type::kDate || value.type() == Type::kTimestamp || value.is_number()) return {};
  if (value.is_string() && iso_date_from_text(value.as_string())) return {};
  if (value.is_string()) {
    return Error(ErrorCode::kBadValue,
                 "BSON field '{}' must be a date, a timestamp or a text in ISO 8601, found \"{}\"", field.path,
                 value.as_string());
  }
  return wrong_field_type(field, "date");
}

// Where a change stream begins: no other source has such a place.
Result<void> refuse_change_stream_places(const CommandOptions& options) {
  const FoundField time = options.find("startAtOperationTime");
  const FoundField token = options.find("startAfter");
  if (time.given()) PS_TRY(check_operation_time(time));
  if (token.given() && !token.value.is_object()) return wrong_field_type(token, "object");
  if (time.given() && token.given()) {
    return Error(ErrorCode::kInvalidDefinition, "startAtOperationTime and startAfter cannot be used together");
  }
  if (!time.given() && !token.given()) return {};
  return Error(ErrorCode::kInvalidDefinition,
               "BSON field '{}' says where a change stream source begins, which this version of Penstock does not "
               "support yet; where a Kafka source begins says its config.auto_offset_reset",
               time.given() ? time.path : token.path);
}

Result<void> refuse_failover(const CommandOptions& options) {
  PS_TRY(const std::optional<Document> failover, options.document("failover"));
  if (!failover) return {};
  const FoundField field = options.find("failover");
  if (!failover->has("region")) return missing_field(field.path + ".region");
  return Error(ErrorCode::kInvalidDefinition,
               "BSON field '{}': this workspace has no failover regions, a processor runs where the server runs",
               field.path);
}

// `autoscaling`, or the drivers' flag for it.
Result<std::optional<OwnedDocument>> autoscaling_of(const CommandOptions& options) {
  PS_TRY(const std::optional<Document> autoscaling, options.document("autoscaling"));
  PS_TRY(const std::optional<bool> enabled, options.flag("enableAutoScaling"));
  if (autoscaling) {
    if (autoscaling->has("enabled")) return std::optional(OwnedDocument(*autoscaling));
    return missing_field(options.find("autoscaling").path + ".enabled");
  }
  if (!enabled) return std::optional<OwnedDocument>();
  DocumentBuilder builder;
  builder.append("enabled", Value::boolean(*enabled));
  return std::optional(OwnedDocument(builder.take()));
}

Result<void> check_workers(const CommandOptions& options) {
  PS_TRY(options.whole("workers", 1, kAnySize));  // How many there are is not the caller's matter here.
  return {};
}

}  // namespace

Result<std::string> read_name(Document command) {
  const Element first = *command.begin();
  if (first.value.is_string()) return std::string(first.value.as_string());
  return wrong_field_type({first.value, fmt::format("{}.{}", first.name, first.name)}, "string");
}

Result<Document> read_filter(Document command) {
  const Value filter = command.get("filter");
  if (filter.is_nullish()) return Document();
  if (filter.is_object()) return filter.as_object();
  return wrong_field_type({filter, fmt::format("{}.filter", command.begin()->name)}, "object");
}

Result<NewProcessor> read_create(Document command) {
  NewProcessor processor;
  PS_TRY(processor.name, read_name(command));
  PS_TRY(const CommandOptions options, CommandOptions::of(command));
  PS_TRY(options.check_names(kCreateFields));
  PS_TRY(processor.pipeline, pipeline_of(options.find("pipeline")));
  PS_TRY(processor.options, options_of(options));
  return processor;
}

Result<NewProcessor> read_process(Document command) {
  NewProcessor processor;
  const Element first = *command.begin();
  PS_TRY(processor.pipeline, pipeline_of({first.value, fmt::format("{}.pipeline", first.name)}));
  PS_TRY(const CommandOptions options, CommandOptions::of(command));
  PS_TRY(options.check_names(kCreateOptions));
  PS_TRY(processor.options, options_of(options));
  if (processor.pipeline.view().empty()) {
    return Error(ErrorCode::kInvalidDefinition, "the pipeline is empty: it begins with $source");
  }
  return processor;
}

Result<NamedStart> read_start(Document command) {
  NamedStart start;
  PS_TRY(start.name, read_name(command));
  PS_TRY(const CommandOptions options, CommandOptions::of(command));
  PS_TRY(refuse_change_stream_places(options));
  PS_TRY(refuse_failover(options));
  PS_TRY(check_workers(options));
  PS_TRY(const std::optional<bool> resume, options.flag("resumeFromCheckpoint"));
  PS_TRY(const std::optional<bool> clear, options.flag("clearCheckpoints"));
  PS_TRY(const std::optional<std::string> tier, options.text("tier"));
  start.request.resume = resume.value_or(true) && !clear.value_or(false);
  start.request.tier = tier.value_or("");
  PS_TRY(start.request.autoscaling, autoscaling_of(options));
  return start;
}

Result<NamedModify> read_modify(Document command) {
  NamedModify modify;
  ModifyRequest& request = modify.request;
  PS_TRY(modify.name, read_name(command));
  PS_TRY(const CommandOptions options, CommandOptions::of(command));
  PS_TRY(options.check_names(kModifyFields));
  if (const FoundField pipeline = options.find("pipeline"); pipeline.given()) {
    PS_TRY(request.pipeline, pipeline_of(pipeline));
  }
  PS_TRY(request.name, options.text("name"));
  PS_TRY(check_dlq(options.find("dlq"), true));
  PS_TRY(const std::optional<Document> dlq, options.document("dlq"));
  if (dlq) request.dlq = OwnedDocument(*dlq);
  PS_TRY(request.tier, options.text("tier"));
  PS_TRY(request.autoscaling, autoscaling_of(options));
  PS_TRY(request.stream_meta_field_name, options.text("streamMetaFieldName"));
  PS_TRY(const std::optional<bool> resume, options.flag("resumeFromCheckpoint"));
  request.resume = resume.value_or(true);
  PS_TRY(const std::optional<bool> failover, options.flag("failover"));
  if (failover.value_or(false)) {
    return Error(ErrorCode::kInvalidDefinition,
                 "BSON field '{}': this workspace has no failover regions, a processor runs where the server runs",
                 options.find("failover").path);
  }
  PS_TRY(check_workers(options));
  return modify;
}

Result<StatsRequest> read_stats(Document command) {
  StatsRequest stats;
  PS_TRY(stats.name, read_name(command));
  PS_TRY(const CommandOptions options, CommandOptions::of(command));
  PS_TRY(const std::optional<int64_t> scale, options.whole("scale", 1, std::numeric_limits<int64_t>::max()));
  PS_TRY(const std::optional<bool> verbose, options.flag("verbose"));
  stats.scale = scale.value_or(1);
  stats.verbose = verbose.value_or(false);
  return stats;
}

Result<SampleRequest> read_sample(Document command) {
  SampleRequest sample;
  PS_TRY(sample.name, read_name(command));
  PS_TRY(const CommandOptions options, CommandOptions::of(command));
  PS_TRY(const std::optional<int64_t> limit, options.whole("limit", 0, std::numeric_limits<int64_t>::max()));
  sample.limit = static_cast<uint64_t>(limit.value_or(0));
  return sample;
}

Result<SampleMoreRequest> read_sample_more(Document command) {
  SampleMoreRequest more;
  PS_TRY(more.name, read_name(command));
  PS_TRY(const CommandOptions options, CommandOptions::of(command));
  constexpr int64_t kLargest = std::numeric_limits<int64_t>::max();
  constexpr int64_t kLeast = std::numeric_limits<int64_t>::min();
  PS_TRY(std::optional<int64_t> id, options.whole("cursorId", kLeast, kLargest));
  if (!id) {
    PS_TRY(id, options.whole("cursorID", kLeast, kLargest));  // Of the first shells.
  }
  if (!id) return missing_field(fmt::format("{}.cursorId", options.command_name()));
  PS_TRY(const std::optional<int64_t> batch_size, options.whole("batchSize", 0, kAnySize));
  more.cursor_id = *id;
  more.batch_size = static_cast<size_t>(batch_size.value_or(0));
  return more;
}

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
#include "api/wire/processor_replies.h"

#include <fmt/format.h>

#include "api/wire/processor_statistics.h"

namespace penstock {
namespace {

constexpr std::string_view kDefaultMetaField = "_stream_meta";

bool runs(const ProcessorView& view) {
  return view.state == ProcessorState::kStarted && view.run && !view.run->finished;
}

// Why it failed, or what it waits for at the moment.
std::string_view trouble_of(const ProcessorView& view) {
  if (!view.record.trouble.message.empty() || !runs(view)) return view.record.trouble.message;
  return view.run->trouble;
}

void append_trouble(const ProcessorView& view, DocumentBuilder& to) {
  to.append("errorMsg", Value::string(trouble_of(view)));
  const ProcessorTrouble& trouble = view.record.trouble;
  if (trouble.message.empty()) return;
  to.append("errorCode", Value::int32(trouble.code));
  to.append("errorRetryable", Value::boolean(trouble.retryable));
}

void append_pipeline(const ProcessorRecord& record, DocumentBuilder& to) {
  to.append("pipeline", Value::array(record.pipeline));
}

bool scales_itself(const ProcessorRecord& record) {
  return record.autoscaling && is_true(record.autoscaling->view().get("enabled"));
}

// What rows and getStreamProcessor share.
void append_common(const ProcessorView& view, EventTime now, DocumentBuilder& to) {
  const ProcessorRecord& record = view.record;
  to.append("id", Value::string(record.id));
  to.append("name", Value::string(record.name));
  to.append("state", Value::string(name_of(view.state)));
  to.append("tier", Value::string(view.tier));
  append_pipeline(record, to);
  to.append("pipelineVersion", Value::int32(record.pipeline_version));
  const Value dlq = record.options.view().get("dlq");
  if (dlq.is_object() && !dlq.as_object().empty()) to.append("dlq", dlq);
  const Value meta = record.options.view().get("streamMetaFieldName");
  to.append("streamMetaFieldName", meta.is_string() ? meta : Value::string(kDefaultMetaField));
  to.append("enableAutoScaling", Value::boolean(scales_itself(record)));
  to.append("failoverEnabled", Value::boolean(false));  // There is no other region.
  to.append("lastStateChange", Value::date(record.last_state_change));
  to.append("lastModifiedAt", Value::date(record.last_modified));
  to.append("modifiedBy", Value::string(record.modified_by));
  if (runs(view)) to.append("lastHeartbeat", Value::date(now));
  to.append("hasStarted", Value::boolean(record.has_started));
  append_trouble(view, to);
}

void append_rows(std::string_view name, const std::vector<OwnedDocument>& rows, DocumentBuilder& to) {
  const size_t mark = to.begin_array(name);
  char scratch[12];
  uint32_t index = 0;
  for (const OwnedDocument& row : rows)
    to.append(index_name(index++, scratch), Value::object(row));
  to.end(mark);
}

}  // namespace

std::string_view status_of(ProcessorState state) {
  switch (state) {
    case ProcessorState::kCreated: return "created";
    case ProcessorState::kProvisioning: return "starting";
    case ProcessorState::kStarted: return "running";
    case ProcessorState::kStopping: return "stopping";
    case ProcessorState::kStopped: return "stopped";
    case ProcessorState::kFailed: return "error";
  }
  PS_CHECK(false, "all states are named");
  return {};
}

OwnedDocument processor_row(const ProcessorView& view, EventTime now) {
  DocumentBuilder row;
  append_common(view, now, row);
  row.append("status", Value::string(status_of(view.state)));
  row.append("lastModified", Value::date(view.record.last_modified));
  row.append("workers", Value::int32(1));
  return OwnedDocument(row.take());
}

OwnedDocument processor_reply(const ProcessorView& view, EventTime now) {
  DocumentBuilder reply;
  append_common(view, now, reply);
  const size_t stats = reply.begin_object("stats");
  append_statistics(view, {}, reply);
  reply.end(stats);
  return OwnedDocument(reply.take());
}

OwnedDocument stats_reply(const ProcessorView& view, const WorkspaceRecord& workspace, const StatsRequest& request) {
  const ProcessorRecord& record = view.record;
  const std::string ns = fmt::format("{}.{}.{}", workspace.id, kDefaultProject, record.name);
  DocumentBuilder reply;
  reply.append("ns", Value::string(ns));
  reply.append("name", Value::string(record.name));
  reply.append("processorId", Value::string(record.id));
  reply.append("state", Value::string(name_of(view.state)));
  reply.append("tier", Value::string(record.tier.empty() ? view.tier : record.tier));
  reply.append("effectiveTier", Value::string(view.tier));
  if (record.autoscaling) reply.append("autoscaling", Value::object(*record.autoscaling));
  append_trouble(view, reply);
  append_pipeline(record, reply);
  const size_t stats = reply.begin_object("stats");
  append_statistics(view, request, reply);
  reply.end(stats);
  return OwnedDocument(reply.take());
}

OwnedDocument rows_reply(std::string_view name, const std::vector<OwnedDocument>& rows) {
  DocumentBuilder reply;
  append_rows(name, rows, reply);
  return OwnedDocument(reply.take());
}

OwnedDocument sample_reply(int64_t cursor_id, const std::vector<OwnedDocument>& messages) {
  DocumentBuilder reply;
  reply.append("cursorId", Value::int64(cursor_id));
  append_rows("messages", messages, reply);
  return OwnedDocument(reply.take());
}

OwnedDocument workspace_defaults_reply(const WorkspaceRecord& workspace) {
  DocumentBuilder reply;
  reply.append("defaultTierSize", Value::string(workspace.default_tier));
  reply.append("maxTierSize", Value::string(workspace.max_tier));
  return OwnedDocument(reply.take());
}

}  // namespace penstock

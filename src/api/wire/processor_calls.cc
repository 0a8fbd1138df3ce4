// SPDX-License-Identifier: Apache-2.0
#include "api/wire/processor_calls.h"

#include "api/wire/processor_replies.h"
#include "api/wire/row_filter.h"

namespace penstock {
namespace {

constexpr size_t kSamplesAtOnce = 5;  // When the client does not say how many (reference control-plane A6).

OpenCursor cursor_of(std::string name, std::shared_ptr<SampleTap> tap, const ProcessorCaller& caller) {
  tap->touch(caller.clock.monotonic_ns());
  OpenCursor cursor;
  cursor.ns = std::move(name);
  cursor.user = caller.user;
  cursor.connection_id = caller.connection_id;
  cursor.tap = std::move(tap);
  cursor.used_ns = caller.clock.monotonic_ns();
  return cursor;
}

}  // namespace

Result<OwnedDocument> create_processor(Document command, const ProcessorCaller& caller) {
  PS_TRY(const NewProcessor processor, read_create(command));
  PS_TRY(caller.processors.create(caller.workspace, processor, caller.who));
  return OwnedDocument();
}

Result<OwnedDocument> start_processor(Document command, const ProcessorCaller& caller) {
  PS_TRY(const NamedStart start, read_start(command));
  PS_TRY(caller.processors.start(caller.workspace, start.name, start.request, caller.who));
  return OwnedDocument();
}

Result<OwnedDocument> stop_processor(Document command, const ProcessorCaller& caller) {
  PS_TRY(const std::string name, read_name(command));
  PS_TRY(caller.processors.stop(caller.workspace, name, caller.who));
  return OwnedDocument();
}

Result<OwnedDocument> drop_processor(Document command, const ProcessorCaller& caller) {
  PS_TRY(const std::string name, read_name(command));
  PS_TRY(caller.processors.drop(caller.workspace, name, caller.who));
  return OwnedDocument();
}

Result<OwnedDocument> modify_processor(Document command, const ProcessorCaller& caller) {
  PS_TRY(const NamedModify modify, read_modify(command));
  PS_TRY(caller.processors.modify(caller.workspace, modify.name, modify.request, caller.who));
  return OwnedDocument();
}

Result<OwnedDocument> list_processors(Document command, const ProcessorCaller& caller) {
  PS_TRY(const Document filter, read_filter(command));
  const OwnedDocument by_state = with_state_names(filter);
  PS_TRY(const std::vector<ProcessorView> views, caller.processors.list(caller.workspace));
  std::vector<OwnedDocument> rows;
  for (const ProcessorView& view : views)
    rows.push_back(processor_row(view, caller.clock.now()));
  PS_TRY(rows, filter_rows(std::move(rows), by_state, caller.clock));
  return rows_reply("streamProcessors", rows);
}

Result<OwnedDocument> get_processor(Document command, const ProcessorCaller& caller) {
  PS_TRY(const std::string name, read_name(command));
  PS_TRY(const ProcessorView view, caller.processors.get(caller.workspace, name));
  return processor_reply(view, caller.clock.now());
}

Result<OwnedDocument> processor_stats(Document command, const WorkspaceRecord& workspace,
                                      const ProcessorCaller& caller) {
  PS_TRY(const StatsRequest request, read_stats(command));
  PS_TRY(const ProcessorView view, caller.processors.get(caller.workspace, request.name));
  return stats_reply(view, workspace, request);
}

Result<OwnedDocument> list_connections(Document command, std::vector<OwnedDocument> rows, const Clock& clock) {
  PS_TRY(const Document filter, read_filter(command));
  PS_TRY(rows, filter_rows(std::move(rows), filter, clock));
  return rows_reply("connections", rows);
}

OwnedDocument OpenedSample::reply(int64_t cursor_id) const {
  DocumentBuilder to;
  to.append("name", Value::string(name));
  to.append("cursorId", Value::int64(cursor_id));
  return OwnedDocument(to.take());
}

Result<OpenedSample> open_sample(Document command, const ProcessorCaller& caller) {
  PS_TRY(const SampleRequest request, read_sample(command));
  PS_TRY(std::shared_ptr<SampleTap> tap, caller.processors.sample(caller.workspace, request.name));
  if (request.limit > 0) tap->end_after(request.limit);
  OpenedSample opened;
  opened.name = request.name;
  opened.cursor = cursor_of(request.name, std::move(tap), caller);
  return opened;
}

Result<OpenedSample> process_pipeline(Document command, const ProcessorCaller& caller) {
  PS_TRY(const NewProcessor processor, read_process(command));
  PS_TRY(Processors::Temporary started, caller.processors.process(caller.workspace, processor, caller.who));
  OpenedSample opened;
  opened.name = started.name;
  opened.cursor = cursor_of(started.name, std::move(started.tap), caller);
  opened.cursor.temporary_processor = std::move(started.name);
  return opened;
}

Result<SampleBatch> read_samples(const OpenCursor& cursor, const SampleMoreRequest& request,
                                 const ProcessorCaller& caller) {
  if (cursor.tap == nullptr || cursor.ns != request.name) {
    return Error(ErrorCode::kCursorNotFound, "cursor id {} is no sample of the stream processor \"{}\"",
                 request.cursor_id, request.name);
  }
  cursor.tap->touch(caller.clock.monotonic_ns());
  const std::vector<OwnedDocument> messages =
      cursor.tap->take(request.batch_size == 0 ? kSamplesAtOnce : request.batch_size);
  SampleBatch batch;
  batch.ended = cursor.tap->ended();
  batch.reply = sample_reply(batch.ended ? 0 : cursor.id, messages);
  if (batch.ended && !cursor.temporary_processor.empty()) {
    // The shell drops it too; it may also have ended by itself.
    static_cast<void>(caller.processors.drop(caller.workspace, cursor.temporary_processor, caller.who));
  }
  return batch;
}

}  // namespace penstock

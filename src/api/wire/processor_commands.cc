// SPDX-License-Identifier: Apache-2.0
// The rows of the catalog for stream processing. Actions: reference control-plane C1.
#include "api/wire/command.h"
#include "api/wire/cursor_registry.h"
#include "api/wire/processor_calls.h"
#include "api/wire/processor_replies.h"

namespace penstock {
namespace {

ProcessorCaller caller_of(const CommandCall& call, CommandContext& context) {
  const Session& session = call.session;
  return {.processors = context.control.processors(),
          .workspace = session.workspace,
          .who = session.who(),
          .user = session.principal ? session.principal->user : "",
          .connection_id = session.connection_id,
          .clock = context.clock};
}

// A command that is one call and needs nothing but processors.
template <Result<OwnedDocument> (*kCall)(Document, const ProcessorCaller&)>
Result<OwnedDocument> run(const CommandCall& call, CommandContext& context) {
  return kCall(call.command, caller_of(call, context));
}

Result<OwnedDocument> run_stats(const CommandCall& call, CommandContext& context) {
  PS_TRY(const WorkspaceRecord workspace, context.control.workspaces().get(call.session.workspace));
  return processor_stats(call.command, workspace, caller_of(call, context));
}

Result<OwnedDocument> run_list_connections(const CommandCall& call, CommandContext& context) {
  PS_TRY(const std::vector<Connection> connections, context.control.connections().list(call.session.workspace));
  std::vector<OwnedDocument> rows;
  for (const Connection& connection : connections)
    rows.push_back(public_row(connection));
  return list_connections(call.command, std::move(rows), context.clock);
}

Result<OwnedDocument> run_workspace_defaults(const CommandCall& call, CommandContext& context) {
  PS_TRY(const WorkspaceRecord workspace, context.control.workspaces().get(call.session.workspace));
  return workspace_defaults_reply(workspace);
}

Result<OwnedDocument> keep(OpenedSample opened, CommandContext& context) {
  PS_TRY(const int64_t id, context.cursors.keep(std::move(opened.cursor)));
  return opened.reply(id);
}

Result<OwnedDocument> run_sample(const CommandCall& call, CommandContext& context) {
  PS_TRY(OpenedSample opened, open_sample(call.command, caller_of(call, context)));
  return keep(std::move(opened), context);
}

// What a pipeline makes is shown: that is sampling too.
Result<OwnedDocument> run_process(const CommandCall& call, CommandContext& context) {
  constexpr std::string_view kSampling = "sampleStreamProcessor";
  if (!call.session.may(kSampling)) {
    return Error(ErrorCode::kUnauthorized,
                 "not authorized: missing privilege for action {} on resource workspace \"{}\"", kSampling,
                 call.session.workspace);
  }
  const ProcessorCaller caller = caller_of(call, context);
  PS_TRY(OpenedSample opened, process_pipeline(call.command, caller));
  const std::string name = opened.name;
  auto reply = keep(std::move(opened), context);
  // Nobody would ever read what it makes.
  if (!reply.ok()) static_cast<void>(caller.processors.drop(caller.workspace, name, caller.who));
  return reply;
}

Result<OwnedDocument> run_sample_more(const CommandCall& call, CommandContext& context) {
  const ProcessorCaller caller = caller_of(call, context);
  PS_TRY(const SampleMoreRequest request, read_sample_more(call.command));
  PS_TRY(OpenCursor cursor, context.cursors.take(request.cursor_id, caller.user));
  auto batch = read_samples(cursor, request, caller);
  const bool ended = batch.ok() && batch->ended;
  if (!ended) context.cursors.put_back(std::move(cursor));
  if (!batch.ok()) return batch.take_error();
  return std::move(batch->reply);
}

constexpr Command kCommands[] = {
    {.name = "createStreamProcessor",
     .summary = "Defines a stream processor; it does not start.",
     .action = "createStreamProcessor",
     .run = run<create_processor>},
    {.name = "dropStreamProcessor",
     .summary = "Stops a stream processor and forgets its definition and state.",
     .action = "dropStreamProcessor",
     .run = run<drop_processor>},
    {.name = "getMoreSampleStreamProcessor",
     .summary = "The next documents of a sample.",
     .action = "sampleStreamProcessor",
     .run = run_sample_more},
    {.name = "getStreamProcessor",
     .summary = "A stream processor: definition, state, summary statistics.",
     .action = "getStreamProcessor",
     .run = run<get_processor>},
    {.name = "getStreamProcessorStats",
     .summary = "What a stream processor has done and is doing.",
     .action = "streamProcessorStats",
     .run = run_stats},
    {.name = "listStreamConnections",
     .summary = "The connections of the workspace, without secrets.",
     .action = "listStreamConnections",
     .run = run_list_connections},
    {.name = "listStreamProcessors",
     .summary = "The stream processors of the workspace.",
     .action = "listStreamProcessors",
     .run = run<list_processors>},
    {.name = "listWorkspaceDefaults", .summary = "Default and largest tier.", .run = run_workspace_defaults},
    {.name = "modifyStreamProcessor",
     .summary = "Changes a stream processor that does not run.",
     .action = "modifyStreamProcessor",
     .run = run<modify_processor>},
    {.name = "processStreamProcessor",
     .summary = "Runs a pipeline for at most ten minutes and shows its results.",
     .action = "processStreamProcessor",
     .run = run_process},
    {.name = "startSampleStreamProcessor",
     .summary = "Opens a cursor on what a running stream processor writes.",
     .action = "sampleStreamProcessor",
     .run = run_sample},
    {.name = "startStreamProcessor",
     .summary = "Starts a stream processor where it was left.",
     .action = "startStreamProcessor",
     .run = run<start_processor>},
    {.name = "stopStreamProcessor",
     .summary = "Stops a stream processor and keeps its state.",
     .action = "stopStreamProcessor",
     .run = run<stop_processor>},
};

}  // namespace

std::span<const Command> processor_commands() { return kCommands; }

}  // namespace penstock

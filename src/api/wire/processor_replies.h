// SPDX-License-Identifier: Apache-2.0
// What the commands of stream processing answer (reference control-plane A5.7 to A5.9, A6, A7). Pure; replies are
// without the outer `ok`.
#pragma once

#include <string_view>
#include <vector>

#include "api/wire/processor_requests.h"
#include "control/processors.h"
#include "control/records.h"

namespace penstock {

// What the engine says, in lower case: "running", "starting", "error", ...
std::string_view status_of(ProcessorState state);

// A row of listStreamProcessors. `now`: a processor that runs is heard of now.
OwnedDocument processor_row(const ProcessorView& view, EventTime now);
// getStreamProcessor: flat, with summary statistics.
OwnedDocument processor_reply(const ProcessorView& view, EventTime now);
// getStreamProcessorStats, in every state. `workspace`: for `ns`.
OwnedDocument stats_reply(const ProcessorView& view, const WorkspaceRecord& workspace, const StatsRequest& request);
// {<name>: [rows]}
OwnedDocument rows_reply(std::string_view name, const std::vector<OwnedDocument>& rows);
// {cursorId, messages}: messages are always there, cursorId is 0 at the end.
OwnedDocument sample_reply(int64_t cursor_id, const std::vector<OwnedDocument>& messages);
OwnedDocument workspace_defaults_reply(const WorkspaceRecord& workspace);

}  // namespace penstock

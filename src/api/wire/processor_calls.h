// SPDX-License-Identifier: Apache-2.0
// The commands of stream processing (reference control-plane A5 to A7), each one call into control: what `sp` does in
// the shell. Replies are without the outer `ok`; those of start, stop, drop and modify are empty, so that the shell
// prints { ok: 1 }.
// Thread: workers; calls block as long as control does.
#pragma once

#include <string>
#include <vector>

#include "api/wire/cursor_registry.h"
#include "api/wire/processor_requests.h"
#include "control/processors.h"

namespace penstock {

// Who calls, and what is called.
struct ProcessorCaller {
  Processors& processors;
  std::string workspace;
  std::string who;   // For records of who did what.
  std::string user;  // Whose cursors they are.
  int32_t connection_id = 0;
  const Clock& clock;
};

Result<OwnedDocument> create_processor(Document command, const ProcessorCaller& caller);
Result<OwnedDocument> start_processor(Document command, const ProcessorCaller& caller);
Result<OwnedDocument> stop_processor(Document command, const ProcessorCaller& caller);
Result<OwnedDocument> drop_processor(Document command, const ProcessorCaller& caller);
Result<OwnedDocument> modify_processor(Document command, const ProcessorCaller& caller);
Result<OwnedDocument> list_processors(Document command, const ProcessorCaller& caller);
Result<OwnedDocument> get_processor(Document command, const ProcessorCaller& caller);
Result<OwnedDocument> processor_stats(Document command, const WorkspaceRecord& workspace,
                                      const ProcessorCaller& caller);
// `rows`: of all connections, in their order.
Result<OwnedDocument> list_connections(Document command, std::vector<OwnedDocument> rows, const Clock& clock);

// Sampling. A cursor is opened here, kept and found again by the registry.
struct OpenedSample {
  OpenCursor cursor;
  std::string name;  // Of the processor.
  // What the caller answers once the cursor has an id.
  OwnedDocument reply(int64_t cursor_id) const;
};
Result<OpenedSample> open_sample(Document command, const ProcessorCaller& caller);
Result<OpenedSample> process_pipeline(Document command, const ProcessorCaller& caller);

struct SampleBatch {
  OwnedDocument reply;
  bool ended = false;  // The reply has cursor id 0: the cursor is not put back.
};
// The next documents of a cursor that was taken out of the registry. A temporary processor ends with its cursor. Error
// 43: the cursor is none of this processor's samples.
Result<SampleBatch> read_samples(const OpenCursor& cursor, const SampleMoreRequest& request,
                                 const ProcessorCaller& caller);

}  // namespace penstock

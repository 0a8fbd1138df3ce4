// SPDX-License-Identifier: Apache-2.0
// From what a client sends to a record, and from a record to a run: names, options, planning. Pure but for the planner.
#pragma once

#include <memory>
#include <string_view>

#include "control/kept_run.h"
#include "control/processors.h"
#include "control/records.h"

namespace penstock {

// 1 to 64 characters; no control characters, '/', '\', NUL. Error kBadValue.
Result<void> check_processor_name(std::string_view name);

// Code 416.
Error name_is_taken(std::string_view name);

// Puts the options of createStreamProcessor (reference control-plane A5.1) into the record: tier on its own, the rest
// as written. Errors with a path below "options".
Result<void> take_options(Document options, ProcessorRecord& record);
// Only the default is supported.
Result<void> check_meta_field_name(std::string_view name);
// `record.options` with another dead letter queue; {}: without one.
OwnedDocument options_with_dlq(Document options, Document dlq);

// Plans it with these connections. The first thing that is wrong, with its path.
Result<std::unique_ptr<RunJob>> make_job(std::string_view workspace, const ProcessorRecord& record,
                                         ConnectionRegistry connections, SinkRule sink_rule);

}  // namespace penstock

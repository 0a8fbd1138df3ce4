// SPDX-License-Identifier: Apache-2.0
// $tumblingWindow (reference pipeline-language 3). The window operator is one; a kind of window is how a time is
// assigned to a pane. Inside: stages without memory, one $group, stages without memory.
#pragma once

#include <memory>
#include <string_view>

#include "dataflow/window.h"

namespace penstock {

// `spec`: what stands right of "$tumblingWindow". Error paths are relative to it. `source_type`: what
// stream.source.type says of results, a literal.
Result<std::unique_ptr<WindowPlan>> parse_tumbling_window(const Value& spec, std::string_view source_type = "kafka");

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
// The one window operator: assigns rows to panes, keeps a part per pane, seals panes when the frontier passes them.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "dataflow/stage.h"
#include "stages/group_stage.h"

namespace penstock {

struct WindowSettings {
  Duration interval;
  Duration offset;
  WindowBoundary boundary = WindowBoundary::kEventTime;
  Duration allowed_lateness;             // 0 for processing time.
  std::optional<Duration> idle_timeout;  // Event time only.
  std::string_view source_type;          // A literal.
};

struct NamedStage {
  std::string name;
  std::unique_ptr<StageSpec> spec;
};

// The inner pipeline: stages without memory, one $group, stages without memory.
struct WindowInner {
  std::vector<NamedStage> before;
  std::unique_ptr<GroupSpec> group;
  std::vector<NamedStage> after;
};

std::unique_ptr<WindowPlan> make_window_plan(const WindowSettings& settings, WindowInner inner);

}  // namespace penstock

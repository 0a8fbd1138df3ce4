// SPDX-License-Identifier: Apache-2.0
#include "control/state_fit.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "bson/ejson.h"
#include "runtime/definition_change.h"
#include "stages/catalog.h"

namespace penstock {
namespace {

constexpr std::string_view kWayOut = "use resumeFromCheckpoint: false, which forgets the state and may change anything";

// What decides which records a window holds, and when it closes.
constexpr std::string_view kGeometry[] = {"interval", "hopSize", "offset", "boundary", "gap", "partitionBy"};

// The parts of a definition as canonical text: the same text means the same.
struct Parts {
  ParsedJson parsed;
  std::string source;
  std::string before;
  std::string window;  // "" without one; likewise the next.
  std::string window_type;
  OwnedDocument window_spec;
  std::string after;
  std::string sink;
  std::string dlq;
};

bool is_window(std::string_view stage) {
  const StageType* type = find_stage(stage);
  return type != nullptr && type->kind == StageKind::kWindow;
}

Result<Parts> split(std::string_view definition) {
  Parts parts;
  PS_TRY(parts.parsed, parse_ejson(definition));
  const Document document = parts.parsed.document;
  const Value pipeline = document.get("pipeline");
  const Document stages = pipeline.is_array() ? pipeline.as_array() : Document();
  const size_t count = stages.count();
  size_t index = 0;
  for (const Element& element : stages) {
    const Document stage = element.value.is_object() ? element.value.as_object() : Document();
    const std::string_view name = stage.empty() ? std::string_view() : (*stage.begin()).name;
    const std::string text = to_json(stage, JsonStyle::kCanonical);
    const bool first = index == 0;
    const bool last = ++index == count;
    if (first) {
      parts.source = text;
    } else if (last) {
      parts.sink = text;
    } else if (is_window(name)) {
      parts.window = text;
      parts.window_type = std::string(name);
      const Value spec = stage.get(name);
      if (spec.is_object()) parts.window_spec = OwnedDocument(spec.as_object());
    } else {
      (parts.window.empty() ? parts.before : parts.after) += text;
    }
  }
  parts.dlq = to_json(document.get("dlq"), JsonStyle::kCanonical);
  return parts;
}

bool groups_or_sorts(Document window_spec) {
  const Value pipeline = window_spec.get("pipeline");
  if (!pipeline.is_array()) return false;
  for (const Element& stage : pipeline.as_array()) {
    if (!stage.value.is_object() || stage.value.as_object().empty()) continue;
    const std::string_view name = (*stage.value.as_object().begin()).name;
    if (name == "$group" || name == "$sort") return true;
  }
  return false;
}

Error refused(std::string_view what) {
  return Error(ErrorCode::kInvalidDefinition, "{} with resumeFromCheckpoint: true; {}", what, kWayOut);
}

// The rules that hold whatever the state is.
Result<void> check_rules(const Parts& before, const Parts& after) {
  if (before.source != after.source) {
    return refused(fmt::format("cannot change $source ({})", definition_change(before.source, after.source)));
  }
  if (before.window.empty()) return {};
  if (after.window.empty()) return refused("cannot remove the window");
  if (before.window_type != after.window_type) {
    return refused(fmt::format("cannot change the window type from {} to {}", before.window_type, after.window_type));
  }
  for (const std::string_view field : kGeometry) {
    const std::string was = to_json(before.window_spec.view().get(field), JsonStyle::kCanonical);
    const std::string is = to_json(after.window_spec.view().get(field), JsonStyle::kCanonical);
    if (was == is) continue;
    return refused(fmt::format("cannot change the {} of the window", field));
  }
  if (!groups_or_sorts(before.window_spec)) {
    return refused("cannot change a pipeline whose window has neither $group nor $sort");
  }
  return {};
}

size_t open_windows_of(const Checkpoint& checkpoint) {
  std::set<Window> windows;
  for (const CheckpointPart& part : checkpoint.parts)
    windows.insert(part.window);
  return windows.size();
}

}  // namespace

Result<StateFit> fit_state(const SavedState& state, std::string_view definition) {
  const Checkpoint& checkpoint = state.checkpoint;
  if (definition_change(checkpoint.definition, definition).empty()) return StateFit{};
  PS_TRY(const Parts before, split(checkpoint.definition));
  PS_TRY(const Parts after, split(definition));
  PS_TRY(check_rules(before, after));
  const size_t open = open_windows_of(checkpoint);
  if (open > 0 && (before.before != after.before || before.window != after.window)) {
    return refused(fmt::format(
        "cannot change what stands before or in the window while {} window{} open: what {} collected so far was made "
        "by the old pipeline. Change it when all windows are closed",
        open, open == 1 ? " is" : "s are", open == 1 ? "it has" : "they have"));
  }
  StateFit fit{.changed = true, .sink_changed = before.sink != after.sink};
  if ((fit.sink_changed || before.dlq != after.dlq) && !state.outbox.empty()) {
    return refused(fmt::format(
        "cannot change {} while {} batch{} of results {} to be delivered to the old one. Start and stop the processor "
        "first, which delivers {}",
        fit.sink_changed ? "the sink" : "the dead letter queue", state.outbox.size(),
        state.outbox.size() == 1 ? "" : "es", state.outbox.size() == 1 ? "waits" : "wait",
        state.outbox.size() == 1 ? "it" : "them"));
  }
  return fit;
}

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "bson/iso_date.h"
#include "planner/planner.h"
#include "stages/durations.h"

namespace penstock {
namespace {

constexpr EventTime kExampleInstant{1767268807000};  // 2026-01-01T12:00:07Z

// "12:00:07", with milliseconds only when there are any; with the date when a window is no part of a day.
std::string clock_text(EventTime t, const WindowPlan& window) {
  constexpr int64_t kDayMs = 24 * 3600 * 1000;
  if (window.interval().ms >= kDayMs || window.allowed_lateness().ms >= kDayMs) return iso_text(t);
  return iso_text(t).substr(11, t.ms % 1000 == 0 ? 8 : 12);
}

std::string connection_text(std::string_view name, const Connection* found, std::span<const ConnectorType> catalog) {
  if (found == nullptr) return fmt::format("\"{}\"", name);
  const Connection& connection = *found;
  const ConnectorType* type = find_connector(catalog, connection.type);
  const bool described = type != nullptr && type->describe != nullptr;
  return fmt::format("\"{}\" ({})", connection.name, described ? type->describe(connection) : connection.type);
}

std::string source_text(const Plan& plan, std::span<const ConnectorType> catalog) {
  const std::string connection = connection_text(connection_name(plan.source), plan.source_connection, catalog);
  const auto* kafka = std::get_if<KafkaSourceSpec>(&plan.source);
  if (kafka == nullptr) return fmt::format("$source {}, starts now", connection);
  const bool earliest = kafka->offset_reset == OffsetReset::kEarliest;
  return fmt::format("$source {} topic {}, starts at {}", connection, describe(plan.source),
                     earliest ? "earliest" : "latest");
}

std::string window_arithmetic(const WindowPlan& window) {
  const auto shown = [&window](EventTime t) { return clock_text(t, window); };
  const auto [start, end] = window.window_of(kExampleInstant);
  const std::string belongs =
      fmt::format("a record at {} goes to [{}, {})", shown(kExampleInstant), shown(start), shown(end));
  if (window.boundary() == WindowBoundary::kProcessingTime) {
    return belongs + fmt::format("; the window closes when the clock reaches {}", shown(end));
  }
  return belongs + fmt::format("; the window closes when every partition has reached {} ({} + {} lateness)",
                               shown(saturating_sum(end, window.allowed_lateness())), shown(end),
                               duration_text(window.allowed_lateness()));
}

// A line of the tree; lines of the inner pipeline begin with blanks.
std::string branch(const std::vector<std::string>& tree, size_t i) {
  const bool last = i + 1 == tree.size();
  if (!tree[i].starts_with(' ')) return fmt::format("{} {}\n", last ? "└─" : "├─", tree[i]);
  const bool last_inner = last || !tree[i + 1].starts_with(' ');
  return fmt::format("│  {} {}\n", last_inner ? "└─" : "├─", std::string_view(tree[i]).substr(2));
}

}  // namespace

std::string explain(const Plan& plan, std::span<const ConnectorType> catalog) {
  const ProcessorPlan& processor = plan.processor;
  std::vector<std::string> tree{source_text(plan, catalog)};
  for (const PlannedStage& stage : processor.before)
    tree.push_back(stage.name + " " + stage.spec->describe());
  if (processor.window) {
    for (std::string& line : processor.window->describe())
      tree.push_back(std::move(line));
  }
  for (const PlannedStage& stage : processor.after)
    tree.push_back(stage.name + " " + stage.spec->describe());
  if (!plan.sinkless) {
    tree.push_back(fmt::format("$merge {} {}",
                               connection_text(plan.sink.connection_name, plan.sink_connection, catalog),
                               describe_merge(plan.sink)));
  }

  std::string text = processor.name + "\n";
  for (size_t i = 0; i < tree.size(); ++i)
    text += branch(tree, i);
  text += fmt::format("needs      {} of each record, {}\n", processor.needs.to_text(),
                      processor.slots ? "no document is built" : "as a document");
  if (processor.window) text += fmt::format("windows    {}\n", window_arithmetic(*processor.window));
  if (plan.dead_letters) {
    text += fmt::format("dead letters  {} {}.{}\n",
                        connection_text(plan.dead_letters->connection_name, plan.dead_letter_connection, catalog),
                        plan.dead_letters->db, plan.dead_letters->coll);
  } else {
    text += "dead letters  counted and dropped: options.dlq names no collection\n";
  }
  return text;
}

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
// From a definition to a plan: stages parsed and in their places, connections found, field needs computed down to the
// source. Also what `check` reports and `explain` prints.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dataflow/connector.h"
#include "planner/definition.h"
#include "runtime/plan.h"
#include "stages/merge_stage.h"
#include "stages/source_stage.h"

namespace penstock {

// Something wrong with a definition, for a person.
struct Diagnostic {
  ErrorCode code = ErrorCode::kInvalidDefinition;
  std::string message;
  std::string path;       // "pipeline[1].$tumblingWindow.interval"
  TextPosition position;  // Of the path in the text.
};

struct Plan {
  ProcessorPlan processor;
  SourceSpec source;
  const Connection* source_connection = nullptr;  // Null only when planned without connections; likewise below.
  MergeSpec sink;  // Means nothing when `sinkless`: results only go to who looks at them.
  bool sinkless = false;
  const Connection* sink_connection = nullptr;
  std::optional<MergeSpec> dead_letters;
  const Connection* dead_letter_connection = nullptr;
};

// What planning gives: a plan, or everything that is wrong (one diagnostic a stage at most).
struct Planned {
  std::unique_ptr<Plan> plan;
  std::vector<Diagnostic> problems;
};

// Whether a definition must end with a sink: everywhere but in `sp.process` it must.
enum class SinkRule { kRequired, kOptional };

// The plan points into `connections`. Null: names of connections are not checked, and the plan cannot be run.
Planned plan_definition(const Definition& definition, const ConnectionRegistry* connections,
                        std::span<const ConnectorType> catalog, SinkRule sink_rule = SinkRule::kRequired);

// A syntax or top-level error as a diagnostic; positions come from `text` when it was parsed.
Diagnostic to_diagnostic(const Error& error, const ParsedJson* text);

// "file.json:3:12: pipeline[1].$tumblingWindow.interval: message"
std::string to_text(const Diagnostic& diagnostic, std::string_view file);

// The plan as a tree with field needs and window arithmetic with an example instant. Ends with a newline.
std::string explain(const Plan& plan, std::span<const ConnectorType> catalog);

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
// The catalog of stages: what a user can write as a stage, where it may stand, and what parses it.
// From a row follow position errors, "did you mean", the reference page and a test of every example.
#pragma once

#include <span>
#include <string_view>

#include "dataflow/stage.h"
#include "expression/function.h"

namespace penstock {

// How the planner treats a stage (reference pipeline-language 1.7).
enum class StageKind {
  kSource,     // First, once.
  kTransform,  // Document in, documents out, no memory: main pipeline and windows.
  kWindow,     // Main pipeline, at most once.
  kMerging,    // Inside a window only: $group.
  kSink,       // Last, at most once.
};

struct StageType {
  std::string_view name;  // With the '$'.
  StageKind kind;
  std::string_view summary;
  // kTransform only: parses what stands right of the name. Error paths are relative to it.
  Result<std::unique_ptr<StageSpec>> (*parse)(const Value& spec) = nullptr;
  std::span<const Example> examples;  // kTransform: expression = the whole stage, document => result document.
};

std::span<const StageType> all_stages();  // Sorted by name.
const StageType* find_stage(std::string_view name);
// Stages of the language that this version does not have yet.
bool is_known_unsupported_stage(std::string_view name);

// The transforms, defined in their own files (projection_stage.cc, match_stage.cc, replace_root_stage.cc).
Result<std::unique_ptr<StageSpec>> parse_match_stage(const Value& spec);
Result<std::unique_ptr<StageSpec>> parse_project_stage(const Value& spec);
Result<std::unique_ptr<StageSpec>> parse_add_fields_stage(const Value& spec);
Result<std::unique_ptr<StageSpec>> parse_set_stage(const Value& spec);  // $addFields under its other name
Result<std::unique_ptr<StageSpec>> parse_unset_stage(const Value& spec);
Result<std::unique_ptr<StageSpec>> parse_replace_root_stage(const Value& spec);
Result<std::unique_ptr<StageSpec>> parse_replace_with_stage(const Value& spec);

}  // namespace penstock

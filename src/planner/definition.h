// SPDX-License-Identifier: Apache-2.0
// A definition as the user wrote it: {name, pipeline, options}, or a bare pipeline array (reference
// pipeline-language 1.1).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "bson/ejson.h"

namespace penstock {

struct DeadLetterQueueSpec {
  std::string connection_name;
  std::string db;
  std::string coll;
};

struct Definition {
  std::string name;        // Of a bare array: the file's name.
  OwnedDocument pipeline;  // The array, key order kept.
  std::optional<DeadLetterQueueSpec> dead_letter_queue;
  uint64_t hash = 0;          // Of pipeline and options as written.
  ParsedJson text;            // For positions; paths of errors are relative to the whole definition.
  std::string pipeline_path;  // "pipeline", or "" for a bare array.
};

// From BSON, as clients of the server send it: there is no text, so errors have a path and no position.
Result<Definition> make_definition(std::string_view name, Document pipeline, Document options);
// Syntax, top-level keys, options. `default_name` names a bare array. Definitions over 16 MB are refused.
Result<Definition> parse_definition(std::string_view text, std::string_view default_name);

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
// A definition file, {name, pipeline, options} or a bare array, as the commands that a server understands. The server
// judges what is in it; here only its outer shape is looked at.
#pragma once

#include <string>
#include <string_view>

#include "bson/document.h"

namespace penstock {

struct DefinitionFile {
  std::string name;        // "": a bare array has none.
  OwnedDocument pipeline;  // An array.
  OwnedDocument options;   // Empty when there are none.
};
// Errors name the file, and line and column for what is no JSON.
Result<DefinitionFile> parse_definition_file(std::string_view text, std::string_view file);

// {createStreamProcessor: name, pipeline, options?}
OwnedDocument create_processor_request(const DefinitionFile& definition, std::string_view name);

struct ModifyFlags {
  std::string rename;  // "": as it is. Likewise `tier`.
  std::string tier;
  bool fresh = false;
};
// {modifyStreamProcessor: name, name?, tier?, resumeFromCheckpoint?, the options of the file, pipeline?}; null: no
// file. A flag goes before the same option of the file.
OwnedDocument modify_processor_request(std::string_view name, const ModifyFlags& flags,
                                       const DefinitionFile* definition);

}  // namespace penstock

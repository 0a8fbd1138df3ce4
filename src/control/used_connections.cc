// SPDX-License-Identifier: Apache-2.0
#include "control/used_connections.h"

namespace penstock {
namespace {

// Depth is bounded by what a document may have (kDepthMax).
void collect(Document document, std::set<std::string, std::less<>>& names) {
  for (const Element& element : document) {
    const Value& value = element.value;
    if (value.is_string() && element.name == "connectionName") names.emplace(value.as_string());
    if (value.is_object() || value.is_array()) collect(value.as_container(), names);
  }
}

}  // namespace

std::set<std::string, std::less<>> used_connections(const ProcessorRecord& record) {
  std::set<std::string, std::less<>> names;
  collect(record.pipeline, names);
  collect(record.options, names);
  return names;
}

}  // namespace penstock

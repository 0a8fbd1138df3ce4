// SPDX-License-Identifier: Apache-2.0
// The catalog of connectors: which connection types exist, what they can be, and how one is checked. The table itself
// is put together where connectors are known (control); the planner only sees this contract.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "dataflow/connection.h"

namespace penstock {

struct ConnectorType {
  std::string_view type;  // As in the connection's "type".
  std::string_view summary;
  bool source = false;  // Can stand in $source.
  bool sink = false;    // Can stand in $merge and as dead letter queue.
  // Checks the fields; paths are relative to the connection. Null: known, but not supported by this version.
  Result<void> (*check)(const Connection& connection) = nullptr;
  // For explain: where it leads, without secrets.
  std::string (*describe)(const Connection& connection) = nullptr;
};

// Row of that type, or null.
inline const ConnectorType* find_connector(std::span<const ConnectorType> catalog, std::string_view type) {
  for (const ConnectorType& row : catalog) {
    if (row.type == type) return &row;
  }
  return nullptr;
}

}  // namespace penstock

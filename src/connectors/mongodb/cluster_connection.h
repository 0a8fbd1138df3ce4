// SPDX-License-Identifier: Apache-2.0
// A connection of type "Cluster" (reference control-plane B5.3):
//   {name, type: "Cluster", clusterName, dbRoleToExecute: {role, type}, uri}
// `uri` is our extension: where that cluster is. Without it the application looks clusterName up in its settings; a
// name that maps to nothing means the embedded store. Fields of other types and read-only fields are passed over, as
// the Admin API does.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "base/secret.h"
#include "dataflow/connection.h"

namespace penstock {

struct ClusterSettings {
  std::string cluster_name;   // "" when only a uri is given.
  std::optional<Secret> uri;  // mongodb:// or mongodb+srv://; may hold a password.
  std::string role;           // "" when none is given; a self-hosted server takes the role of the uri's user.
  std::string role_type;      // "BUILT_IN", "CUSTOM" or "".
};

// Errors: kInvalidDefinition with the field's path; no text contains the uri.
Result<ClusterSettings> parse_cluster_connection(const Connection& connection);

// The error for a uri that is neither mongodb:// nor mongodb+srv://.
Result<void> check_mongodb_uri(std::string_view uri);

}  // namespace penstock

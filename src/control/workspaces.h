// SPDX-License-Identifier: Apache-2.0
// Workspaces: names under which connections and processors live apart from each other.
#pragma once

#include <vector>

#include "base/random.h"
#include "control/records.h"

namespace penstock {

class Catalog;

class Workspaces {
 public:
  // `default_name`: the one that cannot be removed.
  Workspaces(Catalog& catalog, std::string default_name, const Clock& clock, Random& random);
  // Name: 1 to 64 letters, digits, '-', '_', first a letter or digit. It has the connection `sample_stream_solar` from
  // the start. Error kBadValue; code 48 (NamespaceExists) when the name is taken.
  Result<WorkspaceRecord> create(std::string_view name);
  Result<WorkspaceRecord> get(std::string_view name) const;  // Code 26 (NamespaceNotFound).
  Result<std::vector<WorkspaceRecord>> list() const;         // By name.
  // Refused (kIllegalOperation) while it has processors, and for the default workspace.
  Result<void> remove(std::string_view name);
  // The workspace that a TLS server name stands for: its own name as first label, or "atlas-stream-<id>-..." ; else
  // null.
  Result<std::optional<WorkspaceRecord>> by_server_name(std::string_view server_name) const;

 private:
  Catalog& catalog_;
  const std::string default_name_;
  const Clock& clock_;
  Random& random_;
};

}  // namespace penstock

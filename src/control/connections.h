// SPDX-License-Identifier: Apache-2.0
// The connection registry of each workspace (reference control-plane B5).
#pragma once

#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "control/records.h"

namespace penstock {

class Catalog;

// One step of a test: "DNS", "TCP", "TLS", "login", "metadata", ... in the order they were tried; the first that failed
// is the last.
struct ConnectionTestStep {
  std::string name;
  bool ok = false;
  std::string detail;  // What was found, or why not; no secrets.
};

class Connections {
 public:
  Connections(Catalog& catalog, const Clock& clock, Logger& log);
  // Checks the fields as the connector of its type does (paths in errors are relative to the connection). Code 48 when
  // the name is taken in the workspace.
  Result<void> create(std::string_view workspace, const Connection& connection);
  // Replaces it; secrets that `connection` leaves out stay as they are (security S46). Refused while a started
  // processor uses it.
  Result<void> update(std::string_view workspace, const Connection& connection);
  Result<Connection> get(std::string_view workspace, std::string_view name) const;  // kNoSuchKey
  Result<std::vector<Connection>> list(std::string_view workspace) const;           // By name.
  // Refused while a processor names it, with the processor's name.
  Result<void> remove(std::string_view workspace, std::string_view name);
  // First contact, at most 10 s, step by step.
  Result<std::vector<ConnectionTestStep>> test(std::string_view workspace, std::string_view name) const;
  // All of them as planning needs it.
  Result<ConnectionRegistry> registry(std::string_view workspace) const;
  // Adds those of a file (Admin API array) that are not there yet; one that differs from what is stored replaces it.
  Result<void> add_all(std::string_view workspace, const ConnectionRegistry& connections);

 private:
  Result<void> check_unused(std::string_view workspace, std::string_view name, bool started_only) const;

  Catalog& catalog_;
  const Clock& clock_;
  Logger& log_;
};

// The row `listStreamConnections` gives (control-plane A5.8): name, type and address, never a secret.
OwnedDocument public_row(const Connection& connection);

}  // namespace penstock

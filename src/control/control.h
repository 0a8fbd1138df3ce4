// SPDX-License-Identifier: Apache-2.0
// Everything a person administers, behind one face: workspaces with their connections and processors, users, and the
// embedded store. The wire protocol, the Admin API and the command line translate into these calls and add nothing.
//
//   wire, HTTP, CLI --> Control --+-- Workspaces, Connections, Users --> Catalog (LMDB, DIR/catalog)
//                                 +-- Processors ----------------------> Catalog, runs (LocalRun), DIR/processors
//                                 +-- DocStore (DIR/store)
//
// One process at a time owns a data folder (DIR/lock). Thread: any; calls may block (starting, stopping), so the
// network thread never makes them itself. Every change is durable when the call returns.
#pragma once

#include <memory>
#include <string>

#include "base/log.h"
#include "base/random.h"
#include "control/connections.h"
#include "control/processors.h"
#include "control/users.h"
#include "control/workspaces.h"
#include "docstore/docstore.h"

namespace penstock {

struct ControlOptions {
  std::string data_folder;
  std::string default_workspace = std::string(kDefaultWorkspace);  // Made when missing.
  size_t memory_bytes = size_t{1} << 30;                           // Per processor at most; its tier may allow less.
  Duration checkpoint_period{5000};
};

class Control {
 public:
  // Takes the data folder; kStateRefused when another process has it (with its pid). The default workspace and its
  // connection `sample_stream_solar` are there afterwards. Nothing runs yet.
  static Result<std::unique_ptr<Control>> open(ControlOptions options, const Clock& clock, Random& random, Logger& log);
  // Stops every run with a last checkpoint; what was started is started again at the next open.
  ~Control();

  // Starts every processor whose state is STARTED, in the background; returns at once.
  void resume_processors();
  // True when each of them runs, failed, or retries with a reason: /readyz.
  bool ready() const;

  Workspaces& workspaces();
  Connections& connections();
  Processors& processors();
  Users& users();
  // The embedded store; its collections are shared by all workspaces.
  std::shared_ptr<DocStore> store();
  const std::string& default_workspace() const;

 private:
  struct Parts;
  explicit Control(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace penstock

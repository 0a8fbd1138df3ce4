// SPDX-License-Identifier: Apache-2.0
// The one list of connectors, and how a plan's ends are opened with them.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "base/log.h"
#include "connectors/kafka/kafka_source.h"
#include "dataflow/connector.h"
#include "dataflow/sink.h"
#include "docstore/docstore.h"
#include "planner/planner.h"

namespace penstock {

std::span<const ConnectorType> connector_catalog();

// Opens embedded stores once for all sinks of a process: one data folder has one writer.
class SinkFactory {
 public:
  // `store`: the embedded store where somebody has it open already; null: it is opened when it is needed.
  SinkFactory(std::string data_folder, std::shared_ptr<DocStore> store, const Clock& clock, Logger& log);
  // A MongoDB sink when the connection has a URI, else one into the embedded store of the data folder. `dead_letters`:
  // the queue, when it is reached by the same connection.
  Result<std::unique_ptr<Sink>> make(const Connection& connection, const MergeSpec& spec,
                                     const std::optional<MergeSpec>& dead_letters);

 private:
  std::string data_folder_;
  const Clock& clock_;
  Logger& log_;
  std::shared_ptr<DocStore> store_;
};

// DIR of --data when it is not given: $XDG_DATA_HOME/penstock or ~/.local/share/penstock.
std::string default_data_folder();

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
#include "control/control.h"

#include "control/catalog.h"
#include "control/processor_service.h"

namespace penstock {

// In the order of use: what comes later goes first. The store holds DIR/lock, for the catalog too.
struct Control::Parts {
  ControlOptions options;
  std::shared_ptr<DocStore> store;
  std::unique_ptr<Catalog> catalog;
  std::unique_ptr<Workspaces> workspaces;
  std::unique_ptr<Connections> connections;
  std::unique_ptr<Users> users;
  std::unique_ptr<ProcessorService> processors;
};

Control::Control(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Control::~Control() = default;

Result<std::unique_ptr<Control>> Control::open(ControlOptions options, const Clock& clock, Random& random,
                                               Logger& log) {
  auto parts = std::make_unique<Parts>();
  parts->options = std::move(options);
  const ControlOptions& chosen = parts->options;
  PS_TRY(parts->store, DocStore::open(chosen.data_folder, StoreMode::kReadWrite, clock));
  PS_TRY(parts->catalog, Catalog::open(chosen.data_folder, random));
  Catalog& catalog = *parts->catalog;
  parts->workspaces = std::make_unique<Workspaces>(catalog, chosen.default_workspace, clock, random);
  parts->connections = std::make_unique<Connections>(catalog, clock, log);
  parts->users = std::make_unique<Users>(catalog, clock, random);
  parts->processors =
      std::make_unique<ProcessorService>(ProcessorService::Parts{.catalog = catalog,
                                                                 .connections = *parts->connections,
                                                                 .store = parts->store,
                                                                 .data_folder = chosen.data_folder,
                                                                 .memory_bytes = chosen.memory_bytes,
                                                                 .checkpoint_period = chosen.checkpoint_period,
                                                                 .clock = clock,
                                                                 .random = random,
                                                                 .log = log});
  auto found = parts->workspaces->get(chosen.default_workspace);
  if (!found.ok()) {
    if (found.error().code() != ErrorCode::kNamespaceNotFound) return found.take_error();
    PS_TRY(parts->workspaces->create(chosen.default_workspace));
  }
  PS_TRY(parts->processors->finish_drops());
  return std::unique_ptr<Control>(new Control(std::move(parts)));
}

void Control::resume_processors() { parts_->processors->resume(); }
bool Control::ready() const { return parts_->processors->ready(); }
Workspaces& Control::workspaces() { return *parts_->workspaces; }
Connections& Control::connections() { return *parts_->connections; }
Processors& Control::processors() { return *parts_->processors; }
Users& Control::users() { return *parts_->users; }
std::shared_ptr<DocStore> Control::store() { return parts_->store; }
const std::string& Control::default_workspace() const { return parts_->options.default_workspace; }

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
#include "api/wire/wire_service.h"

#include <utility>

namespace penstock {
namespace {

// What TLS says the client wants to reach; a name that is no workspace is a name of this machine.
std::string workspace_of(const PeerInfo& peer, Control& control, Logger& log) {
  if (peer.server_name.empty()) return control.default_workspace();
  Result<std::optional<WorkspaceRecord>> found = control.workspaces().by_server_name(peer.server_name);
  if (!found.ok()) log.warning("workspaces cannot be read: {}", found.error().message());
  return found.ok() && *found ? (*found)->name : control.default_workspace();
}

}  // namespace

WireService::WireService(Control& control, const Clock& clock, Random& random, Logger& log, WireOptions options)
    : accounts_(control.users(), random),
      cursors_(clock, random),
      server_(clock, options.open_without_users),
      context_{control, cursors_, clock, random, log, accounts_, server_},
      work_{std::move(options.submit),
            [this](const Request& request, Session& session) { return answer_in_workspace(request, session); },
            [this](int32_t connection_id) {
              cursors_.connection_closed(connection_id);
              server_.connections--;
            }} {}

HandlerFactory WireService::handlers() {
  return [this](const PeerInfo& peer, std::shared_ptr<StreamSender> sender) -> std::unique_ptr<StreamHandler> {
    server_.connections++;
    server_.connections_created++;
    return std::make_unique<WireConnection>(next_connection_++, peer, std::move(sender), work_);
  };
}

OwnedDocument WireService::answer_in_workspace(const Request& request, Session& session) {
  if (session.workspace.empty()) session.workspace = workspace_of(session.peer, context_.control, context_.log);
  return answer(request, session, context_);
}

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
// workspace list|get|create|delete, and how a shell gets into one.
#include <fmt/format.h>

#include <cstdio>

#include "app/server_commands.h"
#include "bson/ejson.h"

namespace penstock {
namespace {

// The default workspace is where this client has just come from. Any other is chosen by the host name, over TLS.
void print_connect_line(const ServerSession& server, Document workspace) {
  ConnectTarget target = server.target();
  if (!is_true(workspace.get("default"))) {
    if (!target.tls) {
      fmt::print(stderr, "a shell reaches it by host name over TLS: serve --tls-cert FILE, see penstock cert create\n");
      return;
    }
    target.host = host_of_workspace(cell_text(workspace.get("name")), target.host);
  }
  fmt::print("connect with\n  {}\n", connect_line(target));
}

Result<void> print_workspace(ServerSession& server, Document reply) {
  const Value value = reply.get("workspace");
  const Document workspace = value.is_object() ? value.as_object() : Document();
  if (server.format() == OutputFormat::kJson) {
    fmt::print("{}\n", to_json(workspace));
    return {};
  }
  fmt::print("{}", fields_text(workspace, false));
  print_connect_line(server, workspace);
  return {};
}

Result<void> list(ServerSession& server) {
  PS_TRY(const OwnedDocument reply, server.run("penstockListWorkspaces", Value::int32(1)));
  const Value rows = reply.view().get("workspaces");
  const Document shown = rows.is_array() ? rows.as_array() : Document();
  constexpr TableColumn kColumns[] = {
      {"NAME", "name"}, {"DEFAULT", "default"}, {"TIER", "defaultTierSize"}, {"MAX TIER", "maxTierSize"}};
  fmt::print("{}", server.format() == OutputFormat::kJson ? json_rows(shown) : table_text(shown, kColumns));
  return {};
}

Result<void> get(ServerSession& server, const std::string& name) {
  const Value which = name.empty() ? Value::int32(1) : Value::string(name);
  PS_TRY(const OwnedDocument reply, server.run("penstockGetWorkspace", which));
  return print_workspace(server, reply);
}

Result<void> create(ServerSession& server, const std::string& name) {
  PS_TRY(const OwnedDocument reply, server.run("penstockCreateWorkspace", Value::string(name)));
  fmt::print(stderr, "created {}\n", name);
  return print_workspace(server, reply);
}

Result<void> remove(ServerSession& server, const std::string& name) {
  PS_TRY(server.run("penstockDeleteWorkspace", Value::string(name)));
  fmt::print(stderr, "deleted {}\n", name);
  return {};
}

}  // namespace

int workspace_list_command(const WorkspaceOptions& options) { return with_server(options.server, list); }

int workspace_get_command(const WorkspaceOptions& options) {
  return with_server(options.server, [&](ServerSession& server) { return get(server, options.name); });
}

int workspace_create_command(const WorkspaceOptions& options) {
  return with_server(options.server, [&](ServerSession& server) { return create(server, options.name); });
}

int workspace_delete_command(const WorkspaceOptions& options) {
  return with_server(options.server, [&](ServerSession& server) { return remove(server, options.name); });
}

}  // namespace penstock

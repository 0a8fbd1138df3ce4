// SPDX-License-Identifier: Apache-2.0
// Commands of our own, for what `sp` has no command for: connections and workspaces. `penstock connection` and
// `penstock workspace` send them; a shell can, too:
//   db.adminCommand({penstockCreateConnection: "k1", connection: {type: "Kafka", bootstrapServers: "h:9092", ...}})
// Connections are those of the workspace that the client is in. A reply shows of a connection what
// listStreamConnections shows; its secrets only ever go in.
#include <algorithm>

#include "api/wire/command.h"
#include "api/wire/command_options.h"
#include "bson/ejson.h"

namespace penstock {
namespace {

// No action of reference C1 covers these; only atlasAdmin holds it (api/auth).
constexpr std::string_view kAction = "penstockAdmin";

// The value of the command's first field.
Result<std::string> name_in(const CommandCall& call) {
  const Value value = call.command.get(call.name);
  if (value.is_string() && !value.as_string().empty()) return std::string(value.as_string());
  return Error(ErrorCode::kTypeMismatch, "{} takes a name, found {}", call.name, to_text(value));
}

Result<void> check_fields(const CommandCall& call, std::span<const std::string_view> known) {
  PS_TRY(const CommandOptions options, CommandOptions::of(call.command));
  return options.check_names(known);
}

// {name, type, ...} of the command, the name put where the Admin API has it.
Result<Connection> connection_in(const CommandCall& call, const std::string& name) {
  const Value given = call.command.get("connection");
  if (!given.is_object()) {
    return Error(ErrorCode::kTypeMismatch, "BSON field '{}.connection' is the wrong type '{}', expected type 'object'",
                 call.name, type_name(given.type()));
  }
  const Value inner = given.as_object().get("name");
  if (!inner.is_missing() && !(inner.is_string() && inner.as_string() == name)) {
    return Error(ErrorCode::kBadValue, "the connection's name {} is not the one to be created, \"{}\"", to_text(inner),
                 name);
  }
  const Value type = given.as_object().get("type");
  if (!type.is_string()) {
    return Error(ErrorCode{40414}, "BSON field '{}.connection.type' is missing but a required field", call.name);
  }
  DocumentBuilder spec;
  if (inner.is_missing()) spec.append("name", Value::string(name));
  spec.append_all(given.as_object());
  return make_connection(Value::object(spec.finish()));
}

Result<OwnedDocument> create_connection(const CommandCall& call, CommandContext& context) {
  constexpr std::string_view kFields[] = {"connection", "replace"};
  PS_TRY(check_fields(call, kFields));
  PS_TRY(const std::string name, name_in(call));
  PS_TRY(const Connection connection, connection_in(call, name));
  Connections& connections = context.control.connections();
  if (is_true(call.command.get("replace")) && connections.get(call.session.workspace, name).ok()) {
    PS_TRY(connections.update(call.session.workspace, connection));
  } else {
    PS_TRY(connections.create(call.session.workspace, connection));
  }
  return OwnedDocument();
}

Result<OwnedDocument> get_connection(const CommandCall& call, CommandContext& context) {
  PS_TRY(check_fields(call, {}));
  PS_TRY(const std::string name, name_in(call));
  PS_TRY(const Connection connection, context.control.connections().get(call.session.workspace, name));
  DocumentBuilder reply;
  const OwnedDocument row = public_row(connection);
  reply.append("connection", Value::object(row));
  return OwnedDocument(reply.take());
}

Result<OwnedDocument> delete_connection(const CommandCall& call, CommandContext& context) {
  PS_TRY(check_fields(call, {}));
  PS_TRY(const std::string name, name_in(call));
  PS_TRY(context.control.connections().remove(call.session.workspace, name));
  return OwnedDocument();
}

// A test that fails is a reply, not an error: its steps say how far it came.
Result<OwnedDocument> test_connection(const CommandCall& call, CommandContext& context) {
  PS_TRY(check_fields(call, {}));
  PS_TRY(const std::string name, name_in(call));
  PS_TRY(const std::vector<ConnectionTestStep> steps, context.control.connections().test(call.session.workspace, name));
  const bool passed = std::all_of(steps.begin(), steps.end(), [](const ConnectionTestStep& step) { return step.ok; });
  DocumentBuilder reply;
  reply.append("name", Value::string(name));
  reply.append("passed", Value::boolean(passed));
  const size_t list = reply.begin_array("steps");
  char scratch[12];
  for (uint32_t i = 0; i < steps.size(); ++i) {
    const size_t step = reply.begin_object(index_name(i, scratch));
    reply.append("name", Value::string(steps[i].name));
    reply.append("ok", Value::boolean(steps[i].ok));
    reply.append("detail", Value::string(steps[i].detail));
    reply.end(step);
  }
  reply.end(list);
  return OwnedDocument(reply.take());
}

void append_workspace(DocumentBuilder& to, const WorkspaceRecord& workspace, const Control& control) {
  to.append("id", Value::string(workspace.id));
  to.append("name", Value::string(workspace.name));
  to.append("default", Value::boolean(workspace.name == control.default_workspace()));
  to.append("defaultTierSize", Value::string(workspace.default_tier));
  to.append("maxTierSize", Value::string(workspace.max_tier));
  to.append("created", Value::date(workspace.created));
}

OwnedDocument workspace_reply(const WorkspaceRecord& workspace, const Control& control) {
  DocumentBuilder reply;
  const size_t inner = reply.begin_object("workspace");
  append_workspace(reply, workspace, control);
  reply.end(inner);
  return OwnedDocument(reply.take());
}

Result<OwnedDocument> create_workspace(const CommandCall& call, CommandContext& context) {
  PS_TRY(check_fields(call, {}));
  PS_TRY(const std::string name, name_in(call));
  PS_TRY(const WorkspaceRecord workspace, context.control.workspaces().create(name));
  return workspace_reply(workspace, context.control);
}

// With 1 instead of a name: the workspace that the client is in.
Result<OwnedDocument> get_workspace(const CommandCall& call, CommandContext& context) {
  PS_TRY(check_fields(call, {}));
  std::string name = call.session.workspace;
  if (!call.command.get(call.name).is_number()) {
    PS_TRY(name, name_in(call));
  }
  PS_TRY(const WorkspaceRecord workspace, context.control.workspaces().get(name));
  return workspace_reply(workspace, context.control);
}

Result<OwnedDocument> list_workspaces(const CommandCall& call, CommandContext& context) {
  PS_TRY(check_fields(call, {}));
  PS_TRY(const std::vector<WorkspaceRecord> workspaces, context.control.workspaces().list());
  DocumentBuilder reply;
  const size_t list = reply.begin_array("workspaces");
  char scratch[12];
  for (uint32_t i = 0; i < workspaces.size(); ++i) {
    const size_t row = reply.begin_object(index_name(i, scratch));
    append_workspace(reply, workspaces[i], context.control);
    reply.end(row);
  }
  reply.end(list);
  return OwnedDocument(reply.take());
}

Result<OwnedDocument> delete_workspace(const CommandCall& call, CommandContext& context) {
  PS_TRY(check_fields(call, {}));
  PS_TRY(const std::string name, name_in(call));
  PS_TRY(context.control.workspaces().remove(name));
  return OwnedDocument();
}

constexpr Command kCommands[] = {
    {.name = "penstockCreateConnection",
     .summary = "Adds a connection to the workspace; `replace: true` changes one that is there.",
     .action = kAction,
     .run = create_connection},
    {.name = "penstockCreateWorkspace", .summary = "Makes a workspace.", .action = kAction, .run = create_workspace},
    {.name = "penstockDeleteConnection",
     .summary = "Removes a connection that no processor names.",
     .action = kAction,
     .run = delete_connection},
    {.name = "penstockDeleteWorkspace",
     .summary = "Removes a workspace without processors.",
     .action = kAction,
     .run = delete_workspace},
    {.name = "penstockGetConnection",
     .summary = "One connection, without its secrets.",
     .action = kAction,
     .run = get_connection},
    {.name = "penstockGetWorkspace",
     .summary = "One workspace by name, or with 1 the one the client is in.",
     .action = kAction,
     .run = get_workspace},
    {.name = "penstockListWorkspaces", .summary = "All workspaces.", .action = kAction, .run = list_workspaces},
    {.name = "penstockTestConnection",
     .summary = "Tries first contact, step by step.",
     .action = kAction,
     .run = test_connection},
};

}  // namespace

std::span<const Command> admin_commands() { return kCommands; }

}  // namespace penstock

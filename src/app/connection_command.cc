// SPDX-License-Identifier: Apache-2.0
// connection list|get|create|delete|test: the registry of the workspace.
#include <fmt/format.h>

#include <cstdio>

#include "app/inputs.h"
#include "app/server_commands.h"
#include "bson/ejson.h"

namespace penstock {
namespace {

constexpr TableColumn kColumns[] = {
    {"NAME", "name"}, {"TYPE", "type"}, {"CLUSTER", "cluster"}, {"SERVERS", "bootstrapServers"}, {"URL", "url"}};

void print_next(std::string_view verb, const std::string& name) {
  fmt::print(stderr, "next: penstock connection {} {}\n", verb, shell_word(name));
}

Result<void> list(ServerSession& server) {
  PS_TRY(const OwnedDocument reply, server.run("listStreamConnections", Value::int32(1)));
  const Value rows = reply.view().get("connections");
  const Document shown = rows.is_array() ? rows.as_array() : Document();
  fmt::print("{}", server.format() == OutputFormat::kJson ? json_rows(shown) : table_text(shown, kColumns));
  return {};
}

Result<void> get(ServerSession& server, const std::string& name) {
  PS_TRY(const OwnedDocument reply, server.run("penstockGetConnection", Value::string(name)));
  const Value row = reply.view().get("connection");
  const Document shown = row.is_object() ? row.as_object() : Document();
  fmt::print("{}", server.format() == OutputFormat::kJson ? to_json(shown) + "\n" : fields_text(shown, true));
  return {};
}

Result<void> create(ServerSession& server, const ConnectionOptions& options) {
  PS_TRY(const OwnedDocument objects, load_connection_objects(options.file));
  if (objects.view().empty()) return Error(ErrorCode::kBadInput, "{} holds no connection", options.file);
  std::string first;
  for (const Element& object : objects.view()) {
    const std::string name(object.value.as_object().get("name").as_string());
    if (first.empty()) first = name;
    DocumentBuilder command;
    command.append("penstockCreateConnection", Value::string(name));
    command.append("connection", object.value);
    if (options.replace) command.append("replace", Value::boolean(true));
    auto created = server.run(command.finish());
    if (!created.ok()) {
      Error error = created.take_error();
      if (error.code() == ErrorCode::kNamespaceExists) {
        return Error(error.code(), "{}; to change it: --replace", error.message());
      }
      return std::move(error).within(fmt::format("connection \"{}\": ", name));
    }
    fmt::print(stderr, "created {}\n", name);
  }
  print_next("test", first);
  return {};
}

Result<void> remove(ServerSession& server, const std::string& name) {
  PS_TRY(server.run("penstockDeleteConnection", Value::string(name)));
  fmt::print(stderr, "deleted {}\n", name);
  return {};
}

// The last step is the one that failed. Exit codes as for a first contact: 77 for a login, else 69.
Error failure(Document steps, const std::string& name) {
  std::string step, detail;
  for (const Element& element : steps) {
    if (!element.value.is_object()) continue;
    step = cell_text(element.value.as_object().get("name"));
    detail = cell_text(element.value.as_object().get("detail"));
  }
  return Error(step == "login" ? ErrorCode::kCredentialsRefused : ErrorCode::kPeerUnreachable,
               "connection \"{}\" does not work, its step \"{}\" failed: {}", name, step, detail);
}

Result<void> test(ServerSession& server, const std::string& name) {
  PS_TRY(const OwnedDocument reply, server.run("penstockTestConnection", Value::string(name)));
  const Value steps = reply.view().get("steps");
  const Document shown = steps.is_array() ? steps.as_array() : Document();
  constexpr TableColumn kSteps[] = {{"STEP", "name"}, {"OK", "ok"}, {"DETAIL", "detail"}};
  fmt::print("{}", server.format() == OutputFormat::kJson ? to_json(reply) + "\n" : table_text(shown, kSteps));
  std::fflush(stdout);
  if (!is_true(reply.view().get("passed"))) return failure(shown, name);
  fmt::print(stderr, "next: penstock processor create FILE\n");
  return {};
}

}  // namespace

int connection_list_command(const ConnectionOptions& options) { return with_server(options.server, list); }

int connection_get_command(const ConnectionOptions& options) {
  return with_server(options.server, [&](ServerSession& server) { return get(server, options.name); });
}

int connection_create_command(const ConnectionOptions& options) {
  return with_server(options.server, [&](ServerSession& server) { return create(server, options); });
}

int connection_delete_command(const ConnectionOptions& options) {
  return with_server(options.server, [&](ServerSession& server) { return remove(server, options.name); });
}

int connection_test_command(const ConnectionOptions& options) {
  return with_server(options.server, [&](ServerSession& server) { return test(server, options.name); });
}

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
// The command line of the server and of the commands that talk to it.
#include <CLI/CLI.hpp>
#include <memory>

#include "app/command_line.h"
#include "app/exit_codes.h"
#include "app/inputs.h"
#include "app/server_commands.h"

namespace penstock {
namespace {

struct ServeFlags {
  std::string config, data, wire, http, connections, workspace, tls_cert, tls_ca, memory, log_level;
  bool allow_plaintext = false;
};

// The settings that the flags stand for, in the order of the catalog.
Result<ServeOptions> serve_options(const ServeFlags& flags) {
  ServeOptions options;
  options.config = flags.config;
  const auto give = [&options](std::string_view key, const std::string& text, std::string_view flag) {
    options.flags.push_back({std::string(key), text, std::string(flag), ErrorCode::kUsage});
  };
  const auto give_address = [&give](std::string_view name, const std::string& text,
                                    std::string_view flag) -> Result<void> {
    if (text.empty()) return {};
    auto address = parse_listen_address(text);
    if (!address.ok()) return address.take_error().within(std::string(flag) + ": ");
    give(std::string("net.") + std::string(name) + "_host", address->host, flag);
    give(std::string("net.") + std::string(name) + "_port", std::to_string(address->port), flag);
    return {};
  };
  PS_TRY(give_address("wire", flags.wire, "--wire"));
  PS_TRY(give_address("http", flags.http, "--http"));
  const auto give_text = [&give](std::string_view key, const std::string& text, std::string_view flag) {
    if (!text.empty()) give(key, text, flag);
  };
  give_text("security.tls_cert_file", flags.tls_cert, "--tls-cert");
  give_text("security.tls_ca_file", flags.tls_ca, "--tls-ca");
  if (flags.allow_plaintext) give("security.allow_plaintext", "true", "--allow-plaintext");
  give_text("storage.data", flags.data, "--data");
  give_text("storage.workspace", flags.workspace, "--workspace");
  give_text("storage.connections_file", flags.connections, "--connections");
  give_text("limits.memory", flags.memory, "--memory");
  give_text("log.level", flags.log_level, "--log-level");
  return options;
}

void add_serve(CLI::App& app, int& exit_code) {
  auto flags = std::make_shared<ServeFlags>();
  CLI::App* serve = app.add_subcommand("serve", "Keep processors running; mongosh and drivers connect to it");
  serve->footer(
      "Examples:\n"
      "  penstock serve                                       for this machine, nothing to set up\n"
      "  penstock serve --connections connections.json        with connections to create processors on\n"
      "  penstock serve --wire 0.0.0.0:27027 --tls-cert server.pem --tls-ca ca.pem     for others, too");
  serve->add_option("--config", flags->config, "Settings file penstock.toml (default: none; flags go before it)");
  serve->add_option("--data", flags->data, "Data folder (default ~/.local/share/penstock)");
  serve->add_option("--wire", flags->wire, "HOST:PORT for mongosh and drivers (default 127.0.0.1:27027)");
  serve->add_option("--http", flags->http, "HOST:PORT for /livez and /readyz (default 127.0.0.1:8427)");
  serve->add_option("--connections", flags->connections, "Connections file whose connections are added at the start");
  serve->add_option("--workspace", flags->workspace, "Name of the default workspace; made when missing");
  serve->add_option("--tls-cert", flags->tls_cert, "PEM file with certificate and key: TLS on both ports");
  serve->add_option("--tls-ca", flags->tls_ca, "PEM file with the authority that signed it");
  serve->add_flag("--allow-plaintext", flags->allow_plaintext, "Let other machines in without TLS");
  serve->add_option("--memory", flags->memory, "Most memory of one processor (default 1GiB)");
  serve->add_option("--log-level", flags->log_level, "debug, info, warning or error (default info)");
  serve->callback([flags, &exit_code] {
    const auto options = serve_options(*flags);
    exit_code = options.ok() ? serve_command(*options) : report_error(options.error());
  });
}

void add_server_options(CLI::App& command, ServerOptions& options, bool prints) {
  command.add_option("--server", options.server, "Where the server is (default mongodb://127.0.0.1:27027/)");
  command.add_option("--username", options.username, "User to log in as; the password is asked for");
  command.add_option("--password-file", options.password_file, "File with the password; - is stdin");
  command.add_option("--tls-ca", options.tls_ca, "TLS, trusting the authority in this PEM file");
  if (prints) command.add_option("-o,--output", options.output, "table or json (default table)");
}

// One command below `parent`, with the options of the server already there.
template <typename Options>
CLI::App& add_below(CLI::App& parent, const std::shared_ptr<Options>& options, const char* name, const char* summary,
                    const char* example, int (*run)(const Options&), int& exit_code, bool prints = false) {
  CLI::App* command = parent.add_subcommand(name, summary);
  command->footer(std::string("Example: ") + example);
  add_server_options(*command, options->server, prints);
  command->callback([options, run, &exit_code] { exit_code = run(*options); });
  return *command;
}

void add_processor(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<ProcessorOptions>();
  CLI::App& parent = *app.add_subcommand("processor", "Create, start, look at processors of a server");
  parent.require_subcommand(1);
  parent.footer(
      "Examples:\n"
      "  penstock processor create trades.json --start\n"
      "  penstock processor list\n"
      "  penstock processor sample trades -n 10");
  const auto add = [&](const char* name, const char* summary, const char* example, int (*run)(const ProcessorOptions&),
                       bool prints = false) -> CLI::App& {
    return add_below(parent, options, name, summary, example, run, exit_code, prints);
  };
  const auto name_of_one = [&options](CLI::App& command) {
    command.add_option("NAME", options->name, "Name of the processor")->required();
  };
  add("list", "All processors of the workspace", "penstock processor list -o json", processor_list_command, true);
  name_of_one(
      add("get", "One processor with its definition", "penstock processor get trades", processor_get_command, true));

  CLI::App& create = add("create", "Create a processor from a definition file",
                         "penstock processor create trades.json --start", processor_create_command);
  create.add_option("DEFINITION", options->file, "Definition file: {name, pipeline, options} or a pipeline array")
      ->required();
  create.add_option("--name", options->name, "Name (default: that of the definition, else of the file)");
  create.add_flag("--start", options->start, "And start it");

  CLI::App& start = add("start", "Start a processor; it goes on where it was", "penstock processor start trades",
                        processor_start_command);
  name_of_one(start);
  start.add_flag("--fresh", options->fresh, "Forget the checkpoint: begin anew");
  start.add_option("--tier", options->tier, "Run on this tier: SP2, SP5, SP10, SP30 or SP50");
  name_of_one(
      add("stop", "Stop a processor with a last checkpoint", "penstock processor stop trades", processor_stop_command));
  name_of_one(add("drop", "Stop a processor, forget it and its state", "penstock processor drop trades",
                  processor_drop_command));

  CLI::App& stats = add("stats", "What a processor has done", "penstock processor stats trades --watch",
                        processor_stats_command, true);
  name_of_one(stats);
  stats.add_flag("--verbose", options->verbose, "With every stage and partition");
  stats.add_flag("--watch", options->watch, "A line a second until Ctrl-C");

  CLI::App& sample = add("sample", "Print what a running processor writes, as it comes",
                         "penstock processor sample trades -n 10", processor_sample_command);
  name_of_one(sample);
  sample.add_option("-n,--count", options->count, "End after so many documents (default: Ctrl-C)")
      ->check(CLI::Range(uint64_t{1}, uint64_t{1'000'000'000}));

  CLI::App& modify = add("modify", "Change a stopped processor", "penstock processor modify trades trades.json --fresh",
                         processor_modify_command);
  name_of_one(modify);
  modify.add_option("DEFINITION", options->file, "Definition file with the new pipeline and options");
  modify.add_option("--rename", options->rename, "New name");
  modify.add_option("--tier", options->tier, "New tier");
  modify.add_flag("--fresh", options->fresh, "Forget the checkpoint; without it not everything may change");
}

void add_connection(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<ConnectionOptions>();
  CLI::App& parent = *app.add_subcommand("connection", "Create, test, list connections of a server");
  parent.require_subcommand(1);
  parent.footer(
      "Examples:\n"
      "  penstock connection create connections.json\n"
      "  penstock connection test confluent_cloud");
  const auto name_of_one = [&options](CLI::App& command) {
    command.add_option("NAME", options->name, "Name of the connection")->required();
  };
  add_below(parent, options, "list", "All connections of the workspace", "penstock connection list",
            connection_list_command, exit_code, true);
  name_of_one(add_below(parent, options, "get", "One connection, without its secrets",
                        "penstock connection get confluent_cloud", connection_get_command, exit_code, true));
  CLI::App& create = add_below(parent, options, "create", "Create the connections of a file",
                               "penstock connection create connections.json", connection_create_command, exit_code);
  create.add_option("FILE", options->file, "A JSON array of connections, each as the Admin API takes it")->required();
  create.add_flag("--replace", options->replace, "Change those that are there; secrets left out stay");
  name_of_one(add_below(parent, options, "delete", "Delete a connection that no processor uses",
                        "penstock connection delete confluent_cloud", connection_delete_command, exit_code));
  name_of_one(add_below(parent, options, "test", "Try a connection, step by step",
                        "penstock connection test confluent_cloud", connection_test_command, exit_code, true));
}

void add_workspace(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<WorkspaceOptions>();
  CLI::App& parent = *app.add_subcommand("workspace", "Create, list workspaces of a server; how to connect to one");
  parent.require_subcommand(1);
  parent.footer(
      "Examples:\n"
      "  penstock workspace get          the one you are in, and the mongosh line for it\n"
      "  penstock workspace create orders");
  const auto name_of_one = [&options](CLI::App& command) {
    return command.add_option("NAME", options->name, "Name of the workspace");
  };
  add_below(parent, options, "list", "All workspaces", "penstock workspace list", workspace_list_command, exit_code,
            true);
  name_of_one(add_below(parent, options, "get", "One workspace and how to connect to it (default: the one you are in)",
                        "penstock workspace get", workspace_get_command, exit_code, true));
  name_of_one(add_below(parent, options, "create", "Make a workspace", "penstock workspace create orders",
                        workspace_create_command, exit_code, true))
      ->required();
  name_of_one(add_below(parent, options, "delete", "Delete a workspace without processors",
                        "penstock workspace delete orders", workspace_delete_command, exit_code))
      ->required();
}

void add_user(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<UserOptions>();
  CLI::App& parent =
      *app.add_subcommand("user", "Create, list, delete users: in the data folder or through its server");
  parent.require_subcommand(1);
  parent.footer(
      "Examples:\n"
      "  penstock user create ada --role atlasAdmin          asks for her password\n"
      "  penstock user create ada --role atlasAdmin --password-file - <secret");
  const auto add = [&](const char* name, const char* summary, const char* example, int (*run)(const UserOptions&),
                       bool lists) -> CLI::App& {
    CLI::App* command = parent.add_subcommand(name, summary);
    command->footer(std::string("Example: ") + example);
    command->add_option("--data", options->data, "Data folder (default ~/.local/share/penstock)");
    command->add_option("--server", options->server.server,
                        "The server that has it, if one does (default mongodb://127.0.0.1:27027/)");
    command->add_option("--username", options->server.username, "User to log in as there; the password is asked for");
    command->add_option("--login-password-file", options->server.password_file, "File with that user's password");
    command->add_option("--tls-ca", options->server.tls_ca, "TLS to it, trusting the authority in this PEM file");
    if (lists) command->add_option("-o,--output", options->server.output, "table or json (default table)");
    command->callback([options, run, &exit_code] { exit_code = run(*options); });
    return *command;
  };
  add("list", "All users", "penstock user list", user_list_command, true);
  CLI::App& create = add("create", "Create a user; the password is asked for twice",
                         "penstock user create ada --role atlasAdmin", user_create_command, false);
  create.add_option("NAME", options->name, "Name of the user")->required();
  create.add_option("--role", options->roles, "atlasAdmin, readWriteAnyDatabase or readAnyDatabase")
      ->required()
      ->allow_extra_args(false);
  create.add_option("--password-file", options->new_password_file, "File with the new user's password; - is stdin");
  add("delete", "Delete a user", "penstock user delete ada", user_delete_command, false)
      .add_option("NAME", options->name, "Name of the user")
      ->required();
}

void add_cert(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<CertOptions>();
  CLI::App& parent = *app.add_subcommand("cert", "Make certificates for TLS");
  parent.require_subcommand(1);
  parent.footer("Example: penstock cert create --host streams.example.net --host localhost");
  CLI::App* create = parent.add_subcommand("create", "Make a private authority and a certificate of the server");
  create->footer("Example: penstock cert create --host streams.example.net --host localhost");
  create->add_option("--host", options->hosts, "Name or address that clients use; once for each")->required();
  create->add_option("--folder", options->folder, "Where the files go (default penstock-certificates)");
  create->callback([options, &exit_code] { exit_code = cert_create_command(*options); });
}

}  // namespace

void add_server_commands(CLI::App& app, int& exit_code) {
  add_serve(app, exit_code);
  add_processor(app, exit_code);
  add_connection(app, exit_code);
  add_workspace(app, exit_code);
  add_user(app, exit_code);
  add_cert(app, exit_code);
}

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
// processor list|get|create|start|stop|drop|modify: what `sp` does in a shell, without one.
#include <fmt/format.h>

#include <cstdio>
#include <filesystem>

#include "app/definition_file.h"
#include "app/server_commands.h"
#include "base/files.h"
#include "bson/ejson.h"

namespace penstock {
namespace {

constexpr size_t kDefinitionBytesMax = size_t{16} << 20;

Result<DefinitionFile> read_definition(const std::string& file) {
  PS_TRY(const std::string text, SystemFiles().read(file, kDefinitionBytesMax));
  return parse_definition_file(text, file);
}

void print_next(std::string_view verb, const std::string& name) {
  fmt::print(stderr, "next: penstock processor {} {}\n", verb, shell_word(name));
}

Result<void> start(ServerSession& server, const ProcessorOptions& options, const std::string& name) {
  DocumentBuilder command;
  command.append("startStreamProcessor", Value::string(name));
  if (options.fresh) command.append("resumeFromCheckpoint", Value::boolean(false));
  if (!options.tier.empty()) command.append("tier", Value::string(options.tier));
  PS_TRY(server.run(command.finish()));
  fmt::print(stderr, "started {}\n", name);
  print_next("stats", name);
  return {};
}

Result<void> create(ServerSession& server, const ProcessorOptions& options) {
  PS_TRY(const DefinitionFile definition, read_definition(options.file));
  std::string name = options.name.empty() ? definition.name : options.name;
  if (name.empty()) name = std::filesystem::path(options.file).stem().string();
  PS_TRY(server.run(create_processor_request(definition, name)));
  fmt::print(stderr, "created {}\n", name);
  if (options.start) return start(server, options, name);
  print_next("start", name);
  return {};
}

Result<void> list(ServerSession& server) {
  PS_TRY(const OwnedDocument reply, server.run("listStreamProcessors", Value::int32(1)));
  const Value rows = reply.view().get("streamProcessors");
  const Document shown = rows.is_array() ? rows.as_array() : Document();
  constexpr TableColumn kColumns[] = {
      {"NAME", "name"}, {"STATE", "state"}, {"TIER", "tier"}, {"CHANGED", "lastStateChange"}, {"ERROR", "errorMsg"}};
  fmt::print("{}", server.format() == OutputFormat::kJson ? json_rows(shown) : table_text(shown, kColumns));
  if (shown.empty()) fmt::print(stderr, "no processors yet; next: penstock processor create FILE\n");
  return {};
}

Result<void> get(ServerSession& server, const std::string& name) {
  PS_TRY(const OwnedDocument reply, server.run("getStreamProcessor", Value::string(name)));
  const bool json = server.format() == OutputFormat::kJson;
  fmt::print("{}", json ? to_json(reply) + "\n" : fields_text(reply, true));
  return {};
}

Result<void> modify(ServerSession& server, const ProcessorOptions& options) {
  const ModifyFlags flags{options.rename, options.tier, options.fresh};
  if (options.file.empty() && flags.rename.empty() && flags.tier.empty() && !flags.fresh) {
    return Error(ErrorCode::kUsage, "say what to modify: a definition file, --rename, --tier or --fresh");
  }
  OwnedDocument request = modify_processor_request(options.name, flags, nullptr);
  if (!options.file.empty()) {
    PS_TRY(const DefinitionFile definition, read_definition(options.file));
    request = modify_processor_request(options.name, flags, &definition);
  }
  PS_TRY(server.run(request));
  const std::string& name = flags.rename.empty() ? options.name : flags.rename;
  fmt::print(stderr, "modified {}\n", name);
  print_next("start", name);
  return {};
}

Result<void> stop(ServerSession& server, const std::string& name) {
  PS_TRY(server.run("stopStreamProcessor", Value::string(name)));
  fmt::print(stderr, "stopped {}; its state is kept\n", name);
  print_next("start", name);
  return {};
}

Result<void> drop(ServerSession& server, const std::string& name) {
  PS_TRY(server.run("dropStreamProcessor", Value::string(name)));
  fmt::print(stderr, "dropped {} and its state; what it has written stays\n", name);
  return {};
}

}  // namespace

int processor_list_command(const ProcessorOptions& options) { return with_server(options.server, list); }

int processor_get_command(const ProcessorOptions& options) {
  return with_server(options.server, [&](ServerSession& server) { return get(server, options.name); });
}

int processor_create_command(const ProcessorOptions& options) {
  return with_server(options.server, [&](ServerSession& server) { return create(server, options); });
}

int processor_start_command(const ProcessorOptions& options) {
  return with_server(options.server, [&](ServerSession& server) { return start(server, options, options.name); });
}

int processor_stop_command(const ProcessorOptions& options) {
  return with_server(options.server, [&](ServerSession& server) { return stop(server, options.name); });
}

int processor_drop_command(const ProcessorOptions& options) {
  return with_server(options.server, [&](ServerSession& server) { return drop(server, options.name); });
}

int processor_modify_command(const ProcessorOptions& options) {
  return with_server(options.server, [&](ServerSession& server) { return modify(server, options); });
}

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
// What shells and graphical tools ask of a server when they connect (reference control-plane A2). `atlasVersion` is
// not among them: this is no Atlas, and every client takes "no such command" for that answer, as from any mongod.
#include <array>
#include <string>
#include <vector>

#include "api/wire/hello.h"
#include "api/wire/host_facts.h"
#include "bson/ejson.h"

namespace penstock {
namespace {

constexpr std::string_view kMongoMajorMinor = "7.0";
constexpr int64_t kMegabyte = 1 << 20;

void append_strings(DocumentBuilder& to, std::string_view name, std::span<const std::string_view> texts) {
  size_t array = to.begin_array(name);
  char scratch[12];
  for (uint32_t i = 0; i < texts.size(); i++)
    to.append(index_name(i, scratch), Value::string(texts[i]));
  to.end(array);
}

// `version` is what clients decide by; `penstock` is what we are.
Result<OwnedDocument> build_info(const CommandCall&, CommandContext&) {
  DocumentBuilder reply;
  reply.append("version", Value::string(kMongoVersion));
  reply.append("penstock", Value::string(penstock_version()));
  reply.append("gitVersion", Value::string("none"));
  append_strings(reply, "modules", {});
  size_t version = reply.begin_array("versionArray");
  for (std::string_view i : {"0", "1", "2", "3"})
    reply.append(i, Value::int32(i == "0" ? 7 : 0));
  reply.end(version);
  reply.append("bits", Value::int32(64));
  reply.append("debug", Value::boolean(false));
  reply.append("maxBsonObjectSize", Value::int32(kDocumentBytesMax));
  append_strings(reply, "storageEngines", {});
  return OwnedDocument(reply.take());
}

// A line as mongod's log has it: mongosh shows `msg` of it under its greeting.
std::string warning_line(std::string_view text, CommandContext& context) {
  DocumentBuilder line;
  line.append("t", Value::date(context.clock.now()));
  line.append("s", Value::string("W"));
  line.append("c", Value::string("CONTROL"));
  line.append("id", Value::int32(22120));
  line.append("ctx", Value::string("penstock"));
  line.append("msg", Value::string(text));
  return to_json(line.finish());
}

Result<OwnedDocument> get_log(const CommandCall& call, CommandContext& context) {
  Value which = (*call.command.begin()).value;
  DocumentBuilder reply;
  if (which.is_string() && which.as_string() == "*") {
    append_strings(reply, "names", std::array<std::string_view, 1>{"startupWarnings"});
    return OwnedDocument(reply.take());
  }
  if (!which.is_string() || which.as_string() != "startupWarnings") {
    return Error(ErrorCode::kBadValue, "getLog: there is no log {}; there is \"startupWarnings\", and \"*\" lists them",
                 to_text(which));
  }
  std::vector<std::string> lines;
  if (call.session.open) {
    lines.push_back(warning_line(
        "Access control is not enabled: whoever reaches this address may do everything. Make a user to change that.",
        context));
  }
  reply.append("totalLinesWritten", Value::int32(static_cast<int32_t>(lines.size())));
  std::vector<std::string_view> views(lines.begin(), lines.end());
  append_strings(reply, "log", views);
  return OwnedDocument(reply.take());
}

Result<OwnedDocument> get_parameter(const CommandCall& call, CommandContext&) {
  Value first = (*call.command.begin()).value;
  bool all = first.is_string() && first.as_string() == "*";
  DocumentBuilder reply;
  if (all || call.command.has("featureCompatibilityVersion")) {
    size_t version = reply.begin_object("featureCompatibilityVersion");
    reply.append("version", Value::string(kMongoMajorMinor));
    reply.end(version);
  }
  if (all || call.command.has("authenticationMechanisms")) {
    append_strings(reply, "authenticationMechanisms", std::array<std::string_view, 2>{"SCRAM-SHA-256", "MONGODB-X509"});
  }
  if (reply.size() <= 5) return Error(ErrorCode::kInvalidOptions, "no option found to get");
  return OwnedDocument(reply.take());
}

// What was typed at the start stays with the machine: paths, addresses.
Result<OwnedDocument> get_cmd_line_opts(const CommandCall&, CommandContext&) {
  DocumentBuilder reply;
  append_strings(reply, "argv", std::array<std::string_view, 2>{"penstock", "serve"});
  reply.end(reply.begin_object("parsed"));
  return OwnedDocument(reply.take());
}

Result<OwnedDocument> free_monitoring(const CommandCall&, CommandContext&) {
  DocumentBuilder reply;
  reply.append("state", Value::string("disabled"));
  return OwnedDocument(reply.take());
}

Result<OwnedDocument> host_info(const CommandCall&, CommandContext& context) {
  HostFacts facts = host_facts();
  DocumentBuilder reply;
  size_t system = reply.begin_object("system");
  reply.append("currentTime", Value::date(context.clock.now()));
  reply.append("hostname", Value::string(facts.name));
  reply.append("cpuAddrSize", Value::int32(64));
  reply.append("memSizeMB", Value::int64(facts.memory_bytes / kMegabyte));
  reply.append("memLimitMB", Value::int64(facts.memory_bytes / kMegabyte));
  reply.append("numCores", Value::int32(static_cast<int32_t>(facts.cores)));
  reply.append("cpuArch", Value::string(facts.architecture));
  reply.append("numaEnabled", Value::boolean(false));
  reply.end(system);
  size_t os = reply.begin_object("os");
  reply.append("type", Value::string(facts.os));
  reply.append("name", Value::string(facts.os));
  reply.append("version", Value::string(facts.os_version));
  reply.end(os);
  reply.end(reply.begin_object("extra"));
  return OwnedDocument(reply.take());
}

Result<OwnedDocument> server_status(const CommandCall&, CommandContext& context) {
  HostFacts facts = host_facts();
  int64_t uptime_ms = (context.clock.monotonic_ns() - context.server.started_ns) / 1'000'000;
  DocumentBuilder reply;
  reply.append("host", Value::string(facts.name));
  reply.append("version", Value::string(kMongoVersion));
  reply.append("process", Value::string("penstock"));
  reply.append("pid", Value::int64(facts.process_id));
  reply.append("uptime", Value::number(static_cast<double>(uptime_ms / 1000)));
  reply.append("uptimeMillis", Value::int64(uptime_ms));
  reply.append("uptimeEstimate", Value::int64(uptime_ms / 1000));
  reply.append("localTime", Value::date(context.clock.now()));
  size_t connections = reply.begin_object("connections");
  reply.append("current", Value::int64(context.server.connections));
  reply.append("totalCreated", Value::int64(context.server.connections_created));
  reply.end(connections);
  size_t network = reply.begin_object("network");
  reply.append("numRequests", Value::int64(context.server.requests));
  reply.end(network);
  size_t memory = reply.begin_object("mem");
  reply.append("bits", Value::int32(64));
  reply.append("resident", Value::int64(facts.resident_bytes / kMegabyte));
  reply.append("virtual", Value::int64(facts.virtual_bytes / kMegabyte));
  reply.append("supported", Value::boolean(true));
  reply.end(memory);
  reply.append("penstock", Value::string(penstock_version()));
  return OwnedDocument(reply.take());
}

Result<OwnedDocument> list_commands(const CommandCall&, CommandContext&) {
  DocumentBuilder reply;
  size_t commands = reply.begin_object("commands");
  for (const Command* command : all_commands()) {
    if (command->hidden) continue;
    size_t row = reply.begin_object(command->name);
    reply.append("help", Value::string(command->summary));
    reply.append("requiresAuth", Value::boolean(!command->before_login));
    reply.append("secondaryOk", Value::boolean(true));
    reply.append("adminOnly", Value::boolean(false));
    append_strings(reply, "apiVersions", {});
    append_strings(reply, "deprecatedApiVersions", {});
    reply.end(row);
  }
  reply.end(commands);
  return OwnedDocument(reply.take());
}

constexpr Command kCommands[] = {
    {.name = "buildInfo", .summary = "Versions and limits.", .before_login = true, .run = build_info},
    {.name = "buildinfo", .summary = "Versions and limits.", .before_login = true, .hidden = true, .run = build_info},
    {.name = "getCmdLineOpts", .summary = "How the server was started.", .run = get_cmd_line_opts},
    {.name = "getFreeMonitoringStatus", .summary = "That there is no monitoring by a vendor.", .run = free_monitoring},
    {.name = "getLog", .summary = "Warnings of the start.", .run = get_log},
    {.name = "getParameter", .summary = "Parameters of the server.", .action = "getParameter", .run = get_parameter},
    {.name = "hostInfo", .summary = "The machine.", .action = "hostInfo", .run = host_info},
    {.name = "listCommands", .summary = "All commands.", .run = list_commands},
    {.name = "serverStatus", .summary = "Connections, memory, uptime.", .action = "serverStatus", .run = server_status},
};

}  // namespace

std::string_view penstock_version() { return PENSTOCK_VERSION; }

std::span<const Command> server_commands() { return kCommands; }

}  // namespace penstock

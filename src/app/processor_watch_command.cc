// SPDX-License-Identifier: Apache-2.0
// processor stats|sample: looking at one that runs.
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "app/server_commands.h"
#include "app/signals.h"
#include "app/terminal.h"
#include "bson/ejson.h"

namespace penstock {
namespace {

constexpr Duration kWatchPeriod{1000};
constexpr Duration kSamplePause{200};  // After an empty answer.

Result<OwnedDocument> ask_stats(ServerSession& server, const ProcessorOptions& options) {
  DocumentBuilder command;
  command.append("getStreamProcessorStats", Value::string(options.name));
  const size_t inner = command.begin_object("options");
  command.append("verbose", Value::boolean(options.verbose));
  command.end(inner);
  return server.run(command.finish());
}

Document inner(Document reply, std::string_view field) {
  const Value value = reply.get(field);
  return value.is_object() || value.is_array() ? value.as_container() : Document();
}

void print_stats(Document reply) {
  const Document stats = inner(reply, "stats");
  fmt::print("{}", fields_text(reply, false));
  fmt::print("{}", fields_text(stats, false));
  constexpr TableColumn kPartitions[] = {{"TOPIC", "topic"},
                                         {"PARTITION", "partition"},
                                         {"OFFSET", "currentOffset"},
                                         {"CHECKPOINT", "checkpointOffset"},
                                         {"LAG", "partitionOffsetLag"},
                                         {"IDLE", "isIdle"}};
  constexpr TableColumn kOperators[] = {{"OPERATOR", "name"},
                                        {"IN", "inputMessageCount"},
                                        {"OUT", "outputMessageCount"},
                                        {"DLQ", "dlqMessageCount"},
                                        {"STATE", "stateSize"}};
  if (stats.has("kafkaPartitions")) fmt::print("\n{}", table_text(inner(stats, "kafkaPartitions"), kPartitions));
  if (stats.has("operatorStats")) fmt::print("\n{}", table_text(inner(stats, "operatorStats"), kOperators));
}

Result<void> stats_once(ServerSession& server, const ProcessorOptions& options) {
  PS_TRY(const OwnedDocument reply, ask_stats(server, options));
  if (server.format() == OutputFormat::kJson) {
    fmt::print("{}\n", to_json(reply));
  } else {
    print_stats(reply);
  }
  return {};
}

// A line each second until a signal.
Result<void> watch_stats(ServerSession& server, const ProcessorOptions& options, StopSignals& signals) {
  do {
    PS_TRY(const OwnedDocument reply, ask_stats(server, options));
    const Document stats = inner(reply, "stats");
    const auto cell = [&stats](std::string_view field) { return cell_text(stats.get(field)); };
    if (server.format() == OutputFormat::kJson) {
      fmt::print("{}\n", to_json(reply));
    } else {
      fmt::print("{}  in {}  out {}  dlq {}  state {}  lag {}  watermark {}\n", cell_text(reply.view().get("state")),
                 cell("inputMessageCount"), cell("outputMessageCount"), cell("dlqMessageCount"), cell("stateSize"),
                 cell("kafkaTotalOffsetLag"), cell("watermark"));
    }
    std::fflush(stdout);
  } while (!signals.wait(kWatchPeriod));
  return {};
}

bool is_zero(const Value& cursor) {
  return (cursor.type() == Type::kInt || cursor.type() == Type::kLong) && cursor.as_integer() == 0;
}

Result<OwnedDocument> more(ServerSession& server, const std::string& name, const Value& cursor) {
  DocumentBuilder command;
  command.append("getMoreSampleStreamProcessor", Value::string(name));
  command.append("cursorId", cursor);
  return server.run(command.finish());
}

// Documents as they come, a line each (reference A6).
Result<void> sample(ServerSession& server, const ProcessorOptions& options, StopSignals& signals) {
  DocumentBuilder command;
  command.append("startSampleStreamProcessor", Value::string(options.name));
  if (options.count > 0) command.append("limit", Value::int32(static_cast<int32_t>(options.count)));
  PS_TRY(OwnedDocument reply, server.run(command.finish()));
  if (is_terminal(STDERR_FILENO)) fmt::print(stderr, "waiting for documents of {}; Ctrl-C ends\n", options.name);
  uint64_t printed = 0;
  while (!is_zero(reply.view().get("cursorId"))) {
    PS_TRY(OwnedDocument next, more(server, options.name, reply.view().get("cursorId")));
    const Document messages = inner(next, "messages");
    for (const Element& message : messages) {
      if (options.count > 0 && printed == options.count) return {};
      fmt::print("{}\n", to_json(message.value));
      ++printed;
    }
    std::fflush(stdout);
    if (signals.wait(messages.empty() ? kSamplePause : Duration{0})) return {};
    if (options.count > 0 && printed == options.count) return {};
    reply = std::move(next);
  }
  return {};
}

}  // namespace

int processor_stats_command(const ProcessorOptions& options) {
  if (!options.watch) {
    return with_server(options.server, [&](ServerSession& server) { return stats_once(server, options); });
  }
  StopSignals signals;
  return with_server(options.server, [&](ServerSession& server) { return watch_stats(server, options, signals); });
}

int processor_sample_command(const ProcessorOptions& options) {
  StopSignals signals;
  return with_server(options.server, [&](ServerSession& server) { return sample(server, options, signals); });
}

}  // namespace penstock

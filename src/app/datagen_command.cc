// SPDX-License-Identifier: Apache-2.0
// datagen: fills a topic with generated trades.
#include "connectors/kafka/datagen.h"

#include <fmt/format.h>

#include <cstdio>

#include "app/commands.h"
#include "app/exit_codes.h"
#include "app/inputs.h"
#include "app/report.h"
#include "app/signals.h"
#include "app/terminal.h"
#include "base/did_you_mean.h"

namespace penstock {
namespace {

Result<const Connection*> find_connection(const ConnectionRegistry& registry, const std::string& name) {
  const Connection* connection = registry.find(name);
  if (connection == nullptr) {
    std::vector<std::string_view> names;
    for (const Connection& known : registry.all())
      names.push_back(known.name);
    return Error(ErrorCode::kInvalidDefinition, "there is no connection named \"{}\".{}", name,
                 did_you_mean(name, names));
  }
  if (connection->type != "Kafka") {
    return Error(ErrorCode::kInvalidDefinition, "connection \"{}\" has the type {}; datagen writes to Kafka", name,
                 connection->type);
  }
  return connection;
}

Result<DatagenOptions> parse_options(const DatagenCommandOptions& options) {
  DatagenOptions datagen;
  datagen.topic = options.topic;
  if (options.rate) datagen.rate = static_cast<double>(*options.rate);
  if (options.rate && *options.rate == 0) return Error(ErrorCode::kUsage, "--rate must be at least 1");
  datagen.count = options.count;
  datagen.seed = options.seed;
  datagen.step_ms = options.step_ms;
  datagen.symbols = options.symbols;
  datagen.partitions = options.partitions;
  if (options.partitions < 1) return Error(ErrorCode::kUsage, "--partitions must be at least 1");
  if (!options.start.empty()) {
    PS_TRY(datagen.start, parse_time(options.start));
  }
  return datagen;
}

Result<void> generate(const DatagenCommandOptions& options, StopSignals& signals, Logger& log) {
  PS_TRY(const DatagenOptions datagen, parse_options(options));
  PS_TRY(const ConnectionRegistry registry, load_connections(options.connections));
  PS_TRY(const Connection* connection, find_connection(registry, options.connection));
  const SystemClock clock;
  StatusLine status;
  const auto on_progress = [&](const DatagenProgress& progress) {
    status.show(fmt::format(
        "{} records  {}/s", with_commas(progress.records),
        with_commas(static_cast<uint64_t>(static_cast<double>(progress.records) / std::max(progress.seconds, 0.001)))));
    return !signals.wait(Duration{0});
  };
  PS_TRY(const DatagenReport report, run_datagen(*connection, datagen, clock, log, on_progress));
  status.clear();
  const Usage usage = usage_of_process(report.seconds);
  fmt::print(
      stderr, "{} trades delivered to {} ({} partitions{}) in {:.1f} s, {}/s, {} per CPU-second\n",
      with_commas(report.records), options.topic, report.partitions, report.topic_created ? ", topic created" : "",
      report.seconds,
      with_commas(static_cast<uint64_t>(static_cast<double>(report.records) / std::max(report.seconds, 0.001))),
      with_commas(static_cast<uint64_t>(static_cast<double>(report.records) / std::max(usage.cpu_seconds, 0.001))));
  if (report.retention_unknown) {
    log.warning("the topic was there before: its retention may delete records with old timestamps");
  }
  return {};
}

}  // namespace

int datagen_command(const DatagenCommandOptions& options) {
  StopSignals signals;
  const auto log = make_stderr_logger(LogLevel::kInfo);
  const auto done = generate(options, signals, *log);
  return done.ok() ? static_cast<int>(kExitOk) : report_error(done.error());
}

}  // namespace penstock

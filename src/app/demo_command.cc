// SPDX-License-Identifier: Apache-2.0
// demo: broker, generator, the unchanged definition and a store in one process. The windows keep their 30 seconds; only
// the clock of generator and engine runs faster.
#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <filesystem>
#include <thread>

#include "app/commands.h"
#include "app/demo_table.h"
#include "app/exit_codes.h"
#include "app/inputs.h"
#include "app/signals.h"
#include "app/stock_trades.h"
#include "app/terminal.h"
#include "connectors/kafka/datagen.h"
#include "connectors/kafka/mock_broker.h"
#include "control/local_run.h"

namespace penstock {
namespace {

constexpr double kTradesPerSecond = 300;
constexpr int kPartitions = 6;
constexpr uint64_t kWindowsWithoutTerminal = 3;

// The two connections that the definition names: the broker of this process, and a cluster without a URI.
Result<ConnectionRegistry> demo_connections(const std::string& bootstrap) {
  PS_TRY(const ParsedJson parsed, parse_ejson(fmt::format(R"([
    {{"name": "confluent_cloud", "type": "Kafka", "bootstrapServers": "{}", "security": {{"protocol": "PLAINTEXT"}}}},
    {{"name": "stock trade sample data collection", "type": "Cluster", "clusterName": "demo"}}])",
                                                          bootstrap)));
  return ConnectionRegistry::parse(Value::array(parsed.document.view()));
}

// Writes trades in a thread of its own until stopped.
class Generator {
 public:
  Generator(const Connection& connection, std::string topic, const Clock& clock, Logger& log)
      : thread_([this, &connection, topic = std::move(topic), &clock, &log] {
          DatagenOptions options;
          options.topic = topic;
          options.rate = kTradesPerSecond;
          const auto done =
              run_datagen(connection, options, clock, log, [this](const DatagenProgress&) { return !stop_.load(); });
          if (!done.ok()) log.error("the generator ended: {}", done.error().message());
        }) {}
  ~Generator() {
    stop_ = true;
    thread_.join();
  }

 private:
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

void wait_for_end(LocalRun& run, const DemoProgress& progress, uint64_t windows, StopSignals& signals) {
  while (!run.snapshot().finished) {
    const bool enough = windows > 0 && progress.windows.load() >= windows;
    if (signals.wait(Duration{50}) || enough) {
      run.request_stop();
      return;
    }
  }
}

void print_next_steps(const std::string& data) {
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe");
  fmt::print(
      "\nThe results stay in {}. What to type next:\n"
      "  {} find confluent_cloud.stock_prices --data {} --sort '{{windowStart: -1}}' --limit 5\n",
      data, program.string(), data);
  // build/release/penstock of a checkout: the definition lies three folders up.
  const auto definition =
      program.parent_path().parent_path().parent_path() / "examples/stock-trades/stock_trade_window_processor.json";
  if (std::filesystem::exists(definition)) fmt::print("  {} explain {}\n", program.string(), definition.string());
  fmt::print("For your own Kafka and MongoDB see \"The stock-trade job on your own systems\" in README.md.\n");
}

Result<void> run_demo(const DemoOptions& options, StopSignals& signals, Logger& log) {
  const SystemClock real;
  const ScaledClock clock(real, options.speed);
  SystemRandom random;
  PS_TRY(const Definition definition, parse_definition(stock_trade_definition(), "demo"));
  PS_TRY(const std::unique_ptr<MockBroker> broker, MockBroker::start());
  PS_TRY(const ConnectionRegistry connections, demo_connections(broker->bootstrap()));
  Planned planned = plan_definition(definition, &connections, connector_catalog());
  PS_CHECK(planned.plan != nullptr, planned.problems.empty() ? "" : planned.problems.front().message);
  PS_TRY(broker->create_topic(planned.plan->source.topics.front(), kPartitions));

  LocalRunOptions run_options;
  run_options.data_folder = default_data_folder() + "/demo";
  run_options.recovery.fresh = true;
  std::error_code ignored;
  std::filesystem::remove_all(run_options.data_folder + "/store", ignored);  // Each demo begins empty.
  const std::string data = run_options.data_folder;
  DemoProgress progress;
  run_options.wrap_sink = [&progress](std::unique_ptr<Sink> sink) {
    return make_demo_table(std::move(sink), progress);
  };
  PS_TRY(const std::unique_ptr<LocalRun> run, LocalRun::open(*planned.plan, run_options, clock, random, log));

  const bool terminal = is_terminal(STDOUT_FILENO);
  const uint64_t windows = options.windows > 0 || terminal ? options.windows : kWindowsWithoutTerminal;
  fmt::print(
      "Penstock demo: the stock-trade definition, unchanged, on a broker and a store inside this process.\n"
      "The windows are 30 seconds long; the clock of generator and engine runs {:g} times faster, so one closes every "
      "{:.0f} seconds.\n{}",
      options.speed, 30 / options.speed, windows == 0 ? "Ctrl-C ends it.\n" : "");
  std::fflush(stdout);
  run->start();
  {
    const Generator generator(*connections.find(planned.plan->source.connection_name),
                              planned.plan->source.topics.front(), clock, log);
    wait_for_end(*run, progress, windows, signals);
  }
  PS_TRY(run->join());
  print_next_steps(data);
  return {};
}

}  // namespace

int demo_command(const DemoOptions& options) {
  StopSignals signals;
  const auto log = make_stderr_logger(LogLevel::kWarning);
  const auto done = run_demo(options, signals, *log);
  return done.ok() ? static_cast<int>(kExitOk) : report_error(done.error());
}

}  // namespace penstock

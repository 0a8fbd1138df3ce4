// SPDX-License-Identifier: Apache-2.0
// demo: broker, generator and a whole server in one process, running the unchanged definition. The windows keep their
// 30 seconds; only the clock of generator and server runs faster. A shell in another terminal sees the processor and
// its results, as with `penstock serve`.
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
#include "app/server.h"
#include "app/signals.h"
#include "app/start_message.h"
#include "app/stock_trades.h"
#include "app/terminal.h"
#include "base/files.h"
#include "base/write_lock.h"
#include "connectors/kafka/datagen.h"
#include "connectors/kafka/mock_broker.h"
#include "control/connectors.h"

namespace penstock {
namespace {

constexpr double kTradesPerSecond = 300;
constexpr int kPartitions = 6;
constexpr uint64_t kWindowsWithoutTerminal = 3;
constexpr Duration kPollPeriod{100};
constexpr Duration kTendPeriod{2000};
constexpr size_t kDocumentsMax = 1000;
constexpr std::string_view kNobody = "demo";

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

// Each demo begins empty, unless another one is running in there.
Result<void> empty_folder(const std::string& folder) {
  PS_TRY(SystemFiles().make_folders(folder));
  PS_TRY(const WriteLock lock, WriteLock::acquire(folder, fmt::format("the data folder {}", folder)));
  for (const char* part : {"catalog", "store", "processors"}) {
    std::error_code failed;
    std::filesystem::remove_all(std::filesystem::path(folder) / part, failed);
    if (failed) return Error(ErrorCode::kDisk, "cannot empty {}/{}: {}", folder, part, failed.message());
  }
  return {};
}

// The usual ports, or free ones when a server has those.
Result<std::unique_ptr<Server>> start_server(Settings& settings, Control& control, const Clock& clock, Random& random,
                                             Logger& log) {
  auto server = Server::start(settings, control, clock, random, log);
  if (server.ok() || server.error().code() != ErrorCode::kPeerUnreachable) return server;
  settings.wire.port = 0;
  settings.http.port = 0;
  return Server::start(settings, control, clock, random, log);
}

struct Demo {
  const DemoOptions& options;
  StopSignals& signals;
  Logger& log;
  const ScaledClock& clock;
  Control& control;
  Server& server;
  const std::string& workspace;
  std::string processor;
};

// A new look at the results; an error that says why the processor does not run, if it does not.
Result<std::shared_ptr<SampleTap>> open_tap(const Demo& demo) {
  PS_TRY(const ProcessorView view, demo.control.processors().get(demo.workspace, demo.processor));
  if (view.state == ProcessorState::kFailed) return Error::of(ErrorCode::kInternalError, view.record.trouble.message);
  return demo.control.processors().sample(demo.workspace, demo.processor);
}

// Prints windows as they close, until there were enough or a signal came.
Result<void> show_windows(const Demo& demo, uint64_t windows) {
  PS_TRY(std::shared_ptr<SampleTap> tap, open_tap(demo));
  DemoTable table;
  int64_t tended_ns = demo.clock.monotonic_ns();
  while (!demo.signals.wait(kPollPeriod)) {
    const int64_t now_ns = demo.clock.monotonic_ns();
    std::vector<OwnedDocument> documents = tap->take(kDocumentsMax);
    if (documents.empty()) table.pause();
    table.add(std::move(documents));
    fmt::print("{}", table.take());
    std::fflush(stdout);
    if (windows > 0 && table.windows() >= windows) return {};
    if (tap->ended()) {  // After 40 MB, or because somebody has stopped the processor from another terminal.
      PS_TRY(tap, open_tap(demo));
    }
    if (now_ns - tended_ns < kTendPeriod.ms * 1'000'000) continue;
    demo.server.tend();
    tended_ns = now_ns;
  }
  return {};
}

void print_head(const Demo& demo, const Settings& settings, uint64_t windows) {
  const StartFacts facts{.wire_port = demo.server.wire_port()};
  fmt::print(
      "Penstock demo: the stock-trade definition, unchanged, on a broker and a server inside this process.\n"
      "The windows are 30 seconds long; the clock runs {:g} times faster, so one closes every {:.0f} seconds.\n"
      "Look at it from another terminal:\n"
      "  {}\n"
      "  sp.listStreamProcessors()\n"
      "  sp[\"{}\"].stats()\n"
      "  use confluent_cloud\n"
      "  db.stock_prices.find().sort({{windowStart: -1}}).limit(5)\n{}",
      demo.options.speed, 30 / demo.options.speed, connect_line(connect_target(settings, facts)), demo.processor,
      windows == 0 ? "Ctrl-C ends it.\n" : "");
  std::fflush(stdout);
}

void print_next_steps(const std::string& data) {
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe");
  fmt::print(
      "\nThe results stay in {}. What to type next:\n"
      "  {} find confluent_cloud.stock_prices --data {} --sort '{{windowStart: -1}}' --limit 5\n"
      "  {} serve\n"
      "For your own Kafka and MongoDB see \"The stock-trade job on your own systems\" in README.md.\n",
      data, program.string(), data, program.string());
}

// What a person would do in a shell: connections, create, start.
Result<std::string> start_processor(Control& control, const std::string& workspace,
                                    const ConnectionRegistry& connections) {
  PS_TRY(const Definition definition, parse_definition(stock_trade_definition(), "demo"));
  PS_TRY(control.connections().add_all(workspace, connections));
  NewProcessor processor;
  processor.name = definition.name;
  processor.pipeline = definition.pipeline;
  const Value options = definition.text.document.view().get("options");
  if (options.is_object()) processor.options = OwnedDocument(options.as_object());
  PS_TRY(control.processors().create(workspace, processor, kNobody));
  PS_TRY(control.processors().start(workspace, processor.name, {}, kNobody));
  return processor.name;
}

Result<std::string> topic_of_definition(const ConnectionRegistry& connections) {
  PS_TRY(const Definition definition, parse_definition(stock_trade_definition(), "demo"));
  const Planned planned = plan_definition(definition, &connections, connector_catalog());
  PS_CHECK(planned.plan != nullptr, planned.problems.empty() ? "" : planned.problems.front().message);
  return std::get<KafkaSourceSpec>(planned.plan->source).topics.front();
}

Result<void> run_demo(const DemoOptions& options, StopSignals& signals, Logger& log) {
  const SystemClock real;
  const ScaledClock clock(real, options.speed);
  SystemRandom random;
  PS_TRY(const std::unique_ptr<MockBroker> broker, MockBroker::start());
  PS_TRY(const ConnectionRegistry connections, demo_connections(broker->bootstrap()));
  PS_TRY(const std::string topic, topic_of_definition(connections));
  PS_TRY(broker->create_topic(topic, kPartitions));

  Settings settings;
  settings.data_folder = default_data_folder() + "/demo";
  PS_TRY(empty_folder(settings.data_folder));
  ControlOptions control_options;
  control_options.data_folder = settings.data_folder;
  PS_TRY(const std::unique_ptr<Control> control, Control::open(control_options, clock, random, log));
  PS_TRY(std::unique_ptr<Server> server, start_server(settings, *control, clock, random, log));
  PS_TRY(std::string processor, start_processor(*control, settings.workspace, connections));
  const Demo demo{options, signals, log, clock, *control, *server, settings.workspace, std::move(processor)};

  const bool terminal = is_terminal(STDOUT_FILENO);
  const uint64_t windows = options.windows > 0 || terminal ? options.windows : kWindowsWithoutTerminal;
  print_head(demo, settings, windows);
  {
    const Generator generator(*connections.find("confluent_cloud"), topic, clock, log);
    PS_TRY(show_windows(demo, windows));
  }
  server.reset();
  PS_TRY(control->processors().stop(settings.workspace, demo.processor, kNobody));
  print_next_steps(settings.data_folder);
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

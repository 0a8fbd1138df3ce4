// SPDX-License-Identifier: Apache-2.0
// serve: keeps processors running until SIGTERM or Ctrl-C.
#include <fmt/format.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <utility>

#include "app/exit_codes.h"
#include "app/inputs.h"
#include "app/listen_policy.h"
#include "app/server.h"
#include "app/server_commands.h"
#include "app/signals.h"
#include "base/files.h"

#ifndef PENSTOCK_VERSION
#define PENSTOCK_VERSION "0.0.0"
#endif

namespace penstock {
namespace {

constexpr size_t kConfigBytesMax = size_t{1} << 20;
constexpr Duration kTendPeriod{2000};
constexpr int kExitImpatient = 130;

std::vector<EnvironmentVariable> environment() {
  std::vector<EnvironmentVariable> variables;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const size_t equals = text.find('=');
    if (equals != std::string_view::npos) variables.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return variables;
}

Result<Settings> read_settings(const ServeOptions& options) {
  std::vector<GivenSetting> given;
  if (!options.config.empty()) {
    PS_TRY(const std::string text, SystemFiles().read(options.config, kConfigBytesMax));
    PS_TRY(given, settings_of_file(text, options.config));
  }
  for (GivenSetting& variable : settings_of_environment(environment()))
    given.push_back(std::move(variable));
  given.insert(given.end(), options.flags.begin(), options.flags.end());
  return make_settings(given);
}

std::string machine_name() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 && name[0] != 0 ? name : "localhost";
}

Result<void> add_connections(const Settings& settings, Control& control) {
  if (settings.connections_file.empty()) return {};
  PS_TRY(const ConnectionRegistry connections, load_connections(settings.connections_file));
  auto added = control.connections().add_all(settings.workspace, connections);
  if (added.ok()) return {};
  const Error& error = added.error();
  return Error(error.code(), "{}: {}{}{}", settings.connections_file, error.path(), error.path().empty() ? "" : ": ",
               error.message());
}

Result<size_t> count_started(Control& control) {
  size_t started = 0;
  PS_TRY(const std::vector<WorkspaceRecord> workspaces, control.workspaces().list());
  for (const WorkspaceRecord& workspace : workspaces) {
    PS_TRY(const std::vector<ProcessorView> processors, control.processors().list(workspace.name));
    for (const ProcessorView& processor : processors)
      started += processor.record.state == ProcessorState::kStarted ? 1 : 0;
  }
  return started;
}

ControlOptions control_options(const Settings& settings) {
  ControlOptions options;
  options.data_folder = settings.data_folder;
  options.default_workspace = settings.workspace;
  options.memory_bytes = settings.memory_bytes;
  options.checkpoint_period = settings.checkpoint_period;
  return options;
}

Result<void> check_settings(const Settings& settings) {
  if (!settings.tls_ca_file.empty() && settings.tls_cert_file.empty()) {
    return Error(ErrorCode::kBadValue, "--tls-ca goes with --tls-cert FILE, the server's certificate and key");
  }
  if (!settings.clusters.empty()) {
    return Error(ErrorCode::kBadValue,
                 "[clusters] is not supported yet: put the uri into the connection, {{type: \"Cluster\", clusterName: "
                 "\"{}\", uri: \"mongodb://...\"}}",
                 settings.clusters.begin()->first);
  }
  return {};
}

// While it lives a signal ends the process at once: the second Ctrl-C of somebody who does not want to wait.
class ImpatientEnd {
 public:
  explicit ImpatientEnd(StopSignals& signals)
      : thread_([this, &signals] {
          while (!over_.load()) {
            if (signals.wait(Duration{50})) std::_Exit(kExitImpatient);
          }
        }) {}
  ~ImpatientEnd() {
    over_ = true;
    thread_.join();
  }
  ImpatientEnd(const ImpatientEnd&) = delete;
  ImpatientEnd& operator=(const ImpatientEnd&) = delete;

 private:
  std::atomic<bool> over_{false};
  std::thread thread_;
};

Result<void> serve(const Settings& settings, StopSignals& signals, Logger& log) {
  const SystemClock clock;
  SystemRandom random;
  PS_TRY(check_settings(settings));
  // No core dump and no debugger of another process of the same user sees a secret (security S43).
  static_cast<void>(::prctl(PR_SET_DUMPABLE, 0));
  PS_TRY(std::unique_ptr<Control> control, Control::open(control_options(settings), clock, random, log));
  StartFacts facts{.version = PENSTOCK_VERSION};
  PS_TRY(facts.username, admin_name(*control));
  PS_TRY(const std::string warning, check_listeners(settings, !facts.username.empty()));
  if (!warning.empty()) log.warning("{}", warning);
  PS_TRY(add_connections(settings, *control));
  PS_TRY(facts.processors_resumed, count_started(*control));
  control->resume_processors();
  PS_TRY(std::unique_ptr<Server> server, Server::start(settings, *control, clock, random, log));
  facts.machine_name = machine_name();
  facts.wire_port = server->wire_port();
  facts.http_port = server->http_port();
  fmt::print(stderr, "{}Ctrl-C ends it; processors that run are taken up again at the next start.\n",
             start_message(settings, facts));
  while (!signals.wait(kTendPeriod))
    server->tend();
  log.info("stopping: answering what is under way, then a last checkpoint of each processor (again to stop at once)");
  const ImpatientEnd impatient(signals);
  server.reset();
  control.reset();
  return {};
}

}  // namespace

int serve_command(const ServeOptions& options) {
  StopSignals signals;
  const auto settings = read_settings(options);
  if (!settings.ok()) return report_error(settings.error());
  const auto log = make_stderr_logger(settings->log_level);
  const auto served = serve(*settings, signals, *log);
  return served.ok() ? static_cast<int>(kExitOk) : report_error(served.error());
}

}  // namespace penstock

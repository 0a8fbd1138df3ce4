// SPDX-License-Identifier: Apache-2.0
// run: one processor in this process, until it ends, is stopped, or fails.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "app/commands.h"
#include "app/exit_codes.h"
#include "app/inputs.h"
#include "app/report.h"
#include "app/signals.h"
#include "app/terminal.h"
#include "base/did_you_mean.h"
#include "base/files.h"
#include "control/local_run.h"

namespace penstock {
namespace {

Result<RecoveryChoices> parse_choices(const RunOptions& options) {
  RecoveryChoices choices;
  choices.fresh = options.fresh;
  struct Choice {
    std::string_view name;
    bool& chosen;
  };
  const Choice all[] = {{"lost-records", choices.losses.lost_records},
                        {"new-topic", choices.losses.new_topic},
                        {"missing-partitions", choices.losses.missing_partitions},
                        {"sink-marker", choices.sink_marker},
                        {"local-state", choices.local_state}};
  std::vector<std::string_view> names;
  for (const Choice& choice : all)
    names.push_back(choice.name);
  for (const std::string& word : options.accept) {
    const auto known = std::find_if(std::begin(all), std::end(all), [&](const Choice& c) { return c.name == word; });
    if (known == std::end(all)) {
      return Error(ErrorCode::kUsage, "--accept takes {}, not \"{}\".{}", fmt::join(names, ", "), word,
                   did_you_mean(word, names));
    }
    known->chosen = true;
  }
  return choices;
}

// What becomes of the windows that a stop leaves open.
void tell_about_open_windows(const ProcessorSnapshot& end, bool keep_state, Logger& log) {
  if (end.open_windows == 0) return;
  const std::string_view were = end.open_windows == 1 ? "window is" : "windows are";
  if (keep_state) {
    log.info("{} open {} kept: the same command goes on with them", end.open_windows, were);
  } else {
    log.warning("{} open {} lost: no state is kept (--checkpoint-every off)", end.open_windows, were);
  }
}

Result<LocalRunOptions> parse_options(const RunOptions& options) {
  LocalRunOptions run;
  if (options.clock != "wall" && options.clock != "record") {
    return Error(ErrorCode::kUsage, "--clock takes wall or record, not \"{}\"", options.clock);
  }
  run.clock = options.clock == "record" ? ClockMode::kRecord : ClockMode::kWall;
  if (run.clock == ClockMode::kRecord && !options.until_end) {
    return Error(ErrorCode::kUsage,
                 "--clock record needs --until-end: it replays what is there, it cannot wait for more");
  }
  PS_TRY(run.start, parse_start(options.from));
  const bool replays = options.until_end;
  if (options.from.empty() && replays) run.start.kind = StartPosition::Kind::kBeginning;
  PS_TRY(run.memory_bytes, parse_size(options.memory));
  run.until_end = options.until_end;
  run.lanes = options.parallelism;
  run.data_folder = options.data.empty() ? default_data_folder() : options.data;
  run.keep_state = options.checkpoint_every != "off";
  if (run.keep_state) {
    PS_TRY(run.checkpoint_period, parse_span(options.checkpoint_every));
  }
  PS_TRY(run.recovery, parse_choices(options));
  return run;
}

// Shows progress until the run ends; the first signal asks it to stop, the second does not wait.
void watch(LocalRun& run, StopSignals& signals, StatusLine& status, const Clock& clock) {
  ProcessorSnapshot before;
  int64_t before_ns = clock.monotonic_ns();
  bool stopping = false;
  while (true) {
    ProcessorSnapshot now = run.snapshot();
    if (now.finished) return;
    const int64_t now_ns = clock.monotonic_ns();
    if (now_ns - before_ns >= 500'000'000) {
      status.show(progress_text(now, before, static_cast<double>(now_ns - before_ns) / 1e9));
      before = std::move(now);
      before_ns = now_ns;
    }
    if (!signals.wait(Duration{20})) continue;
    if (std::exchange(stopping, true)) std::_Exit(130);
    status.clear();
    fmt::print(stderr, "stopping: delivering what is closed (again to stop at once)\n");
    run.request_stop();
  }
}

void print_summary(const ProcessorSnapshot& end, const Usage& usage) {
  fmt::print(
      stderr, "{} records in {:.1f} s ({}/s), {} documents out of {} windows, {} dead letters\n",
      with_commas(end.in.records), usage.seconds,
      with_commas(usage.seconds > 0 ? static_cast<uint64_t>(static_cast<double>(end.in.records) / usage.seconds) : 0),
      with_commas(end.documents_out), with_commas(end.windows_closed), with_commas(end.in.dead_letters));
}

Result<void> run_job(const RunOptions& options, const LoadedJob& job, StopSignals& signals, Logger& log) {
  const SystemClock clock;
  SystemRandom random;
  PS_TRY(LocalRunOptions run_options, parse_options(options));
  const bool keeps_state = run_options.keep_state;
  PS_TRY(const std::unique_ptr<LocalRun> run, LocalRun::open(*job.plan, std::move(run_options), clock, random, log));
  log.info("{}", run->describe());
  if (run->resumed() && !options.from.empty()) {
    log.info("--from {} has no part in it: the state of the processor says where to go on (--fresh begins anew)",
             options.from);
  }
  const int64_t start_ns = clock.monotonic_ns();
  StatusLine status;
  run->start();
  watch(*run, signals, status, clock);
  auto outcome = run->join();
  status.clear();
  const ProcessorSnapshot end = run->snapshot();
  const Usage usage = usage_of_process(static_cast<double>(clock.monotonic_ns() - start_ns) / 1e9);
  if (!options.report.empty()) {
    SystemFiles files;
    PS_TRY(files.write_atomically(options.report, report_json(job.plan->processor.name, end, usage) + "\n"));
  }
  if (!outcome.ok()) return outcome;
  print_summary(end, usage);
  if (!options.until_end) tell_about_open_windows(end, keeps_state, log);
  return {};
}

}  // namespace

int run_command(const RunOptions& options) {
  StopSignals signals;
  const auto log = make_stderr_logger(LogLevel::kInfo);
  auto checked = parse_options(options);
  if (!checked.ok()) return report_error(checked.error());
  int exit_code = kExitOk;
  const auto job = load_job(options.definition, options.connections, exit_code);
  if (job == nullptr) return exit_code;
  const auto ran = run_job(options, *job, signals, *log);
  return ran.ok() ? static_cast<int>(kExitOk) : report_error(ran.error());
}

}  // namespace penstock

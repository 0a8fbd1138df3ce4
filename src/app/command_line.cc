// SPDX-License-Identifier: Apache-2.0
// The command line: names, options, help. CLI11 lives in this file and in server_command_line.cc.
#include "app/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <span>

#include "app/commands.h"
#include "app/exit_codes.h"
#include "base/did_you_mean.h"

#ifndef PENSTOCK_VERSION
#define PENSTOCK_VERSION "0.0.0"
#endif

namespace penstock {
namespace {

void add_run(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<RunOptions>();
  CLI::App* run = app.add_subcommand("run", "Run a processor in this process");
  run->footer("Example: penstock run processor.json --connections connections.json --until-end --report report.json");
  run->add_option("DEFINITION", options->definition, "Definition file: {name, pipeline, options} or a pipeline array")
      ->required();
  run->add_option("--connections", options->connections, "Connections file: an array as the Admin API takes it")
      ->required();
  run->add_option("--data", options->data, "Data folder (default ~/.local/share/penstock)");
  run->add_option("--from", options->from, "Where to start: beginning, end or a time (default: auto_offset_reset)");
  run->add_flag("--until-end", options->until_end, "Read to what was the end at the start, close all windows, exit");
  run->add_option("--clock", options->clock, "Clock of processing-time windows: wall or record (default wall)");
  run->add_option("--parallelism", options->parallelism, "Lanes (default: as many as partitions, at most the cores)");
  run->add_option("--memory", options->memory, "Most memory for state and queues (default 1GiB)");
  run->add_option("--report", options->report, "Write what the run did and cost to this file, as JSON");
  run->add_option("--checkpoint-every", options->checkpoint_every,
                  "Time between checkpoints, such as 200ms or 5s; off keeps no state: at-most-once (default 5s)");
  run->add_flag("--fresh", options->fresh, "Begin anew: throw away the state of this processor");
  run->add_option("--accept", options->accept,
                  "Go on although something is lost: lost-records, new-topic, missing-partitions, sink-marker, "
                  "local-state");
  run->callback([options, &exit_code] { exit_code = run_command(*options); });
}

void add_check(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<CheckOptions>();
  CLI::App* check =
      app.add_subcommand("check", "Say what is wrong with a definition (exit code 1), or that nothing is");
  check->footer("Example: penstock check processor.json --connections connections.json");
  check->add_option("DEFINITION", options->definition, "Definition file")->required();
  check->add_option("--connections", options->connections,
                    "Connections file; without it connection names are not checked");
  check->add_option("--require", options->require,
                    "Fail when the guarantee is less: exactly-once, effectively-once or at-least-once");
  check->callback([options, &exit_code] { exit_code = check_command(*options); });

  auto explained = std::make_shared<CheckOptions>();
  CLI::App* explain = app.add_subcommand("explain", "Show the plan of a definition");
  explain->footer("Example: penstock explain processor.json --connections connections.json");
  explain->add_option("DEFINITION", explained->definition, "Definition file")->required();
  explain->add_option("--connections", explained->connections, "Connections file; without it only names are shown");
  explain->callback([explained, &exit_code] { exit_code = explain_command(*explained); });
}

void add_datagen(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<DatagenCommandOptions>();
  CLI::App* datagen = app.add_subcommand("datagen", "Fill a topic with generated records");
  CLI::App* trades = datagen->add_subcommand("stock-trades", "The stock trades of the public demo");
  datagen->require_subcommand(1);
  trades->footer(
      "Example: penstock datagen stock-trades --connections c.json --connection kafka1 --topic trades --rate 20");
  trades->add_option("--connections", options->connections, "Connections file")->required();
  trades->add_option("--connection", options->connection, "Name of the Kafka connection")->required();
  trades->add_option("--topic", options->topic, "Topic; made when it is missing")->required();
  trades->add_option("--partitions", options->partitions, "Partitions of a topic that is made (default 6)");
  trades->add_option("--rate", options->rate, "Records per second (default: as fast as possible)");
  trades->add_option("--count", options->count, "Records in all (default: endless)");
  trades->add_option("--seed", options->seed, "Same seed, same records (default 1)");
  trades->add_option("--start", options->start, "Timestamp of the first record (default: now, for each record)");
  trades->add_option("--step", options->step_ms, "With --start: milliseconds from record to record (default 1)");
  trades->add_option("--symbols", options->symbols, "Number of symbols (default: the seven of the demo)");
  trades->callback([options, &exit_code] { exit_code = datagen_command(*options); });
}

void add_find(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<FindCommandOptions>();
  CLI::App* find = app.add_subcommand("find", "Print documents of the embedded store");
  find->footer("Example: penstock find confluent_cloud.stock_prices --sort '{windowStart: -1}' --limit 5");
  find->add_option("COLLECTION", options->collection, "DB.COLL")->required();
  find->add_option("--data", options->data, "Data folder (default ~/.local/share/penstock)");
  find->add_option("--filter", options->filter, "Query, e.g. '{symbol: \"ZVV\", tradeCount: {$gt: 10}}'");
  find->add_option("--sort", options->sort, "Order, e.g. '{windowStart: -1}'");
  find->add_option("--limit", options->limit, "At most so many");
  find->callback([options, &exit_code] { exit_code = find_command(*options); });
}

void add_demo(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<DemoOptions>();
  CLI::App* demo = app.add_subcommand("demo", "The stock-trade job with nothing else installed");
  demo->footer("Example: penstock demo --windows 3");
  demo->add_option("--windows", options->windows, "End after so many windows (default: Ctrl-C; 3 without a terminal)");
  demo->add_option("--speed", options->speed, "How much faster than real time the demo's clock runs (default 15)")
      ->check(CLI::Range(1.0, 60.0));
  demo->callback([options, &exit_code] { exit_code = demo_command(*options); });
}

// "rum" -> "Did you mean run?"; CLI11 would only say that a command is missing. Likewise below a command that has
// others: "processor lst".
bool is_unknown_command(const CLI::App& app, std::span<char*> words) {
  if (words.empty()) return false;
  const std::string_view word = words.front();
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands({})) {
    if (command->get_name() == word) return is_unknown_command(*command, words.subspan(1));
    names.push_back(command->get_name());
  }
  if (names.empty() || word.starts_with("-")) return false;
  const std::vector<std::string_view> views(names.begin(), names.end());
  const std::string parent = app.get_parent() == nullptr ? "penstock" : "penstock " + app.get_name();
  fmt::print(stderr, "penstock: there is no command \"{}\".{} See {} --help\n", word, did_you_mean(word, views),
             parent);
  return true;
}

// Examples stand where they are seen: right below the first line.
class ExamplesFirst final : public CLI::Formatter {
 public:
  std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const override {
    if (mode == CLI::AppFormatMode::Sub) return make_expanded(app);
    std::string examples = make_footer(app);
    examples.erase(0, examples.find_first_not_of('\n'));
    return make_description(app) + (examples.empty() ? "" : "\n" + examples) + "\n" + make_usage(app, name) +
           make_positionals(app) + make_groups(app, mode) + make_subcommands(app, mode);
  }
};

}  // namespace

void add_local_commands(CLI::App& app, int& exit_code) {
  add_run(app, exit_code);
  add_check(app, exit_code);
  add_datagen(app, exit_code);
  add_find(app, exit_code);
  add_demo(app, exit_code);
}

int command_line(int argc, char** argv) {
  CLI::App app("Penstock: MongoDB Atlas Stream Processing definitions, run on your own machines", "penstock");
  app.set_version_flag("--version", "penstock " PENSTOCK_VERSION);
  app.require_subcommand(1);
  app.formatter(std::make_shared<ExamplesFirst>());
  app.get_formatter()->column_width(34);
  app.footer(
      "Examples:\n"
      "  penstock demo                                       see it work, with nothing else installed\n"
      "  penstock serve                                      a server for mongosh and drivers\n"
      "  penstock processor create trades.json --start       the same without a shell\n"
      "  penstock run trades.json --connections conns.json   one definition, no server");
  int exit_code = kExitOk;
  add_server_commands(app, exit_code);
  add_local_commands(app, exit_code);
  if (is_unknown_command(app, std::span(argv, static_cast<size_t>(argc)).subspan(argc > 0 ? 1 : 0))) return kExitUsage;
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? kExitOk : kExitUsage;
  }
  return exit_code;
}

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
// The commands, one function each: options in, exit code out. Data goes to stdout, messages to stderr.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace penstock {

struct RunOptions {
  std::string definition;
  std::string connections;
  std::string data;  // Empty: the default data folder.
  std::string from;  // "", "beginning", "end" or a time.
  bool until_end = false;
  std::string clock = "wall";
  uint64_t parallelism = 0;  // 0: chosen.
  std::string memory = "1GiB";
  std::string report;  // Empty: none.
  std::string checkpoint_every = "5s";
  bool fresh = false;
  std::vector<std::string> accept;
};
int run_command(const RunOptions& options);

struct CheckOptions {
  std::string definition;
  std::string connections;  // Empty: connections are not checked against anything and none is known.
  std::string require;      // A guarantee level that it must have; empty: any.
};
int check_command(const CheckOptions& options);
int explain_command(const CheckOptions& options);

struct DatagenCommandOptions {
  std::string connections;
  std::string connection;
  std::string topic;
  std::optional<uint64_t> rate;
  std::optional<uint64_t> count;
  uint64_t seed = 1;
  std::string start;  // A time; empty: now.
  double step_ms = 1;
  uint64_t symbols = 0;
  int partitions = 6;
};
int datagen_command(const DatagenCommandOptions& options);

struct FindCommandOptions {
  std::string collection;  // "db.coll"
  std::string data;
  std::string filter;
  std::string sort;
  uint64_t limit = 0;
};
int find_command(const FindCommandOptions& options);

struct DemoOptions {
  uint64_t windows = 0;  // 0: until Ctrl-C on a terminal, three without one.
  double speed = 15;     // How much faster than real time the demo's clock runs.
};
int demo_command(const DemoOptions& options);

// Parses the command line and calls the command.
int command_line(int argc, char** argv);

}  // namespace penstock

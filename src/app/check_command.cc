// SPDX-License-Identifier: Apache-2.0
// check and explain: what is wrong with a definition, and what it will do.
#include <fmt/format.h>

#include <cstdio>

#include "app/commands.h"
#include "app/exit_codes.h"
#include "app/inputs.h"
#include "control/connectors.h"

namespace penstock {

int check_command(const CheckOptions& options) {
  int exit_code = kExitOk;
  const auto job = load_job(options.definition, options.connections, exit_code);
  if (job == nullptr) return exit_code == kExitConfiguration ? kExitFound : exit_code;
  fmt::print("{}: ok\n", options.definition);
  const std::string connections = options.connections.empty() ? "FILE" : options.connections;
  if (options.connections.empty()) fmt::print(stderr, "connection names were not checked: add --connections FILE\n");
  fmt::print(stderr, "next: penstock explain {} --connections {}\n", options.definition, connections);
  return kExitOk;
}

int explain_command(const CheckOptions& options) {
  int exit_code = kExitOk;
  const auto job = load_job(options.definition, options.connections, exit_code);
  if (job == nullptr) return exit_code;
  fmt::print("{}", explain(*job->plan, connector_catalog()));
  return kExitOk;
}

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
// check and explain: what is wrong with a definition, and what it will do.
#include <fmt/format.h>

#include <cstdio>

#include "app/commands.h"
#include "app/exit_codes.h"
#include "app/inputs.h"
#include "control/connectors.h"
#include "control/promise.h"

namespace penstock {
namespace {

std::string text_of(const Guarantee& guarantee) {
  return fmt::format("{}: {}", name_of(guarantee.level), guarantee.reason);
}

// Exit code kExitFound when the guarantee is less than `wanted`.
int require_guarantee(const Plan& plan, const std::string& wanted, Logger& log) {
  const auto level = parse_guarantee_level(wanted);
  if (!level) {
    return report_error(Error(ErrorCode::kUsage,
                              "--require takes exactly-once, effectively-once or at-least-once, not \"{}\"", wanted));
  }
  if (plan.sink_connection == nullptr) {
    return report_error(
        Error(ErrorCode::kUsage, "--require needs --connections FILE: the guarantee hangs on the sink"));
  }
  const auto promise = promise_of(plan, log);
  if (!promise.ok()) return report_error(promise.error());
  if (promise->level >= *level) {
    fmt::print("guarantee: {}\n", text_of(*promise));
    return kExitOk;
  }
  fmt::print(stderr, "the guarantee is less than {}: {}\n", wanted, text_of(*promise));
  return kExitFound;
}

}  // namespace

int check_command(const CheckOptions& options) {
  int exit_code = kExitOk;
  const auto job = load_job(options.definition, options.connections, exit_code);
  if (job == nullptr) return exit_code == kExitConfiguration ? kExitFound : exit_code;
  const auto log = make_stderr_logger(LogLevel::kWarning);
  if (!options.require.empty()) {
    if (const int code = require_guarantee(*job->plan, options.require, *log); code != kExitOk) return code;
  }
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
  if (job->plan->sink_connection == nullptr) {
    fmt::print("guarantee  hangs on the sink: add --connections FILE\n");
    return kExitOk;
  }
  const auto log = make_stderr_logger(LogLevel::kWarning);
  const auto promise = promise_of(*job->plan, *log);
  if (promise.ok()) {
    fmt::print("guarantee  {}\n", text_of(*promise));
  } else {
    fmt::print("guarantee  exactly-once if the sink takes transactions, which is not known: {}\n",
               promise.error().message());
  }
  return kExitOk;
}

}  // namespace penstock

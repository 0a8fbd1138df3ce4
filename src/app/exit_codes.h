// SPDX-License-Identifier: Apache-2.0
// Exit codes a script can rely on (architecture 11).
#pragma once

#include "base/error_codes.h"

namespace penstock {

enum ExitCode {
  kExitOk = 0,
  kExitFound = 1,         // The check found something.
  kExitUsage = 2,         // The command line is wrong.
  kExitStateRefused = 3,  // State on disk may not be used.
  kExitBadInput = 65,     // An input file cannot be read.
  kExitUnreachable = 69,  // A peer cannot be reached, or a topic is missing.
  kExitBug = 70,          // Our mistake.
  kExitDisk = 74,
  kExitCredentials = 77,    // Credentials were refused.
  kExitConfiguration = 78,  // Definition, connections or limits are wrong.
};

int exit_code_of(ErrorCode code);

}  // namespace penstock

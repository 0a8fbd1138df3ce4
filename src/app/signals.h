// SPDX-License-Identifier: Apache-2.0
// SIGINT and SIGTERM as something the main thread waits for. Construct before any thread starts: threads inherit the
// mask.
#pragma once

#include <csignal>

#include "base/clock.h"

namespace penstock {

class StopSignals {
 public:
  StopSignals();
  // Waits at most `time` for a signal; true when one came.
  bool wait(Duration time);

 private:
  sigset_t set_;
};

}  // namespace penstock

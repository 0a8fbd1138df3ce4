// SPDX-License-Identifier: Apache-2.0
#include "app/signals.h"

#include <pthread.h>

namespace penstock {

StopSignals::StopSignals() {
  sigemptyset(&set_);
  sigaddset(&set_, SIGINT);
  sigaddset(&set_, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &set_, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

bool StopSignals::wait(Duration time) {
  const timespec timeout{.tv_sec = time.ms / 1000, .tv_nsec = time.ms % 1000 * 1'000'000};
  return sigtimedwait(&set_, nullptr, &timeout) > 0;
}

}  // namespace penstock

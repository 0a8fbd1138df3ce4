// SPDX-License-Identifier: Apache-2.0
// PENSTOCK_CRASH_AT="an entry is delivered, nobody knows yet:3": the third time the process comes to that place it is
// gone, as by kill -9. PENSTOCK_CRASH_AT=list prints each place to stderr the first time it is reached.
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <set>
#include <string>

#include "base/crash_point.h"

namespace penstock {
namespace {

struct Plan {
  Plan() {
    const char* text = std::getenv("PENSTOCK_CRASH_AT");
    if (text == nullptr) return;
    place = text;
    const size_t colon = place.rfind(':');
    if (colon == std::string::npos) return;
    left = std::atoi(place.c_str() + colon + 1);
    place.resize(colon);
  }
  std::mutex mutex;
  std::string place;
  int left = 1;
  std::set<std::string> seen;
};

}  // namespace

// Takes the place of the library's, which does nothing.
void crash_point(std::string_view name) {
  static Plan plan;
  const std::lock_guard lock(plan.mutex);
  if (plan.place == "list" && plan.seen.emplace(name).second) {
    std::fprintf(stderr, "crash point: %.*s\n", static_cast<int>(name.size()), name.data());
  }
  if (plan.place == name && --plan.left == 0) ::kill(::getpid(), SIGKILL);
}

}  // namespace penstock

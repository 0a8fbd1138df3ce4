// SPDX-License-Identifier: Apache-2.0
#include "connectors/mongodb/mongoc_library.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <string_view>
#include <utility>

namespace penstock::mongo {
namespace {

thread_local Logger* log_of_thread = nullptr;

void take_log_line(mongoc_log_level_t /*level*/, const char* domain, const char* text, void* /*unused*/) {
  // A uri has a password in it.
  if (log_of_thread == nullptr || std::string_view(text).find("mongodb") != std::string_view::npos) return;
  log_of_thread->debug("libmongoc {}: {}", domain, text);
}

// The library keeps counters in shared memory under our process id, from before main() on. A killed process would leave
// them behind, and the library of a later process with that id writes a line to stderr about it, before main() and so
// past our handler. So the name goes first of all, also in a process that never speaks to a MongoDB; the memory stays.
[[gnu::constructor]] void leave_no_shared_memory() { ::shm_unlink(fmt::format("/mongoc-{}", ::getpid()).c_str()); }

// mongoc_init() and mongoc_cleanup() once per process; a second start after the end is not possible.
class Library {
 public:
  Library() {
    mongoc_log_set_handler(take_log_line, nullptr);
    mongoc_init();
  }
  ~Library() {
    mongoc_cleanup();
    mongoc_log_set_handler(nullptr, nullptr);
  }
};

}  // namespace

LibraryScope::LibraryScope(Logger& log) {
  static const Library library;
  previous_ = std::exchange(log_of_thread, &log);
}

LibraryScope::~LibraryScope() { log_of_thread = previous_; }

}  // namespace penstock::mongo

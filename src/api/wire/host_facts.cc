// SPDX-License-Identifier: Apache-2.0
#include "api/wire/host_facts.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <fstream>

namespace penstock {

HostFacts host_facts() {
  HostFacts facts;
  utsname system{};
  if (::uname(&system) == 0) {
    facts.name = system.nodename;
    facts.architecture = system.machine;
    facts.os = system.sysname;
    facts.os_version = system.release;
  }
  const int64_t page = ::sysconf(_SC_PAGESIZE);
  facts.cores = ::sysconf(_SC_NPROCESSORS_ONLN);
  facts.memory_bytes = ::sysconf(_SC_PHYS_PAGES) * page;
  facts.process_id = ::getpid();
  int64_t pages = 0, resident_pages = 0;
  if (std::ifstream statm("/proc/self/statm"); statm >> pages >> resident_pages) {
    facts.virtual_bytes = pages * page;
    facts.resident_bytes = resident_pages * page;
  }
  return facts;
}

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
// What the operating system says of the machine and of this process, for hostInfo and serverStatus.
#pragma once

#include <cstdint>
#include <string>

namespace penstock {

struct HostFacts {
  std::string name;          // Host name.
  std::string architecture;  // "x86_64"
  std::string os;            // "Linux"
  std::string os_version;
  int64_t cores = 0;
  int64_t memory_bytes = 0;
  int64_t process_id = 0;
  int64_t resident_bytes = 0;  // Of this process; 0 where it is not known.
  int64_t virtual_bytes = 0;
};

HostFacts host_facts();

}  // namespace penstock

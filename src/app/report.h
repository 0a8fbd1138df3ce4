// SPDX-License-Identifier: Apache-2.0
// What a run cost: the file of --report and the closing line.
#pragma once

#include <string>

#include "base/result.h"
#include "runtime/counters.h"

namespace penstock {

struct Usage {
  double seconds = 0;      // Wall time from the first poll to the end.
  double cpu_seconds = 0;  // User and system, of the process.
  uint64_t peak_memory_bytes = 0;
};

// CPU and peak memory of this process so far; `seconds` is the caller's.
Usage usage_of_process(double seconds);

// One JSON object with records in, bytes in, documents out, dead letters, seconds, CPU seconds, records per second,
// peak memory.
std::string report_json(const std::string& processor, const ProcessorSnapshot& snapshot, const Usage& usage);

}  // namespace penstock

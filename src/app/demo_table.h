// SPDX-License-Identifier: Apache-2.0
// What the demo shows of each closed window: a table on stdout, as the results pass on their way into the store.
#pragma once

#include <atomic>
#include <memory>

#include "dataflow/sink.h"

namespace penstock {

// Shared between the delivery thread, which counts, and the main thread, which waits.
struct DemoProgress {
  std::atomic<uint64_t> windows{0};
};

// Passes everything on to `sink` and prints what was delivered, a table a window.
std::unique_ptr<Sink> make_demo_table(std::unique_ptr<Sink> sink, DemoProgress& progress);

}  // namespace penstock

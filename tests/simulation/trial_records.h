// SPDX-License-Identifier: Apache-2.0
// The numbered records of a simulation, and what became of them: the oracle (reliability 1.6).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/random.h"
#include "tests/engine/memory_source.h"
#include "tests/simulation/simulated_server.h"

namespace penstock {

// What the definition of a run does with the records.
enum class TrialPipeline {
  kPush,        // Event-time windows with a list: parts per partition.
  kCount,       // Event-time windows that only count: parts per lane.
  kProcessing,  // Windows by the clock.
  kStateless,   // No window.
};
constexpr int64_t kTrialWindowMs = 100;

class TrialRecords {
 public:
  TrialRecords(TrialPipeline pipeline, uint32_t partitions, EventTime start)
      : pipeline_(pipeline), partitions_(partitions), time_(start) {}

  std::string definition() const;
  // Appends `count` records: times move on, with disorder; some are no JSON.
  void append(MemorySource& source, Random& random, int count);
  // What is wrong with `server` after everything was read; empty: nothing. `whole` false: only what is there twice.
  std::string check(const SimulatedServer& server, bool transactions, bool whole) const;

 private:
  struct Record {
    EventTime time;
    std::string key;
  };
  struct Found;
  std::string read_letters(const SimulatedServer& server, Found& found) const;
  std::string read_documents(const SimulatedServer& server, Found& found) const;
  std::string check_group(Document document, Found& found) const;
  std::string check_counts(const Found& found) const;

  TrialPipeline pipeline_;
  uint32_t partitions_;
  EventTime time_;
  std::vector<Record> records_;
};

}  // namespace penstock

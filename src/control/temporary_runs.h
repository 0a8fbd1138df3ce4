// SPDX-License-Identifier: Apache-2.0
// Runs of sp.process (reference control-plane A5.6): known by name only, kept in memory, and ended by who began them,
// after ten minutes, when nobody has read for a minute, or when the run fails. Their taps end with them.
// Thread: any; one of its own looks at the clock.
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "control/kept_run.h"

namespace penstock {

class TemporaryRuns {
 public:
  explicit TemporaryRuns(const Clock& clock, Logger& log);
  // Ends all. Waits.
  ~TemporaryRuns();
  TemporaryRuns(const TemporaryRuns&) = delete;
  TemporaryRuns& operator=(const TemporaryRuns&) = delete;

  void add(std::string workspace, std::string name, std::shared_ptr<KeptRun> run, std::shared_ptr<SampleTap> tap);
  // False: there is none of that name (any more).
  bool end(std::string_view workspace, std::string_view name);
  // One more reader; null: there is none of that name.
  std::shared_ptr<KeptRun> find(std::string_view workspace, std::string_view name) const;

 private:
  struct Run {
    std::shared_ptr<KeptRun> run;
    std::shared_ptr<SampleTap> tap;
    int64_t began_ns = 0;
  };
  void look();
  bool is_over(const Run& run) const;
  static void finish(Run run);

  const Clock& clock_;
  Logger& log_;
  mutable std::mutex mutex_;
  std::condition_variable stop_wanted_;
  bool stop_ = false;
  std::map<std::string, Run> runs_;  // By workspace NUL name.
  std::thread looker_;
};

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
// Removes the markers of dropped processors from their sinks. A drop does not wait for a sink that is away: the work is
// done here, once, in a thread. A marker that stays does no harm, since ids are never used again; the log names it.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>

#include "control/kept_run.h"

namespace penstock {

class MarkerSweeper {
 public:
  MarkerSweeper(std::string data_folder, std::shared_ptr<DocStore> store, const Clock& clock, Logger& log);
  // Finishes what it is at; what waits stays undone.
  ~MarkerSweeper();
  MarkerSweeper(const MarkerSweeper&) = delete;
  MarkerSweeper& operator=(const MarkerSweeper&) = delete;

  // `job`: of the processor whose run is over; its state_id names the markers.
  void sweep(std::unique_ptr<RunJob> job);

 private:
  void work();
  Result<void> forget(const RunJob& job);

  const std::string data_folder_;
  const std::shared_ptr<DocStore> store_;
  const Clock& clock_;
  Logger& log_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::unique_ptr<RunJob>> waiting_;
  bool stop_ = false;
  std::thread worker_;
};

}  // namespace penstock

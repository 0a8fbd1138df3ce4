// SPDX-License-Identifier: Apache-2.0
#include "control/temporary_runs.h"

#include <chrono>
#include <vector>

#include "control/catalog.h"

namespace penstock {
namespace {

constexpr int64_t kNsPerSecond = 1'000'000'000;
constexpr int64_t kLongestNs = 600 * kNsPerSecond;
constexpr int64_t kLeaseNs = 60 * kNsPerSecond;
constexpr std::chrono::milliseconds kLookEvery{250};

}  // namespace

TemporaryRuns::TemporaryRuns(const Clock& clock, Logger& log) : clock_(clock), log_(log), looker_([this] { look(); }) {}

TemporaryRuns::~TemporaryRuns() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
    for (auto& [key, run] : runs_)
      run.run->request_stop();
  }
  stop_wanted_.notify_all();
  looker_.join();
  for (auto& [key, run] : runs_)
    finish(std::move(run));
}

void TemporaryRuns::add(std::string workspace, std::string name, std::shared_ptr<KeptRun> run,
                        std::shared_ptr<SampleTap> tap) {
  const std::lock_guard lock(mutex_);
  runs_[catalog_key(workspace, name)] = {std::move(run), std::move(tap), clock_.monotonic_ns()};
}

bool TemporaryRuns::end(std::string_view workspace, std::string_view name) {
  Run run;
  {
    const std::lock_guard lock(mutex_);
    const auto found = runs_.find(catalog_key(workspace, name));
    if (found == runs_.end()) return false;
    run = std::move(found->second);
    runs_.erase(found);
  }
  finish(std::move(run));
  return true;
}

std::shared_ptr<KeptRun> TemporaryRuns::find(std::string_view workspace, std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto found = runs_.find(catalog_key(workspace, name));
  return found == runs_.end() ? nullptr : found->second.run;
}

void TemporaryRuns::finish(Run run) {
  run.run->request_stop();
  run.run->join();
  run.tap->end();
}

bool TemporaryRuns::is_over(const Run& run) const {
  const int64_t now_ns = clock_.monotonic_ns();
  return run.run->phase() == RunPhase::kEnded || now_ns - run.began_ns >= kLongestNs ||
         now_ns - run.tap->touched_ns() >= kLeaseNs;
}

void TemporaryRuns::look() {
  std::unique_lock lock(mutex_);
  while (!stop_) {
    stop_wanted_.wait_for(lock, kLookEvery);
    std::vector<Run> over;
    for (auto at = runs_.begin(); !stop_ && at != runs_.end();) {
      const bool ends = is_over(at->second);
      if (ends) over.push_back(std::move(at->second));
      at = ends ? runs_.erase(at) : std::next(at);
    }
    if (over.empty()) continue;
    lock.unlock();
    for (Run& run : over)
      run.run->request_stop();
    for (Run& run : over)
      finish(std::move(run));
    log_.info("{} temporary processors have ended", over.size());
    lock.lock();
  }
}

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
#include "control/marker_sweeper.h"

#include "connectors/mongodb/cluster_connection.h"

namespace penstock {
namespace {

// The embedded store is always there, and quick.
bool is_embedded(const RunJob& job) {
  const auto settings = parse_cluster_connection(*job.plan->sink_connection);
  return settings.ok() && !settings->uri;
}

}  // namespace

MarkerSweeper::MarkerSweeper(std::string data_folder, std::shared_ptr<DocStore> store, const Clock& clock, Logger& log)
    : data_folder_(std::move(data_folder)), store_(std::move(store)), clock_(clock), log_(log), worker_([this] {
        work();
      }) {}

MarkerSweeper::~MarkerSweeper() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  worker_.join();
}

void MarkerSweeper::sweep(std::unique_ptr<RunJob> job) {
  if (is_embedded(*job)) {
    const auto forgotten = forget(*job);
    if (!forgotten.ok()) log_.warning("the marker of a dropped processor stays: {}", forgotten.error().message());
    return;
  }
  const std::lock_guard lock(mutex_);
  waiting_.push_back(std::move(job));
  changed_.notify_all();
}

void MarkerSweeper::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stop_ || !waiting_.empty(); });
    if (stop_) return;
    const std::unique_ptr<RunJob> job = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    const auto forgotten = forget(*job);
    if (!forgotten.ok()) {
      log_.warning("processor \"{}\" is dropped, but its marker {} stays in {}.{}: {}", job->plan->processor.name,
                   job->options.state_id, job->plan->sink.db, kMarkerCollection, forgotten.error().message());
    }
    lock.lock();
  }
}

Result<void> MarkerSweeper::forget(const RunJob& job) {
  SinkFactory sinks(data_folder_, store_, clock_, log_);
  PS_TRY(const auto sink, sinks.make(*job.plan->sink_connection, job.plan->sink, std::nullopt));
  PS_TRY(sink->open());
  PS_TRY(const std::vector<Marker> markers, sink->markers(job.options.state_id));
  for (const Marker& marker : markers)
    PS_TRY(sink->forget(marker.lineage));
  return {};
}

}  // namespace penstock

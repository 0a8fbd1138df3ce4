// SPDX-License-Identifier: Apache-2.0
// ProcessorService: looking at processors, and those that are only there to be looked at.
#include "control/processor_service.h"

#include <algorithm>
#include <utility>

#include "control/processor_definition.h"
#include "control/run_failure.h"
#include "control/tiers.h"
#include "control/unique_ids.h"

namespace penstock {

ProcessorView ProcessorService::view_of(const WorkspaceRecord& workspace, ProcessorRecord record) {
  ProcessorView view;
  view.state = record.state;
  view.tier = record.tier.empty() ? workspace.default_tier : record.tier;
  std::shared_ptr<KeptRun> run;
  bool stopping = false;
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = live_.find(record.id); found != live_.end()) {
      run = found->second->run;
      stopping = found->second->stopping;
      view.run = found->second->last;
    }
  }
  if (run != nullptr) {
    if (auto snapshot = run->snapshot()) view.run = std::move(snapshot);
    const RunPhase phase = run->phase();
    if (phase == RunPhase::kRunning) view.state = ProcessorState::kStarted;
    if (phase == RunPhase::kOpening || phase == RunPhase::kPausing) view.state = ProcessorState::kProvisioning;
    if (record.trouble.message.empty()) record.trouble = run->trouble();
  } else if (record.state == ProcessorState::kStarted) {
    view.state = ProcessorState::kProvisioning;  // Its turn comes (resume).
  }
  if (stopping) view.state = ProcessorState::kStopping;
  view.record = std::move(record);
  return view;
}

Result<ProcessorView> ProcessorService::get(std::string_view workspace, std::string_view name) {
  PS_TRY(const WorkspaceRecord home, parts_.catalog.workspace(workspace));
  PS_TRY(ProcessorRecord record, record_of(workspace, name));
  return view_of(home, std::move(record));
}

Result<std::vector<ProcessorView>> ProcessorService::list(std::string_view workspace) {
  PS_TRY(const WorkspaceRecord home, parts_.catalog.workspace(workspace));
  PS_TRY(std::vector<ProcessorRecord> records, parts_.catalog.processors(workspace));
  std::vector<ProcessorView> views;
  for (ProcessorRecord& record : records) {
    if (!record.dropping) views.push_back(view_of(home, std::move(record)));
  }
  return views;
}

Result<std::shared_ptr<SampleTap>> ProcessorService::sample(std::string_view workspace, std::string_view name) {
  std::shared_ptr<KeptRun> run = temporaries_.find(workspace, name);
  if (run == nullptr) {
    PS_TRY(const ProcessorRecord record, record_of(workspace, name));
    const std::lock_guard lock(mutex_);
    if (const auto found = live_.find(record.id); found != live_.end()) run = found->second->run;
  }
  if (run == nullptr) {
    return Error(ErrorCode::kInvalidDefinition, "stream processor \"{}\" is not running: there is nothing to sample",
                 name);
  }
  auto tap = std::make_shared<SampleTap>();
  tap->touch(parts_.clock.monotonic_ns());
  PS_TRY(run->add_tap(tap));
  return tap;
}

Result<Processors::Temporary> ProcessorService::process(std::string_view workspace, const NewProcessor& processor,
                                                        std::string_view who) {
  PS_TRY(const WorkspaceRecord home, parts_.catalog.workspace(workspace));
  const std::string id = new_id(parts_.clock, parts_.random);
  ProcessorRecord record{.id = id, .name = "process-" + id, .pipeline = processor.pipeline};
  PS_TRY(take_options(processor.options, record));
  PS_TRY(const std::string_view tier, effective_tier(record.tier, record.autoscaling, home));
  PS_TRY(ConnectionRegistry connections, parts_.connections.registry(workspace));
  PS_TRY(std::unique_ptr<RunJob> job, make_job(workspace, record, std::move(connections), SinkRule::kOptional));
  job->options.keep_state = false;
  job->options.memory_bytes = std::min(parts_.memory_bytes, memory_of_tier(tier));
  job->options.data_folder = parts_.data_folder;
  job->options.store = parts_.store;
  job->options.pool = &pool_;
  auto tap = std::make_shared<SampleTap>();
  tap->touch(parts_.clock.monotonic_ns());
  const auto run = std::make_shared<KeptRun>(KeptRun::Parts{.job = std::move(job),
                                                            .first_must_succeed = true,
                                                            .restarts = false,
                                                            .tap = tap,
                                                            .gate = gate_,
                                                            .clock = parts_.clock,
                                                            .random = parts_.random,
                                                            .log = parts_.log,
                                                            .on_failure = {}});
  run->begin();
  auto first = run->first_attempt();
  if (!first.ok()) return to_client_error(first.error());
  temporaries_.add(std::string(workspace), record.name, run, tap);
  parts_.log.info("temporary processor {} was started by {}", record.name, who);
  return Temporary{record.name, std::move(tap)};
}

}  // namespace penstock

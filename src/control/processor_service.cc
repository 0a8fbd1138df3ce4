// SPDX-License-Identifier: Apache-2.0
#include "control/processor_service.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "control/processor_definition.h"
#include "control/processor_state.h"
#include "control/record_codec.h"
#include "control/run_failure.h"
#include "control/tiers.h"
#include "control/unique_ids.h"

namespace penstock {
namespace {

Error no_such(std::string_view workspace, std::string_view name) {
  return Error(ErrorCode::kProcessorNotFound, "stream processor \"{}\" does not exist in workspace \"{}\"", name,
               workspace);
}

void set_state(ProcessorRecord& record, ProcessorState state, ProcessorTrouble trouble, const Clock& clock) {
  record.state = state;
  record.trouble = std::move(trouble);
  record.last_state_change = clock.now();
}

}  // namespace

ProcessorService::ProcessorService(Parts parts)
    : parts_(std::move(parts)),
      pool_(parts_.clock, PoolOptions{}),
      gate_(parts_.clock),
      sweeper_(parts_.data_folder, parts_.store, parts_.clock, parts_.log),
      temporaries_(parts_.clock, parts_.log) {}

ProcessorService::~ProcessorService() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  if (resumer_.joinable()) resumer_.join();
  std::vector<std::shared_ptr<KeptRun>> runs;
  {
    const std::lock_guard lock(mutex_);
    for (auto& [id, live] : live_) {
      if (live->run != nullptr) runs.push_back(live->run);
      runs.insert(runs.end(), live->leaving.begin(), live->leaving.end());
    }
  }
  for (const auto& run : runs)
    run->request_stop();
  for (const auto& run : runs)
    run->join();
  // A failure in the last moment may have been settled meanwhile: all threads are gone now.
  live_.clear();
}

// --- records -------------------------------------------------------------------------------------------------------

Result<ProcessorRecord> ProcessorService::record_of(std::string_view workspace, std::string_view name) const {
  PS_TRY(auto record, parts_.catalog.find_processor(workspace, name));
  if (!record || record->dropping) return no_such(workspace, name);
  return std::move(*record);
}

std::shared_ptr<ProcessorService::Live> ProcessorService::live_of(const std::string& id) {
  const std::lock_guard lock(mutex_);
  auto& live = live_[id];
  if (live == nullptr) live = std::make_shared<Live>();
  return live;
}

Result<ProcessorService::Command> ProcessorService::begin(std::string_view workspace, std::string_view name) {
  PS_TRY(WorkspaceRecord home, parts_.catalog.workspace(workspace));
  while (true) {
    PS_TRY(const ProcessorRecord seen, record_of(workspace, name));
    Command command{.workspace = home, .record = {}, .live = live_of(seen.id), .lock = {}};
    command.lock = std::unique_lock(command.live->command);
    // While it waited, the name may have gone to another processor.
    PS_TRY(command.record, record_of(workspace, name));
    if (command.record.id == seen.id) return command;
  }
}

Result<void> ProcessorService::put(std::string_view workspace, const ProcessorRecord& record) {
  return parts_.catalog.apply({{CatalogTable::kProcessors, catalog_key(workspace, record.name), encode(record)}});
}

Result<void> ProcessorService::change(const Command& command, const std::function<void(ProcessorRecord&)>& edit) {
  const auto exclusive = parts_.catalog.exclusive();
  PS_TRY(ProcessorRecord record, record_of(command.workspace.name, command.record.name));
  edit(record);
  return put(command.workspace.name, record);
}

Result<void> ProcessorService::create(std::string_view workspace, const NewProcessor& processor, std::string_view who) {
  PS_TRY(check_processor_name(processor.name));
  PS_TRY(parts_.catalog.workspace(workspace));
  const EventTime now = parts_.clock.now();
  ProcessorRecord record{.id = new_id(parts_.clock, parts_.random),
                         .name = processor.name,
                         .pipeline = processor.pipeline,
                         .modified_by = std::string(who),
                         .last_modified = now,
                         .last_state_change = now};
  PS_TRY(take_options(processor.options, record));
  const auto exclusive = parts_.catalog.exclusive();
  PS_TRY(const auto known, parts_.catalog.find_processor(workspace, record.name));
  if (known) return name_is_taken(record.name);
  // Planned while nobody can take a connection away.
  PS_TRY(ConnectionRegistry connections, parts_.connections.registry(workspace));
  PS_TRY(make_job(workspace, record, std::move(connections), SinkRule::kRequired));
  return put(workspace, record);
}

// --- runs ----------------------------------------------------------------------------------------------------------

Result<std::unique_ptr<RunJob>> ProcessorService::job_of(const WorkspaceRecord& workspace,
                                                         const ProcessorRecord& record) {
  PS_TRY(ConnectionRegistry connections, parts_.connections.registry(workspace.name));
  PS_TRY(const std::string_view tier, effective_tier(record.tier, record.autoscaling, workspace));
  PS_TRY(std::unique_ptr<RunJob> job, make_job(workspace.name, record, std::move(connections), SinkRule::kRequired));
  LocalRunOptions& options = job->options;
  options.memory_bytes = std::min(parts_.memory_bytes, memory_of_tier(tier));
  options.data_folder = parts_.data_folder;
  options.state_id = record.id;
  options.store = parts_.store;
  options.pool = &pool_;
  options.checkpoint_period = parts_.checkpoint_period;
  options.recovery.fresh = record.state_use == StateUse::kForget;
  job->adopt_state = record.state_use == StateUse::kAdopt;
  options.recovery.local_state = job->adopt_state && record.sink_changed;
  return job;
}

std::shared_ptr<KeptRun> ProcessorService::make_run(const Command& command, std::unique_ptr<RunJob> job,
                                                    bool first_must_succeed) {
  // Its name cannot change while it runs.
  auto failed = [this, workspace = command.workspace.name, name = command.record.name,
                 live = std::weak_ptr(command.live)] {
    if (const auto kept = live.lock()) settle(workspace, name, *kept);
  };
  auto run = std::make_shared<KeptRun>(KeptRun::Parts{.job = std::move(job),
                                                      .first_must_succeed = first_must_succeed,
                                                      .tap = nullptr,
                                                      .gate = gate_,
                                                      .clock = parts_.clock,
                                                      .random = parts_.random,
                                                      .log = parts_.log,
                                                      .on_failure = std::move(failed)});
  {
    const std::lock_guard lock(mutex_);
    command.live->run = run;
  }
  run->begin();
  return run;
}

Result<void> ProcessorService::start(std::string_view workspace, std::string_view name, const StartRequest& request,
                                     std::string_view who) {
  PS_TRY(const Command command, begin(workspace, name));
  if (command.record.state == ProcessorState::kStarted) {
    return Error(ErrorCode::kInvalidDefinition, "stream processor \"{}\" has already been started", name);
  }
  ProcessorRecord wanted = command.record;
  if (!request.tier.empty()) {
    PS_TRY(check_tier_name(request.tier, "tier"));
    wanted.tier = request.tier;
  }
  if (request.autoscaling) {
    auto checked = check_autoscaling(*request.autoscaling);
    if (!checked.ok()) return checked.take_error().at("autoscaling");
    wanted.autoscaling = *request.autoscaling;
  }
  if (!request.resume) wanted.state_use = StateUse::kForget;
  wait_for_leaving(*command.live);
  PS_TRY(std::unique_ptr<RunJob> job, job_of(command.workspace, wanted));
  const auto run = make_run(command, std::move(job), true);
  auto first = run->first_attempt();
  if (!first.ok()) {
    halt(*command.live);
    return to_client_error(first.error());
  }
  auto stored = change(command, [&](ProcessorRecord& record) {
    set_state(record, ProcessorState::kStarted, {}, parts_.clock);
    record.tier = wanted.tier;
    record.autoscaling = wanted.autoscaling;
    record.has_started = true;
    record.state_use = StateUse::kResume;
    record.sink_changed = false;
  });
  if (!stored.ok()) {
    halt(*command.live);
    return to_client_error(stored.error());
  }
  parts_.log.info("processor {} was started by {}", name, who);
  // It may have failed before the catalog knew that it runs.
  settle(command.workspace.name, command.record.name, *command.live);
  return {};
}

// Called by the run's own thread too: it must not wait for it.
void ProcessorService::settle(const std::string& workspace, const std::string& name, Live& live) {
  const auto exclusive = parts_.catalog.exclusive();
  std::shared_ptr<KeptRun> run;
  {
    const std::lock_guard lock(mutex_);
    run = live.run;
  }
  const auto failure = run == nullptr ? std::nullopt : run->failure();
  auto record = parts_.catalog.find_processor(workspace, name);
  if (!failure || !record.ok() || !*record || (*record)->state != ProcessorState::kStarted) return;
  set_state(**record, ProcessorState::kFailed, *failure, parts_.clock);
  const auto stored = put(workspace, **record);
  if (!stored.ok())
    parts_.log.error("processor {}: its failure is not in the catalog: {}", name, stored.error().message());
  const std::lock_guard lock(mutex_);
  live.last = run->snapshot();
  if (live.run == run) live.leaving.push_back(std::move(live.run));
}

void ProcessorService::halt(Live& live) {
  std::shared_ptr<KeptRun> run;
  {
    const std::lock_guard lock(mutex_);
    run = live.run;
    live.stopping = run != nullptr;
  }
  if (run == nullptr) return;
  run->request_stop();
  const bool ended = run->wait_for_stop();
  {
    const std::lock_guard lock(mutex_);
    if (auto last = run->snapshot()) live.last = std::move(last);
    if (live.run == run) live.leaving.push_back(std::move(live.run));
    live.run = nullptr;
    live.stopping = false;
  }
  if (ended) wait_for_leaving(live);
}

void ProcessorService::wait_for_leaving(Live& live) {
  std::vector<std::shared_ptr<KeptRun>> leaving;
  {
    const std::lock_guard lock(mutex_);
    leaving.swap(live.leaving);
  }
  for (const auto& run : leaving)
    run->join();
}

Result<void> ProcessorService::stop(std::string_view workspace, std::string_view name, std::string_view who) {
  PS_TRY(const Command command, begin(workspace, name));
  if (command.record.state == ProcessorState::kCreated) {
    return Error(ErrorCode::kInvalidDefinition, "stream processor \"{}\" is not running: it was never started", name);
  }
  if (command.record.state == ProcessorState::kStopped) return {};
  halt(*command.live);
  PS_TRY(
      change(command, [&](ProcessorRecord& record) { set_state(record, ProcessorState::kStopped, {}, parts_.clock); }));
  parts_.log.info("processor {} was stopped by {}", name, who);
  return {};
}

// --- drop ----------------------------------------------------------------------------------------------------------

Result<void> ProcessorService::drop(std::string_view workspace, std::string_view name, std::string_view who) {
  if (temporaries_.end(workspace, name)) return {};
  PS_TRY(const Command command, begin(workspace, name));
  PS_TRY(change(command, [](ProcessorRecord& record) { record.dropping = true; }));
  halt(*command.live);
  wait_for_leaving(*command.live);
  PS_TRY(remove_all(command.workspace.name, command.record));
  parts_.log.info("processor {} was dropped by {}", name, who);
  const std::lock_guard lock(mutex_);
  live_.erase(command.record.id);
  return {};
}

Result<void> ProcessorService::remove_all(const std::string& workspace, const ProcessorRecord& record) {
  PS_TRY(const WorkspaceRecord home, parts_.catalog.workspace(workspace));
  if (record.has_started) {
    auto job = job_of(home, record);
    if (job.ok()) {
      sweeper_.sweep(std::move(*job));
    } else {
      parts_.log.warning("processor \"{}\" is dropped, but its marker {} stays in its sink: {}", record.name, record.id,
                         job.error().message());
    }
  }
  PS_TRY(remove_state(parts_.data_folder, record.id));
  const auto exclusive = parts_.catalog.exclusive();
  return parts_.catalog.apply({{CatalogTable::kProcessors, catalog_key(workspace, record.name), std::nullopt}});
}

Result<void> ProcessorService::finish_drops() {
  PS_TRY(const auto workspaces, parts_.catalog.list(CatalogTable::kWorkspaces, ""));
  for (const OwnedDocument& document : workspaces) {
    PS_TRY(const WorkspaceRecord workspace, decode_workspace(document));
    PS_TRY(const auto processors, parts_.catalog.processors(workspace.name));
    for (const ProcessorRecord& record : processors) {
      if (record.dropping) PS_TRY(remove_all(workspace.name, record));
    }
  }
  return {};
}

// --- after a start of the server -----------------------------------------------------------------------------------

void ProcessorService::resume() {
  PS_CHECK(!resumer_.joinable(), "once");
  resumer_ = std::thread([this] {
    const auto workspaces = parts_.catalog.list(CatalogTable::kWorkspaces, "");
    if (!workspaces.ok()) {
      parts_.log.error("no processor can be started again: {}", workspaces.error().message());
      return;
    }
    for (const OwnedDocument& document : *workspaces) {
      const auto workspace = decode_workspace(document);
      const auto records = workspace.ok() ? parts_.catalog.processors(workspace->name)
                                          : Result<std::vector<ProcessorRecord>>(workspace.error().clone());
      if (!records.ok()) {
        parts_.log.error("processors of a workspace are not started again: {}", records.error().message());
        continue;
      }
      for (const ProcessorRecord& record : *records) {
        if (record.state == ProcessorState::kStarted) resume_one(workspace->name, record.name);
      }
    }
    const std::lock_guard lock(mutex_);
    resumed_ = true;
  });
}

void ProcessorService::resume_one(std::string_view workspace, const std::string& name) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
  }
  // Dropped, stopped or started by somebody meanwhile: nothing to do.
  const auto command = begin(workspace, name);
  if (!command.ok() || command->record.state != ProcessorState::kStarted || runs(*command->live)) return;
  auto job = job_of(command->workspace, command->record);
  if (job.ok()) {
    make_run(*command, std::move(*job), false);
    return;
  }
  parts_.log.error("processor {} cannot be started again: {}", name, job.error().message());
  const auto stored = change(*command, [&](ProcessorRecord& record) {
    set_state(record, ProcessorState::kFailed, to_trouble(job.error()), parts_.clock);
  });
  if (!stored.ok()) parts_.log.error("processor {}: {}", name, stored.error().message());
}

bool ProcessorService::runs(const Live& live) const {
  const std::lock_guard lock(mutex_);
  return live.run != nullptr;
}

bool ProcessorService::ready() const {
  const std::lock_guard lock(mutex_);
  return resumed_ && std::all_of(live_.begin(), live_.end(), [](const auto& entry) {
           return entry.second->run == nullptr || entry.second->run->tried();
         });
}

}  // namespace penstock

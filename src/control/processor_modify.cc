// SPDX-License-Identifier: Apache-2.0
// ProcessorService: modify (reference control-plane A5.5).
#include "control/processor_service.h"

#include <utility>

#include "control/processor_definition.h"
#include "control/processor_state.h"
#include "control/record_codec.h"
#include "control/run_failure.h"
#include "control/state_fit.h"
#include "control/tiers.h"

namespace penstock {

Result<void> ProcessorService::decide_state_use(const ProcessorRecord& before, const ModifyRequest& request,
                                                const RunJob& job, ProcessorRecord& after) const {
  if (!request.resume) after.state_use = StateUse::kForget;
  if (after.state_use == StateUse::kForget) return {};
  const bool unchanged =
      before.pipeline.bytes() == after.pipeline.bytes() && before.options.bytes() == after.options.bytes();
  if (unchanged) return {};
  auto state = load_state(parts_.data_folder, before.id);
  if (!state.ok()) return to_client_error(state.error());
  StateFit fit;
  if (*state) {
    PS_TRY(fit, fit_state(**state, job.plan->processor.definition));
  }
  after.state_use = fit.changed ? StateUse::kAdopt : StateUse::kResume;
  after.sink_changed = fit.sink_changed;
  return {};
}

Result<void> ProcessorService::commit_modify(const Command& command, const ProcessorRecord& after) {
  const std::string& workspace = command.workspace.name;
  const auto exclusive = parts_.catalog.exclusive();
  std::vector<CatalogChange> changes;
  if (after.name != command.record.name) {
    PS_TRY(const auto known, parts_.catalog.find_processor(workspace, after.name));
    if (known) return name_is_taken(after.name);
    changes.push_back({CatalogTable::kProcessors, catalog_key(workspace, command.record.name), std::nullopt});
  }
  // The connections may have changed since it was planned, but none that it names can have gone without this.
  PS_TRY(ConnectionRegistry connections, parts_.connections.registry(workspace));
  PS_TRY(make_job(workspace, after, std::move(connections), SinkRule::kRequired));
  changes.push_back({CatalogTable::kProcessors, catalog_key(workspace, after.name), encode(after)});
  return parts_.catalog.apply(changes);
}

Result<void> ProcessorService::modify(std::string_view workspace, std::string_view name, const ModifyRequest& request,
                                      std::string_view who) {
  PS_TRY(const Command command, begin(workspace, name));
  if (command.record.state == ProcessorState::kStarted) {
    return Error(ErrorCode::kInvalidDefinition,
                 "stream processor \"{}\" is running: the processor must be stopped before it is modified", name);
  }
  ProcessorRecord after = command.record;
  if (request.name) {
    PS_TRY(check_processor_name(*request.name));
    after.name = *request.name;
  }
  if (request.pipeline) after.pipeline = *request.pipeline;
  if (request.dlq) after.options = options_with_dlq(after.options, *request.dlq);
  if (request.tier) {
    PS_TRY(check_tier_name(*request.tier, "tier"));
    after.tier = *request.tier;
  }
  if (request.autoscaling) {
    auto checked = check_autoscaling(*request.autoscaling);
    if (!checked.ok()) return checked.take_error().at("autoscaling");
    after.autoscaling = *request.autoscaling;
  }
  if (request.stream_meta_field_name) PS_TRY(check_meta_field_name(*request.stream_meta_field_name));
  PS_TRY(ConnectionRegistry connections, parts_.connections.registry(workspace));
  PS_TRY(const auto job, make_job(workspace, after, std::move(connections), SinkRule::kRequired));
  wait_for_leaving(*command.live);
  PS_TRY(decide_state_use(command.record, request, *job, after));
  ++after.pipeline_version;
  after.modified_by = std::string(who);
  after.last_modified = parts_.clock.now();
  PS_TRY(commit_modify(command, after));
  // Numbers per operator belong to the definition.
  const std::lock_guard lock(mutex_);
  if (command.live->last) command.live->last->operators.clear();
  return {};
}

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
#include "runtime/processor.h"

#include <fmt/format.h>

#include "runtime/cut.h"
#include "state/group_table.h"

namespace penstock {

Processor::Processor(const ProcessorPlan& plan, const RunSettings& settings, Environment environment)
    : plan_(plan), settings_(settings), environment_(std::move(environment)) {}

Result<std::unique_ptr<Processor>> Processor::make(const ProcessorPlan& plan, const RunSettings& settings,
                                                   Environment environment) {
  std::unique_ptr<Processor> processor(new Processor(plan, settings, std::move(environment)));
  PS_TRY(processor->build());
  return processor;
}

Result<std::unique_ptr<Lane>> Processor::build_lane(size_t number) {
  const FieldNeeds* input = plan_.slots ? &plan_.needs : nullptr;
  Lane::Operators operators;
  for (const PlannedStage& stage : plan_.before) {
    PS_TRY(std::unique_ptr<Operator> op, stage.spec->build(input));
    operators.before.push_back(std::move(op));
  }
  if (plan_.window) {
    PS_TRY(operators.window, plan_.window->build_operator(input));
  }
  return std::make_unique<Lane>(number, plan_, settings_, std::move(operators), environment_.source,
                                environment_.source.make_reader(), environment_.executor.clock(), hold_, taps_,
                                replies_);
}

Result<void> Processor::build() {
  for (size_t i = 0; i < settings_.lanes; ++i) {
    PS_TRY(std::unique_ptr<Lane> lane, build_lane(i));
    lanes_.push_back(std::move(lane));
  }
  PS_TRY(add_partitions());
  PS_TRY(restore());
  const Clock& clock = environment_.executor.clock();
  DurableState* state = environment_.state;
  delivery_ = std::make_unique<DeliveryTask>(DeliveryTask::Parts{.sink = environment_.sink,
                                                                 .dead_letter_sink = environment_.dead_letter_sink,
                                                                 .processor = plan_.name,
                                                                 .workspace = plan_.workspace,
                                                                 .letter_salt = hash_key(environment_.lineage),
                                                                 .dead_letter_queue = plan_.dead_letter_queue,
                                                                 .taps = taps_,
                                                                 .clock = clock,
                                                                 .random = environment_.random,
                                                                 .log = environment_.log},
                                             delivered_);
  PS_TRY(std::unique_ptr<Freezer> freezer,
         Freezer::make(plan_, settings_, clock, environment_.random, state == nullptr ? 0 : state->start.seq, &taps_));
  if (state != nullptr) {
    checkpoints_ =
        std::make_unique<CheckpointTask>(state->store, clock, environment_.random, environment_.log, written_);
  }
  coordinator_ = std::make_unique<Coordinator>(
      Coordinator::Parts{plan_, settings_, environment_.source, clock, environment_.log, std::move(freezer), lanes_,
                         *delivery_, replies_, delivered_, hold_, taps_, checkpoints_.get(), written_, state});
  return {};
}

Result<void> Processor::add_partitions() {
  const DurableState* state = environment_.state;
  PS_CHECK(state == nullptr || state->start.partitions.size() == environment_.partitions.size());
  for (const SourcePartition& partition : environment_.partitions) {
    Lane& lane = *lanes_[partition.id.index % lanes_.size()];
    PS_TRY(lane.add_partition(
        partition, state == nullptr ? PartitionMemory{} : memory_of(state->start.partitions[partition.id.index])));
  }
  return {};
}

// A part of one partition goes to the lane of that partition; the others may be anywhere and are merged at the close.
Result<void> Processor::restore() {
  if (environment_.state == nullptr) return {};
  DurableState& state = *environment_.state;
  std::vector<std::vector<SavedPart>> parts(lanes_.size());
  for (CheckpointPart& part : state.start.parts) {
    parts[part.partition % lanes_.size()].push_back({part.window, part.partition, std::move(part.state)});
  }
  for (size_t i = 0; i < lanes_.size(); ++i) {
    auto restored = lanes_[i]->restore(state.start.frontier, parts[i]);
    if (!restored.ok()) {
      return Error(ErrorCode::kStateRefused, "the window state of processor \"{}\" cannot be read: {}", plan_.name,
                   restored.error().message());
    }
  }
  // The parts stay in the lanes; the first checkpoint holds them as the lanes now would save them.
  state.start.parts.clear();
  for (const auto& lane : lanes_)
    lane->save(state.start.parts);
  return state.store.write(state.start, state.undelivered);
}

void Processor::start() {
  Executor& executor = environment_.executor;
  coordinator_waker_ = &executor.start("coordinator", *coordinator_);
  replies_.set_waker(coordinator_waker_);
  delivered_.set_waker(coordinator_waker_);
  written_.set_waker(coordinator_waker_);
  delivery_->mailbox().set_waker(&executor.start("delivery", *delivery_));
  if (checkpoints_) checkpoints_->mailbox().set_waker(&executor.start("checkpoints", *checkpoints_));
  for (size_t i = 0; i < lanes_.size(); ++i) {
    lanes_[i]->set_waker(&executor.start(fmt::format("lane {}", i), *lanes_[i]));
  }
}

void Processor::request_stop() {
  coordinator_->request_stop();
  if (coordinator_waker_ != nullptr) coordinator_waker_->wake();
}

Result<void> Processor::outcome() {
  std::optional<Error> failure = coordinator_->take_failure();
  if (failure) return std::move(*failure);
  return {};
}

}  // namespace penstock

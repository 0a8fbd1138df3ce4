// SPDX-License-Identifier: Apache-2.0
#include "runtime/processor.h"

#include <fmt/format.h>

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
                                environment_.source.make_reader(), environment_.executor.clock(), hold_, replies_);
}

Result<void> Processor::build() {
  for (size_t i = 0; i < settings_.lanes; ++i) {
    PS_TRY(std::unique_ptr<Lane> lane, build_lane(i));
    lanes_.push_back(std::move(lane));
  }
  for (const SourcePartition& partition : environment_.partitions) {
    PS_TRY(lanes_[partition.id.index % lanes_.size()]->add_partition(partition));
  }
  const Clock& clock = environment_.executor.clock();
  delivery_ = std::make_unique<DeliveryTask>(environment_.sink, environment_.dead_letter_sink, clock,
                                             environment_.random, environment_.log, delivered_);
  PS_TRY(std::unique_ptr<Freezer> freezer, Freezer::make(plan_, settings_, clock, environment_.random));
  coordinator_ = std::make_unique<Coordinator>(Coordinator::Parts{plan_, settings_, environment_.source, clock,
                                                                  environment_.log, std::move(freezer), lanes_,
                                                                  *delivery_, replies_, delivered_, hold_});
  return {};
}

void Processor::start() {
  Executor& executor = environment_.executor;
  coordinator_waker_ = &executor.start("coordinator", *coordinator_);
  replies_.set_waker(coordinator_waker_);
  delivered_.set_waker(coordinator_waker_);
  delivery_->mailbox().set_waker(&executor.start("delivery", *delivery_));
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

// SPDX-License-Identifier: Apache-2.0
// The freeze: sealed parts, outputs and dead letters become an outbox entry of final bytes. What leaves later is
// exactly this (reliability 1.4). Order: windows by start, groups by first occurrence; without windows by partition and
// offset. Thread: the coordinator.
#pragma once

#include <memory>
#include <vector>

#include "runtime/messages.h"
#include "runtime/object_ids.h"
#include "runtime/plan.h"

namespace penstock {

class Freezer final : private DeadLetterCollector {
 public:
  static Result<std::unique_ptr<Freezer>> make(const ProcessorPlan& plan, const RunSettings& settings,
                                               const Clock& clock, Random& random);
  // Joins what all lanes answered at one barrier. Empty when there is nothing to deliver: then no seq is used.
  Result<std::optional<OutboxEntry>> freeze(std::vector<SealedPart> sealed, std::vector<LaneOutput> outputs,
                                            std::vector<DeadLetter> dead_letters);
  uint64_t windows_closed() const { return windows_closed_; }
  // Dead letters that finishing windows made, on top of those of the lanes.
  uint64_t dead_letters_made() const { return dead_letters_made_; }

 private:
  Freezer(const ProcessorPlan& plan, const RunSettings& settings, const Clock& clock, Random& random);
  bool wanted() const override { return plan_.dead_letter_queue; }
  void add(DeadLetter letter) override;

  Result<void> finish_windows(std::vector<SealedPart> sealed, OutboxEntry& entry);
  Result<void> finish_window(std::vector<SealedPart> parts, OutboxEntry& entry);
  void freeze_outputs(std::vector<LaneOutput> outputs, OutboxEntry& entry);
  OwnedDocument to_document(const DeadLetter& letter);

  const ProcessorPlan& plan_;
  const Clock& clock_;
  std::unique_ptr<WindowFinisher> finisher_;
  std::vector<std::unique_ptr<Operator>> after_;
  ObjectIds ids_;
  RowBatch rows_;
  EvalContext context_;
  std::vector<DeadLetter> letters_;
  uint64_t seq_ = 0;
  uint64_t windows_closed_ = 0;
  uint64_t dead_letters_made_ = 0;
};

}  // namespace penstock

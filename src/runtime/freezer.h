// SPDX-License-Identifier: Apache-2.0
// The freeze: sealed parts, outputs and dead letters become outbox entries of final bytes. What leaves later is exactly
// this (reliability 1.4). Order: windows by start, groups by first occurrence; without windows by partition and offset;
// dead letters last. An entry is small enough for one transaction of the sink. Thread: the coordinator.
#pragma once

#include <memory>
#include <vector>

#include "runtime/dead_letter_documents.h"
#include "runtime/messages.h"
#include "runtime/object_ids.h"
#include "runtime/plan.h"
#include "runtime/sample_tap.h"
#include "runtime/stage_meter.h"

namespace penstock {

class Freezer final : private DeadLetterCollector {
 public:
  // `last_seq`: of the entries frozen before, from a checkpoint. `taps`: see everything that is frozen.
  static Result<std::unique_ptr<Freezer>> make(const ProcessorPlan& plan, const RunSettings& settings,
                                               const Clock& clock, Random& random, uint64_t last_seq = 0,
                                               SampleTaps* taps = nullptr);
  // Joins what all lanes answered. `cut`: what the sink's marker will show. Empty when there is nothing to deliver:
  // then no seq is used.
  Result<std::vector<FrozenEntry>> freeze(std::vector<SealedPart> sealed, std::vector<LaneOutput> outputs,
                                          std::vector<DeadLetter> dead_letters, const OwnedDocument& cut);
  uint64_t last_seq() const { return seq_; }
  uint64_t windows_closed() const { return windows_closed_; }
  // When the windows of the last freeze were opened, and what came of each.
  std::vector<ReadMark> take_reads() { return std::exchange(reads_, {}); }
  // The window, whose rows come in at the lanes, and the stages behind it.
  const std::vector<StageCounters>& stages() const { return meter_.stages(); }
  // Dead letters that finishing windows made, on top of those of the lanes.
  uint64_t dead_letters_made() const { return dead_letters_made_; }

 private:
  Freezer(const ProcessorPlan& plan, const RunSettings& settings, const Clock& clock, Random& random, uint64_t last_seq,
          SampleTaps* taps);
  bool wanted() const override { return plan_.dead_letter_queue || sampling_; }
  void add(DeadLetter letter) override;

  Result<void> finish_windows(std::vector<SealedPart> sealed);
  Result<void> finish_window(std::vector<SealedPart> parts);
  void freeze_outputs(std::vector<LaneOutput> outputs);
  void freeze_letters();
  void add_document(Document document, const ObjectId& id);
  void offer(Document sample);
  OutboxEntry& entry_with_room(size_t bytes);

  const ProcessorPlan& plan_;
  const Clock& clock_;
  std::unique_ptr<WindowFinisher> finisher_;
  std::vector<std::unique_ptr<Operator>> after_;
  ObjectIds ids_;
  RowBatch rows_;
  EvalContext context_;
  DeadLetterDocuments letter_documents_;
  std::vector<DeadLetter> letters_;
  SampleTaps* taps_;
  bool sampling_ = false;  // Somebody looks at this freeze and has room.
  StageMeter meter_;
  std::vector<ReadMark> reads_;
  std::vector<std::shared_ptr<OutboxEntry>> entries_;  // Of the freeze at hand.
  size_t entry_bytes_ = 0;                             // Of the last one.
  uint64_t seq_ = 0;
  uint64_t windows_closed_ = 0;
  uint64_t dead_letters_made_ = 0;
};

}  // namespace penstock

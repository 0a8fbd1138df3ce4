// SPDX-License-Identifier: Apache-2.0
// A lane: one task with its own share of the partitions and its own window state. Lanes share nothing (architecture 8).
//
//   poll the partition furthest behind -> decode -> stages -> window part (or outputs)      one batch a step
//   barrier: seal through its frontier, answer with positions, sealed parts, outputs, dead letters
//
// With one lane the frontier moves with every record; with several it moves at barriers, so that all lanes seal the
// same windows at the same barrier.
#pragma once

#include <atomic>
#include <memory>
#include <span>
#include <vector>

#include "runtime/mailbox.h"
#include "runtime/messages.h"
#include "runtime/plan.h"
#include "runtime/record_decoder.h"
#include "runtime/sample_tap.h"
#include "runtime/stage_meter.h"

namespace penstock {

class Lane final : public Task, private FrontierOfLane, private DeadLetterCollector {
 public:
  struct Operators {
    std::vector<std::unique_ptr<Operator>> before;
    std::unique_ptr<WindowOperator> window;  // May be null.
  };
  // `hold`: while true the lane does not poll (the sink is behind). `taps`: somebody may want to see dead letters.
  Lane(size_t number, const ProcessorPlan& plan, const RunSettings& settings, Operators operators, const Source& source,
       std::unique_ptr<SourceReader> reader, const Clock& clock, const std::atomic<bool>& hold, const SampleTaps& taps,
       Mailbox<LaneReply>& replies);

  // Adds a partition before the lane runs. `memory`: of a checkpoint.
  Result<void> add_partition(const SourcePartition& partition, const PartitionMemory& memory = {});
  // Takes up the state of a checkpoint before the lane runs.
  Result<void> restore(EventTime frontier, std::span<const SavedPart> parts);
  // Appends the open parts. Before the lane runs.
  void save(std::vector<CheckpointPart>& to) const;
  Mailbox<LaneMessage>& mailbox() { return mailbox_; }
  void set_waker(Waker* waker);
  StepResult step() override;

 private:
  struct Share {
    SourcePartition partition;
    int64_t position = 0;
    EventTime clock_max = EventTime::lowest();  // --clock record: running maximum of timestamps.
    LastRecord last;
    uint64_t records = 0;
    uint64_t bytes = 0;
    bool empty = false;  // The last poll found nothing, and the end is not known to be reached.
  };

  // What the coordinator goes by, besides records.
  struct Standing {
    std::optional<EventTime> watermark;
    bool holds_watermark = false;
    bool finished = false;
    bool operator==(const Standing&) const = default;
  };

  EventTime observe(EventTime largest) override;
  EventTime frontier() const override { return frontier_; }
  bool wanted() const override { return plan_.dead_letter_queue || taps_.listening(); }
  void add(DeadLetter letter) override;

  bool handle_messages();
  void answer(const LaneMessage& barrier);
  void notify_if_sealed();
  Standing standing();
  void tell_news();
  int64_t next_step_ns(int64_t now_ns) const;
  void pause(int64_t now_ns);
  void raise_frontier(EventTime to);
  Result<bool> poll_once();
  std::vector<size_t> order_of_polling() const;
  Result<bool> poll(size_t index);
  Result<void> process(size_t index);
  Result<void> process_rows(size_t index);
  void decode(size_t begin, size_t end, size_t count, const SourceMeta& meta);
  uint64_t row_bytes() const;
  void stamp_times(Share& share);
  uint64_t drop_beyond_end(const Share& share, size_t& count) const;
  void count_read(Share& share, uint64_t records, uint64_t bytes);
  void collect_outputs(PartitionId partition);
  Result<void> check_memory() const;
  void fail(Error error);

  const size_t number_;
  const ProcessorPlan& plan_;
  const RunSettings& settings_;
  Operators operators_;
  const Source& source_;
  std::unique_ptr<SourceReader> reader_;
  const Clock& clock_;
  const std::atomic<bool>& hold_;
  const SampleTaps& taps_;
  Mailbox<LaneReply>& replies_;
  Mailbox<LaneMessage> mailbox_;

  RecordDecoder decoder_;
  WatermarkTracker watermarks_;  // Slot = index in shares_.
  std::vector<Share> shares_;
  size_t current_ = 0;  // Share of the batch at hand.
  EventTime frontier_ = EventTime::lowest();
  const bool seals_itself_;
  RecordBatch records_;
  RowBatch rows_;
  EvalContext context_;
  std::vector<LaneOutput> outputs_;
  size_t saved_bytes_ = 0;  // Of the open parts at the newest checkpoint.
  size_t output_bytes_ = 0;
  std::vector<DeadLetter> dead_letters_;
  size_t dead_letter_bytes_ = 0;
  LaneCounters counters_;
  StageMeter meter_;
  uint64_t chunk_bytes_ = 0;     // Of the rows that were decoded together last, as they came.
  uint64_t chunk_rows_ = 0;      // How many of them are documents.
  int64_t read_ns_ = 0;          // When the batch at hand was read.
  std::vector<ReadMark> reads_;  // Of outputs_.
  int64_t last_arrival_ns_ = 0;
  bool notified_ = false;
  bool has_news_ = false;  // Since the newest answer; the coordinator was told.
  Standing answered_;      // In the newest answer.
  bool failed_ = false;
};

}  // namespace penstock

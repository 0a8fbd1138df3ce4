// SPDX-License-Identifier: Apache-2.0
#include "runtime/coordinator.h"

#include <algorithm>

#include "base/crash_point.h"
#include "runtime/cut.h"
#include "runtime/silence.h"

namespace penstock {
namespace {

constexpr size_t kOutboxEntriesMax = 16;
constexpr size_t kOutboxBytesMax = 32 * 1024 * 1024;
constexpr int64_t kQuietBarrierNs = 200'000'000;  // When nothing is sealed: statistics, processing time, idle timeouts.
constexpr int64_t kIdleBarrierNs = 1'000'000'000;  // When nothing happens at all: a lane says when something does.
constexpr int64_t kUnchangedCheckpointNs = 60'000'000'000;
constexpr int64_t kDiscoveryNs = 1'000'000'000;
constexpr int64_t kStopDeadlineNs = 30'000'000'000;

}  // namespace

Coordinator::Coordinator(Parts parts)
    : parts_(std::move(parts)),
      last_(parts_.lanes.size()),
      statistics_(parts_.plan, parts_.source, parts_.clock,
                  parts_.state == nullptr ? CheckpointCounters() : parts_.state->start.counters) {
  if (parts_.state == nullptr) return;
  checkpoint_ = std::make_unique<Checkpoint>(std::move(parts_.state->start));
  statistics_.durable(checkpoint_->partitions);
  frontier_ = sealed_through_ = checkpoint_->frontier;
  for (FrozenEntry& entry : parts_.state->undelivered) {
    undelivered_bytes_ += entry->bytes();
    undelivered_.push_back(std::move(entry));
  }
  checkpoint_has_outbox_ = !undelivered_.empty();
  next_checkpoint_ns_ = parts_.clock.monotonic_ns() + parts_.state->period.ms * 1'000'000;
  deliver_durable(checkpoint_->seq);
}

StepResult Coordinator::step() {
  take_deliveries();
  take_checkpoints();
  take_replies();
  if (phase_ == Phase::kEnded) return StepResult::done();
  if (barrier_under_way_ && answers_missing_ == 0) {
    barrier_under_way_ = false;
    auto completed = complete_barrier();
    if (!completed.ok()) fail(completed.take_error());
    if (phase_ == Phase::kEnded) return StepResult::done();
  }
  const int64_t now_ns = parts_.clock.monotonic_ns();
  if (wants_barrier(now_ns)) send_barrier();
  if (phase_ == Phase::kDraining) drain();
  if (phase_ == Phase::kEnded) return StepResult::done();
  if (phase_ == Phase::kRunning && now_ns >= next_discovery_ns_) read_new_partitions();
  parts_.hold.store(is_behind() || phase_ != Phase::kRunning, std::memory_order_relaxed);
  give_up_after_deadline(now_ns);
  if (phase_ == Phase::kEnded) return StepResult::done();
  if (now_ns - published_ns_ >= longest_pause_ns()) publish_snapshot();  // Trouble shows also when nothing moves.
  return StepResult::wait_until(next_step_ns(now_ns));
}

// Answers and deliveries wake this task; the rest goes by time.
int64_t Coordinator::next_step_ns(int64_t now_ns) const {
  int64_t next_ns = now_ns + longest_pause_ns();
  if (may_send_barrier()) next_ns = std::min(next_ns, next_barrier_ns_);
  if (stop_deadline_ns_ != 0) next_ns = std::min(next_ns, stop_deadline_ns_);
  return std::max(next_ns, now_ns + 1'000'000);
}

int64_t Coordinator::longest_pause_ns() const { return idle_ ? kIdleBarrierNs : kQuietBarrierNs; }

bool Coordinator::is_behind() const {
  const bool disk = parts_.checkpoints != nullptr && !parts_.checkpoints->trouble().empty();
  return disk || undelivered_.size() >= kOutboxEntriesMax || undelivered_bytes_ >= kOutboxBytesMax;
}

bool Coordinator::may_send_barrier() const {
  if (barrier_under_way_ || checkpoint_under_way_ || phase_ != Phase::kRunning) return false;
  // A stop does not wait for the sink: what is frozen last is kept with the state.
  return !is_behind() || (stop_requested_.load() && parts_.state != nullptr);
}

bool Coordinator::wants_barrier(int64_t now_ns) const {
  if (!may_send_barrier()) return false;
  return barrier_wanted_ || now_ns >= next_barrier_ns_ || stop_requested_.load();
}

void Coordinator::take_replies() {
  for (LaneReply& reply : parts_.replies.take_all()) {
    if (reply.failure) {
      fail(std::move(*reply.failure));
      return;
    }
    if (reply.has_sealed) {
      barrier_wanted_ = true;
      continue;
    }
    if (reply.seq == 0) {
      idle_ = false;
      next_barrier_ns_ = std::min(next_barrier_ns_, answered_ns_ + active_pause_ns_);
      continue;
    }
    --answers_missing_;
    std::move(reply.sealed.begin(), reply.sealed.end(), std::back_inserter(sealed_));
    std::move(reply.outputs.begin(), reply.outputs.end(), std::back_inserter(outputs_));
    reads_.insert(reads_.end(), reply.reads.begin(), reply.reads.end());
    std::move(reply.dead_letters.begin(), reply.dead_letters.end(), std::back_inserter(dead_letters_));
    reply.sealed.clear();
    reply.outputs.clear();
    reply.dead_letters.clear();
    last_[reply.lane] = std::move(reply);
  }
}

void Coordinator::take_deliveries() {
  for (Delivered& delivered : parts_.delivered.take_all()) {
    if (delivered.failure) {
      fail(std::move(*delivered.failure));
      return;
    }
    PS_CHECK(!undelivered_.empty() && undelivered_.front()->seq == delivered.seq, "entries arrive in order");
    undelivered_bytes_ -= undelivered_.front()->bytes();
    undelivered_.pop_front();
    statistics_.delivered(delivered);
    publish_snapshot();
  }
}

void Coordinator::take_checkpoints() {
  for (CheckpointDone& done : parts_.written.take_all()) {
    checkpoint_under_way_ = false;
    checkpoint_ = std::move(done.checkpoint);
    if (done.failure) {
      fail(std::move(*done.failure));
      return;
    }
    written_ns_ = parts_.clock.monotonic_ns();
    next_checkpoint_ns_ = *written_ns_ + parts_.state->period.ms * 1'000'000;
    deliver_durable(done.durable_seq);
    statistics_.durable(checkpoint_->partitions);
    publish_positions(*checkpoint_);
  }
}

// Hands over what may leave: entries up to `seq` survive a crash.
void Coordinator::deliver_durable(uint64_t seq) {
  for (const FrozenEntry& entry : undelivered_) {
    if (entry->seq <= posted_seq_ || entry->seq > seq) continue;
    posted_seq_ = entry->seq;
    parts_.delivery.mailbox().post(entry);
  }
}

void Coordinator::publish_positions(const Checkpoint& checkpoint) {
  std::vector<PublishedPosition> positions;
  for (uint32_t i = 0; i < checkpoint.partitions.size(); ++i)
    positions.push_back({PartitionId{i}, checkpoint.partitions[i].position});
  parts_.source.publish(positions);
}

bool Coordinator::all_finished() const {
  return parts_.settings.until_end &&
         std::all_of(last_.begin(), last_.end(), [](const LaneReply& r) { return r.finished; });
}

void Coordinator::send_barrier() {
  const bool finished = barrier_seq_ > 0 && all_finished();
  if (finished || stop_requested_.load()) phase_ = Phase::kLastBarrier;
  frontier_ = finished ? EventTime::highest() : std::max(frontier_, next_frontier());
  barrier_saves_ = should_save(parts_.clock.monotonic_ns());
  ++barrier_seq_;
  answers_missing_ = parts_.lanes.size();
  barrier_under_way_ = true;
  barrier_wanted_ = false;
  for (const auto& lane : parts_.lanes) {
    lane->mailbox().post({.kind = LaneMessage::Kind::kBarrier,
                          .seq = barrier_seq_,
                          .frontier = frontier_,
                          .save = barrier_saves_,
                          .partition = {}});
  }
}

// Saving costs a copy of all open windows, so only when a checkpoint will be made. A guess that misses costs one more
// barrier.
bool Coordinator::should_save(int64_t now_ns) const {
  if (parts_.state == nullptr) return false;
  const auto close = next_close();
  return barrier_wanted_ || has_material() || phase_ == Phase::kLastBarrier || now_ns >= next_checkpoint_ns_ ||
         (close && *close <= frontier_);
}

std::optional<EventTime> Coordinator::next_close() const {
  std::optional<EventTime> next;
  for (const LaneReply& lane : last_) {
    if (lane.next_end && (!next || *lane.next_end < *next)) next = lane.next_end;
  }
  if (!next) return std::nullopt;
  return saturating_sum(*next, parts_.plan.window->allowed_lateness());
}

Result<void> Coordinator::complete_barrier() {
  const bool quiet = !has_material() && parts_.lanes.size() == 1;
  active_pause_ns_ = quiet ? kQuietBarrierNs : parts_.settings.freeze_period.ms * 1'000'000;
  idle_ = !has_material() && !waits_for_the_clock() &&
          std::none_of(last_.begin(), last_.end(), [](const LaneReply& r) { return r.has_news; });
  answered_ns_ = parts_.clock.monotonic_ns();
  next_barrier_ns_ = answered_ns_ + (idle_ ? kIdleBarrierNs : active_pause_ns_);
  for (const LaneReply& lane : last_) {
    if (lane.frontier < EventTime::highest()) sealed_through_ = std::max(sealed_through_, lane.frontier);
  }
  PS_TRY(freeze());
  publish_snapshot();
  if (phase_ == Phase::kLastBarrier) phase_ = Phase::kDraining;
  if (phase_ == Phase::kRunning && all_finished()) barrier_wanted_ = true;
  if (phase_ == Phase::kRunning) warn_about_silent_partitions();
  return {};
}

// An open window may close although nothing happens.
bool Coordinator::waits_for_the_clock() const {
  if (parts_.plan.window == nullptr) return false;
  const bool by_clock =
      parts_.plan.window->boundary() == WindowBoundary::kProcessingTime || parts_.plan.window->idle_timeout();
  return by_clock && std::any_of(last_.begin(), last_.end(), [](const LaneReply& r) { return r.next_end.has_value(); });
}

// With state: what was sealed waits for answers that hold the open windows of the same cut.
Result<void> Coordinator::freeze() {
  if (parts_.state != nullptr && !barrier_saves_) {
    if (has_material()) barrier_wanted_ = true;
    return {};
  }
  // A bounded run seals everything at its end, but time goes on from the windows that were there.
  for (const SealedPart& part : sealed_) {
    const Duration lateness = parts_.plan.window->allowed_lateness();
    sealed_through_ = std::max(sealed_through_, saturating_sum(part.window.end, lateness));
  }
  std::vector<FrozenEntry> entries;
  if (has_material()) {
    PS_TRY(entries,
           parts_.freezer->freeze(std::exchange(sealed_, {}), std::exchange(outputs_, {}),
                                  std::exchange(dead_letters_, {}), cut_document(partitions_of(last_), parts_.source)));
  }
  const bool frozen = !entries.empty();
  if (frozen) statistics_.frozen(parts_.freezer->last_seq(), take_reads());
  for (FrozenEntry& entry : entries) {
    undelivered_bytes_ += entry->bytes();
    undelivered_.push_back(std::move(entry));
  }
  if (parts_.state == nullptr) {
    deliver_durable(parts_.freezer->last_seq());
  } else if (frozen || phase_ == Phase::kLastBarrier || checkpoint_is_due()) {
    take_cut(last_, parts_.source, *checkpoint_);
    write_checkpoint();
  }
  return {};
}

// What has not changed is written rarely: many processors wait for records most of the time.
bool Coordinator::checkpoint_is_due() {
  const int64_t now_ns = parts_.clock.monotonic_ns();
  if (now_ns < next_checkpoint_ns_) return false;
  const bool by_clock = parts_.plan.window && parts_.plan.window->boundary() == WindowBoundary::kProcessingTime;
  const bool same = is_cut_of(last_, *checkpoint_) && (by_clock || checkpoint_->frontier == sealed_through_);
  const bool old = !written_ns_ || now_ns - *written_ns_ >= kUnchangedCheckpointNs;
  if (!same || checkpoint_has_outbox_ || old) return true;
  next_checkpoint_ns_ = now_ns + parts_.state->period.ms * 1'000'000;
  for (LaneReply& lane : last_)
    lane.saved.clear();
  return false;
}

// When what was frozen just now had been read.
std::vector<ReadMark> Coordinator::take_reads() {
  std::vector<ReadMark> reads = parts_.freezer->take_reads();
  reads.insert(reads.end(), reads_.begin(), reads_.end());
  reads_.clear();
  return reads;
}

// The cut stays as it was taken; what changes between two writes of one cut is which entries are acknowledged.
void Coordinator::write_checkpoint() {
  checkpoint_->seq = parts_.freezer->last_seq();
  checkpoint_->frontier = sealed_through_;
  checkpoint_->at = parts_.clock.now();
  checkpoint_->counters = statistics_.totals(last_, *parts_.freezer);
  checkpoint_has_outbox_ = !undelivered_.empty();
  checkpoint_under_way_ = true;
  crash_point("windows are frozen, nothing is written");
  parts_.checkpoints->mailbox().post(
      {std::move(checkpoint_), std::vector<FrozenEntry>(undelivered_.begin(), undelivered_.end())});
}

// Everything is frozen and durable; what is missing is the sink, and a checkpoint that says that the outbox is empty.
void Coordinator::drain() {
  if (checkpoint_under_way_ || !undelivered_.empty()) return;
  if (parts_.state != nullptr && checkpoint_has_outbox_) return write_checkpoint();
  end();
}

EventTime Coordinator::next_frontier() {
  if (parts_.plan.window == nullptr) return EventTime::lowest();
  const bool wall =
      parts_.plan.window->boundary() == WindowBoundary::kProcessingTime && parts_.settings.clock == ClockMode::kWall;
  if (wall) return parts_.clock.now();
  return std::max(watermark_frontier(), idle_frontier());
}

// The minimum over the lanes that hold the watermark; when none does, what was seen at most.
EventTime Coordinator::watermark_frontier() const {
  EventTime least = EventTime::highest();
  EventTime largest = EventTime::lowest();
  bool holds = false;
  for (const LaneReply& lane : last_) {
    if (lane.watermark) largest = std::max(largest, *lane.watermark);
    if (!lane.holds_watermark) continue;
    holds = true;
    least = std::min(least, lane.watermark.value_or(EventTime::lowest()));
  }
  return holds ? least : largest;
}

// idleTimeout: when the source has been silent for so long, windows whose end has passed on the wall clock close
// (reference pipeline-language 3.4, decision 5). Silence is measured at the answers: while a slow sink holds the lanes
// there are none.
EventTime Coordinator::idle_frontier() const {
  const auto timeout = parts_.plan.window->idle_timeout();
  if (!timeout) return EventTime::lowest();
  int64_t last_arrival_ns = 0;
  std::optional<EventTime> next_end;
  for (const LaneReply& lane : last_) {
    last_arrival_ns = std::max(last_arrival_ns, lane.last_arrival_ns);
    if (lane.next_end && (!next_end || *lane.next_end < *next_end)) next_end = lane.next_end;
  }
  const bool silent = (answered_ns_ - last_arrival_ns) / 1'000'000 >= timeout->ms;
  if (!silent || !next_end || *next_end > parts_.clock.now()) return EventTime::lowest();
  return saturating_sum(*next_end, parts_.plan.window->allowed_lateness());
}

void Coordinator::read_new_partitions() {
  next_discovery_ns_ = parts_.clock.monotonic_ns() + kDiscoveryNs;
  if (parts_.settings.until_end) return;
  for (SourcePartition& partition : parts_.source.take_new_partitions()) {
    parts_.log.info("partition {} of topic {} is new: reading it from its beginning", partition.number,
                    partition.topic);
    Lane& lane = *parts_.lanes[partition.id.index % parts_.lanes.size()];
    lane.mailbox().post({.kind = LaneMessage::Kind::kPartition, .partition = std::move(partition)});
  }
}

void Coordinator::warn_about_silent_partitions() {
  if (parts_.plan.window == nullptr || parts_.settings.until_end || parts_.plan.partition_idle_timeout) return;
  if (parts_.plan.window->boundary() != WindowBoundary::kEventTime) return;
  std::vector<PartitionView> partitions;
  for (const LaneReply& lane : last_)
    partitions.insert(partitions.end(), lane.partitions.begin(), lane.partitions.end());
  for (const SilentPartition& silent :
       find_silent(partitions, parts_.plan.window->interval(), parts_.clock.monotonic_ns())) {
    if (!warned_.insert(silent.id.index).second) continue;
    const SourceMeta meta = parts_.source.meta(silent.id);
    parts_.log.warning(
        "partition {} of topic {} has delivered nothing for {} s and holds all windows back: set partitionIdleTimeout "
        "in "
        "$source to leave silent partitions out",
        meta.partition, meta.topic, silent.silent_for.ms / 1000);
  }
}

// A stop does not wait for ever for a sink that does not answer.
void Coordinator::give_up_after_deadline(int64_t now_ns) {
  if (!stop_requested_.load()) return;
  if (stop_deadline_ns_ == 0) stop_deadline_ns_ = now_ns + kStopDeadlineNs;
  if (now_ns < stop_deadline_ns_) return;
  std::string reason = parts_.delivery.trouble();
  if (reason.empty()) reason = "the sink did not answer in time";
  if (parts_.state == nullptr) {
    return fail(Error(ErrorCode::kPeerUnreachable, "stopped, but {} batches of results could not be delivered: {}",
                      undelivered_.size(), reason));
  }
  if (checkpoint_under_way_) {
    return fail(Error(ErrorCode::kDiskFull,
                      "stopped, but the last checkpoint could not be written ({}): the next start goes on from the one "
                      "before it, nothing is lost",
                      parts_.checkpoints->trouble()));
  }
  parts_.log.warning("{} batches of results could not be delivered ({}): they are kept and delivered at the next start",
                     undelivered_.size(), reason);
  parts_.delivery.abandon();
  end();
}

void Coordinator::fail(Error error) {
  if (!failure_) failure_ = std::move(error);
  parts_.delivery.abandon();
  if (parts_.checkpoints != nullptr) parts_.checkpoints->abandon();
  end();
}

void Coordinator::end() {
  for (const auto& lane : parts_.lanes)
    lane->mailbox().post({.kind = LaneMessage::Kind::kStop, .partition = {}});
  parts_.delivery.mailbox().post(nullptr);
  if (parts_.checkpoints != nullptr) parts_.checkpoints->mailbox().post({});
  phase_ = Phase::kEnded;
  parts_.taps.end();
  publish_snapshot();
}

void Coordinator::publish_snapshot() {
  published_ns_ = parts_.clock.monotonic_ns();
  ProcessorSnapshot next = statistics_.snapshot(last_, *parts_.freezer);
  next.memory_bytes += undelivered_bytes_;
  const EventTime watermark = watermark_frontier();
  if (watermark > EventTime::lowest() && watermark < EventTime::highest()) next.watermark = watermark;
  next.trouble = parts_.source.trouble();
  if (next.trouble.empty()) next.trouble = parts_.delivery.trouble();
  if (next.trouble.empty() && parts_.checkpoints != nullptr) next.trouble = parts_.checkpoints->trouble();
  next.finished = phase_ == Phase::kEnded;
  const std::lock_guard lock(mutex_);
  snapshot_ = std::move(next);
}

ProcessorSnapshot Coordinator::snapshot() const {
  const std::lock_guard lock(mutex_);
  return snapshot_;
}

}  // namespace penstock

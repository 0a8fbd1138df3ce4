// SPDX-License-Identifier: Apache-2.0
#include "runtime/coordinator.h"

#include <algorithm>

#include "runtime/silence.h"

namespace penstock {
namespace {

constexpr size_t kOutboxEntriesMax = 4;
constexpr int64_t kQuietBarrierNs = 200'000'000;  // When nothing is sealed: statistics, processing time, idle timeouts.
constexpr int64_t kDiscoveryNs = 1'000'000'000;
constexpr int64_t kStopDeadlineNs = 30'000'000'000;

}  // namespace

Coordinator::Coordinator(Parts parts) : parts_(std::move(parts)), last_(parts_.lanes.size()) {}

StepResult Coordinator::step() {
  take_deliveries();
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
  if (phase_ == Phase::kDraining && outbox_entries_ == 0) {
    auto rest = freeze();  // Documents that the sink refused became dead letters meanwhile.
    if (!rest.ok()) fail(rest.take_error());
    if (outbox_entries_ == 0) end();
  }
  if (phase_ == Phase::kEnded) return StepResult::done();
  if (phase_ == Phase::kRunning && now_ns >= next_discovery_ns_) read_new_partitions();
  const bool behind = outbox_entries_ >= kOutboxEntriesMax || phase_ != Phase::kRunning;
  parts_.hold.store(behind, std::memory_order_relaxed);
  give_up_after_deadline(now_ns);
  if (phase_ == Phase::kEnded) return StepResult::done();
  return StepResult::wait_until(next_step_ns(now_ns));
}

// Answers and deliveries wake this task; the rest goes by time.
int64_t Coordinator::next_step_ns(int64_t now_ns) const {
  int64_t next_ns = now_ns + kQuietBarrierNs;
  if (may_send_barrier()) next_ns = std::min(next_ns, next_barrier_ns_);
  if (stop_deadline_ns_ != 0) next_ns = std::min(next_ns, stop_deadline_ns_);
  return std::max(next_ns, now_ns + 1'000'000);
}

bool Coordinator::may_send_barrier() const {
  return !barrier_under_way_ && phase_ == Phase::kRunning && outbox_entries_ < kOutboxEntriesMax;
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
    --answers_missing_;
    std::move(reply.sealed.begin(), reply.sealed.end(), std::back_inserter(sealed_));
    std::move(reply.outputs.begin(), reply.outputs.end(), std::back_inserter(outputs_));
    std::move(reply.dead_letters.begin(), reply.dead_letters.end(), std::back_inserter(dead_letters_));
    reply.sealed.clear();
    reply.outputs.clear();
    reply.dead_letters.clear();
    last_[reply.lane] = std::move(reply);
  }
}

void Coordinator::take_deliveries() {
  for (Delivered& delivered : parts_.delivered.take_all()) {
    --outbox_entries_;
    if (delivered.failure) {
      fail(std::move(*delivered.failure));
      return;
    }
    documents_out_ += delivered.documents;
    refused_ += delivered.refused.size();
    for (size_t i = 0; i < delivered.refused.size(); ++i) {
      if (!parts_.plan.dead_letter_queue) continue;
      dead_letters_.push_back({.operator_name = "MergeOperator",
                               .reason = "Failed to process an input document in the current batch in MergeOperator "
                                         "with error: " +
                                         delivered.refused[i].reason,
                               .code = ErrorCode{delivered.refused[i].code},
                               .document = std::move(delivered.refused_documents[i])});
    }
    publish_snapshot();
  }
}

bool Coordinator::all_finished() const {
  return parts_.settings.until_end &&
         std::all_of(last_.begin(), last_.end(), [](const LaneReply& r) { return r.finished; });
}

void Coordinator::send_barrier() {
  const bool finished = barrier_seq_ > 0 && all_finished();
  if (finished || stop_requested_.load()) phase_ = Phase::kLastBarrier;
  frontier_ = finished ? EventTime::highest() : std::max(frontier_, next_frontier());
  ++barrier_seq_;
  answers_missing_ = parts_.lanes.size();
  barrier_under_way_ = true;
  barrier_wanted_ = false;
  for (const auto& lane : parts_.lanes) {
    lane->mailbox().post(
        {.kind = LaneMessage::Kind::kBarrier, .seq = barrier_seq_, .frontier = frontier_, .partition = {}});
  }
}

Result<void> Coordinator::complete_barrier() {
  const bool quiet = sealed_.empty() && outputs_.empty() && dead_letters_.empty() && parts_.lanes.size() == 1;
  const int64_t pause_ns = quiet ? kQuietBarrierNs : parts_.settings.freeze_period.ms * 1'000'000;
  answered_ns_ = parts_.clock.monotonic_ns();
  next_barrier_ns_ = answered_ns_ + pause_ns;
  PS_TRY(freeze());
  publish_snapshot();
  if (phase_ == Phase::kLastBarrier) phase_ = Phase::kDraining;
  if (phase_ == Phase::kRunning && all_finished()) barrier_wanted_ = true;
  if (phase_ == Phase::kRunning) warn_about_silent_partitions();
  return {};
}

Result<void> Coordinator::freeze() {
  if (sealed_.empty() && outputs_.empty() && dead_letters_.empty()) return {};
  PS_TRY(std::optional<OutboxEntry> entry,
         parts_.freezer->freeze(std::exchange(sealed_, {}), std::exchange(outputs_, {}),
                                std::exchange(dead_letters_, {})));
  if (!entry) return {};
  ++outbox_entries_;
  parts_.delivery.mailbox().post(std::move(*entry));
  return {};
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
  const std::string reason = parts_.delivery.trouble();
  fail(Error(ErrorCode::kPeerUnreachable, "stopped, but results of {} closed batches could not be delivered: {}",
             outbox_entries_, reason.empty() ? "the sink did not answer in time" : reason));
}

void Coordinator::fail(Error error) {
  if (!failure_) failure_ = std::move(error);
  parts_.delivery.abandon();
  end();
}

void Coordinator::end() {
  for (const auto& lane : parts_.lanes)
    lane->mailbox().post({.kind = LaneMessage::Kind::kStop, .partition = {}});
  parts_.delivery.mailbox().post({});
  phase_ = Phase::kEnded;
  publish_snapshot();
}

void Coordinator::publish_snapshot() {
  ProcessorSnapshot next;
  const std::vector<int64_t> ends = parts_.source.ends();
  bool lag_known = true;
  int64_t lag = 0;
  for (const LaneReply& lane : last_) {
    next.in.add(lane.counters);
    next.open_windows = std::max(next.open_windows, lane.open_windows);
    next.state_bytes += lane.state_bytes;
    next.queued_bytes += lane.queued_bytes;
    for (const PartitionView& view : lane.partitions) {
      const int64_t end = view.id.index < ends.size() ? ends[view.id.index] : -1;
      lag_known &= end >= 0;
      lag += std::max<int64_t>(0, end - view.position);
    }
  }
  const EventTime watermark = watermark_frontier();
  if (watermark > EventTime::lowest() && watermark < EventTime::highest()) next.watermark = watermark;
  next.in.dead_letters += parts_.freezer->dead_letters_made() + refused_;
  next.lag_records = lag_known ? lag : -1;
  next.documents_out = documents_out_;
  next.windows_closed = parts_.freezer->windows_closed();
  next.trouble = parts_.source.trouble();
  if (next.trouble.empty()) next.trouble = parts_.delivery.trouble();
  next.finished = phase_ == Phase::kEnded;
  const std::lock_guard lock(mutex_);
  snapshot_ = std::move(next);
}

ProcessorSnapshot Coordinator::snapshot() const {
  const std::lock_guard lock(mutex_);
  return snapshot_;
}

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
#include "runtime/lane.h"

#include <algorithm>

namespace penstock {
namespace {

constexpr size_t kRecordsPerPoll = 4096;
constexpr size_t kRowsAtOnce = 256;             // Decoded and processed together: what fits the first-level cache.
constexpr int64_t kHeldWaitNs = 20'000'000;     // Nobody says when reading may go on.
constexpr int64_t kIdleWaitNs = 1'000'000'000;  // Records, barriers and timeouts wake earlier.
constexpr int64_t kWaitMinNs = 1'000'000;
constexpr size_t kOutputBytesMax =
    16 * 1024 * 1024;  // Outputs and dead letters a lane holds before it waits for a barrier.
constexpr size_t kOutputBytesWorthBarrier = 1024 * 1024;
constexpr int kWindowsAhead = 4;  // How many windows a partition may run ahead of one whose records are on their way.

}  // namespace

Lane::Lane(size_t number, const ProcessorPlan& plan, const RunSettings& settings, Operators operators,
           const Source& source, std::unique_ptr<SourceReader> reader, const Clock& clock,
           const std::atomic<bool>& hold, const SampleTaps& taps, Mailbox<LaneReply>& replies)
    : number_(number),
      plan_(plan),
      settings_(settings),
      operators_(std::move(operators)),
      source_(source),
      reader_(std::move(reader)),
      clock_(clock),
      hold_(hold),
      taps_(taps),
      replies_(replies),
      decoder_(plan.needs, plan.slots),
      watermarks_(plan.partition_idle_timeout),
      seals_itself_(settings.lanes == 1),
      context_{.arena = rows_.arena, .clock = clock},
      meter_(1 + operators_.before.size() + (operators_.window ? 1 : 0), clock) {}

Result<void> Lane::add_partition(const SourcePartition& partition, const PartitionMemory& memory) {
  PS_TRY(reader_->add(partition));
  watermarks_.add_partition(clock_.monotonic_ns(), memory.max_time, memory.idle);
  shares_.push_back({.partition = partition,
                     .position = partition.position,
                     .clock_max = memory.record_clock.value_or(EventTime::lowest()),
                     .last = memory.last});
  if (settings_.until_end && partition.position >= partition.end) watermarks_.set_finished(shares_.size() - 1);
  return {};
}

Result<void> Lane::restore(EventTime frontier, std::span<const SavedPart> parts) {
  frontier_ = frontier;
  for (const SavedPart& part : parts) {
    PS_CHECK(operators_.window != nullptr, "a plan without windows has no parts");
    PS_TRY(operators_.window->restore(part));
  }
  return {};
}

void Lane::save(std::vector<CheckpointPart>& to) const {
  if (!operators_.window) return;
  for (SavedPart& part : operators_.window->save())
    to.push_back({part.window, part.partition, std::move(part.bytes)});
}

void Lane::set_waker(Waker* waker) {
  mailbox_.set_waker(waker);
  reader_->set_waker(waker);
}

StepResult Lane::step() {
  if (!handle_messages()) return StepResult::done();
  const int64_t now_ns = clock_.monotonic_ns();
  const bool full = output_bytes_ + dead_letter_bytes_ > kOutputBytesMax || hold_.load(std::memory_order_relaxed);
  if (failed_ || full) {
    pause(now_ns);
    return StepResult::wait_until(now_ns + kHeldWaitNs);
  }
  auto polled = poll_once();
  if (!polled.ok()) {
    fail(polled.take_error());
    return StepResult::again();
  }
  if (*polled) {
    tell_news();
    notify_if_sealed();
    return StepResult::again();
  }
  // Without records the watermark still moves when a partition becomes idle or reaches its end.
  watermarks_.check_idle(now_ns);
  if (seals_itself_) raise_frontier(observe(EventTime::lowest()));
  if (standing() != answered_) tell_news();
  notify_if_sealed();
  return StepResult::wait_until(next_step_ns(now_ns));
}

int64_t Lane::next_step_ns(int64_t now_ns) const {
  const int64_t due_ns = std::min(reader_->next_poll_ns(), watermarks_.next_idle_ns().value_or(kNeverNs));
  return std::clamp(due_ns, now_ns + kWaitMinNs, now_ns + kIdleWaitNs);
}

bool Lane::handle_messages() {
  for (LaneMessage& message : mailbox_.take_all()) {
    if (message.kind == LaneMessage::Kind::kStop) return false;
    if (message.kind == LaneMessage::Kind::kBarrier) answer(message);
    if (message.kind == LaneMessage::Kind::kPartition) {
      auto added = add_partition(*message.partition);
      if (!added.ok()) fail(added.take_error());
    }
  }
  return true;
}

void Lane::raise_frontier(EventTime to) {
  frontier_ = std::max(frontier_, to);
  if (operators_.window) operators_.window->seal_through(frontier_);
}

EventTime Lane::observe(EventTime largest) {
  if (largest > EventTime::lowest() && !watermarks_.observe(current_, largest)) return frontier_;
  const bool by_watermark = plan_.window == nullptr || plan_.window->boundary() == WindowBoundary::kEventTime ||
                            settings_.clock == ClockMode::kRecord;
  if (!seals_itself_ || !by_watermark) return frontier_;
  const auto watermark = watermarks_.watermark();
  if (watermark) frontier_ = std::max(frontier_, *watermark);
  return frontier_;
}

void Lane::add(DeadLetter letter) {
  ++counters_.dead_letters;
  const bool kept = wanted();
  const size_t subject = letter.has_raw ? letter.raw.size() : letter.document.bytes().size();
  meter_.dead_letter(kept ? subject : 0);
  if (!kept) return;
  dead_letter_bytes_ += subject + letter.stream_meta.bytes().size() + 256;
  dead_letters_.push_back(std::move(letter));
}

// What we do not read is not silent: no idle timeout runs meanwhile.
void Lane::pause(int64_t now_ns) {
  last_arrival_ns_ = now_ns;
  watermarks_.postpone_idle(now_ns);
}

void Lane::notify_if_sealed() {
  const bool worth = (operators_.window && operators_.window->has_sealed()) ||
                     output_bytes_ + dead_letter_bytes_ > kOutputBytesWorthBarrier;
  if (notified_ || !worth) return;
  notified_ = true;
  LaneReply notice;
  notice.lane = number_;
  notice.has_sealed = true;
  replies_.post(std::move(notice));
}

Lane::Standing Lane::standing() {
  return {watermarks_.watermark(), watermarks_.any_counts(), watermarks_.all_finished()};
}

// The coordinator asks rarely while nothing happens: it hears at once when something does.
void Lane::tell_news() {
  if (has_news_) return;
  has_news_ = true;
  LaneReply notice;
  notice.lane = number_;
  notice.has_news = true;
  replies_.post(std::move(notice));
}

void Lane::fail(Error error) {
  failed_ = true;
  LaneReply reply;
  reply.lane = number_;
  reply.failure = std::move(error);
  replies_.post(std::move(reply));
}

void Lane::answer(const LaneMessage& barrier) {
  raise_frontier(barrier.frontier);
  LaneReply reply;
  reply.lane = number_;
  reply.seq = barrier.seq;
  const Standing now = standing();
  reply.has_news = has_news_ || now != answered_;
  reply.finished = settings_.until_end && now.finished;
  reply.holds_watermark = now.holds_watermark;
  reply.watermark = now.watermark;
  answered_ = now;
  has_news_ = false;
  for (size_t i = 0; i < shares_.size(); ++i) {
    const Share& share = shares_[i];
    reply.partitions.push_back(
        {.id = share.partition.id,
         .position = share.position,
         .records = share.records,
         .bytes = share.bytes,
         .time = watermarks_.slots()[i],
         .record_clock = share.clock_max > EventTime::lowest() ? std::optional(share.clock_max) : std::nullopt,
         .last = share.last});
  }
  reply.frontier = frontier_;
  if (operators_.window) {
    reply.sealed = operators_.window->take_sealed();
    if (barrier.save) {
      reply.saved = operators_.window->save();
      saved_bytes_ = 0;
      for (const SavedPart& part : reply.saved)
        saved_bytes_ += part.bytes.size();
    }
    reply.open_windows = operators_.window->open_windows();
    reply.next_end = operators_.window->next_end();
    reply.state_bytes = operators_.window->bytes();
    if (const auto range = operators_.window->open_range())
      reply.windows = OpenWindows{range->first.start, range->second.start};
    meter_.stages().back().hold(reply.state_bytes);
  }
  reply.outputs = std::exchange(outputs_, {});
  reply.reads = std::exchange(reads_, {});
  reply.dead_letters = std::exchange(dead_letters_, {});
  output_bytes_ = dead_letter_bytes_ = 0;
  reply.counters = counters_;
  reply.queued_bytes = reader_->queued_bytes();
  meter_.stages().front().memory_bytes = std::max(meter_.stages().front().memory_bytes, reply.queued_bytes);
  reply.stages = meter_.stages();
  reply.last_arrival_ns = last_arrival_ns_;
  notified_ = false;
  replies_.post(std::move(reply));
}

// The partition furthest behind in event time first: one that runs ahead would open every window of the topic at once.
std::vector<size_t> Lane::order_of_polling() const {
  std::vector<size_t> order;
  const auto& slots = watermarks_.slots();
  const auto time_of = [&slots](size_t i) { return slots[i].seen ? slots[i].max_time : EventTime::lowest(); };
  EventTime limit = EventTime::highest();
  for (size_t i = 0; i < shares_.size(); ++i) {
    if (slots[i].finished) continue;
    order.push_back(i);
    const bool expected = shares_[i].empty && slots[i].seen && !slots[i].at_end && !slots[i].idle;
    if (expected && plan_.window != nullptr) {
      EventTime reach = slots[i].max_time;
      for (int window = 0; window < kWindowsAhead; ++window)
        reach = saturating_sum(reach, plan_.window->interval());
      limit = std::min(limit, reach);
    }
  }
  std::erase_if(order, [&](size_t i) { return slots[i].seen && slots[i].max_time > limit; });
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return time_of(a) < time_of(b); });
  return order;
}

Result<bool> Lane::poll_once() {
  for (const size_t index : order_of_polling()) {
    PS_TRY(const bool got, poll(index));
    if (got) return true;
  }
  return false;
}

Result<bool> Lane::poll(size_t index) {
  Share& share = shares_[index];
  PS_TRY(const PollStatus status, reader_->poll(share.partition.id, records_, kRecordsPerPoll));
  share.empty = status != PollStatus::kRecords;
  if (status != PollStatus::kRecords) {
    watermarks_.set_at_end(index, status == PollStatus::kAtEnd);
    return false;
  }
  const int64_t now_ns = read_ns_ = clock_.monotonic_ns();
  records_.arrival = clock_.now();
  if (!records_.empty()) {
    watermarks_.touch(index, now_ns);
    last_arrival_ns_ = now_ns;
  }
  PS_TRY(process(index));
  PS_TRY(check_memory());
  return true;
}

Result<void> Lane::process(size_t index) {
  Share& share = shares_[index];
  current_ = index;
  size_t count = records_.size();
  const uint64_t surplus = settings_.until_end ? drop_beyond_end(share, count) : 0;
  const SourceMeta meta = source_.meta(share.partition.id);
  for (size_t begin = 0; begin < count; begin += kRowsAtOnce) {
    decode(begin, std::min(count, begin + kRowsAtOnce), count, meta);
    PS_TRY(process_rows(index));
  }
  if (count > 0) {
    const RecordBatch::Record& last = records_[count - 1];
    share.last = {last.offset, last.timestamp, hash_record(last)};
  }
  count_read(share, count, records_.value_bytes() - surplus);
  share.position = std::max(share.position, records_.next_position);
  if (settings_.until_end) share.position = std::min(share.position, share.partition.end);
  if (settings_.until_end && share.position >= share.partition.end) {
    watermarks_.set_finished(index);
    if (seals_itself_) raise_frontier(observe(EventTime::lowest()));
  }
  return {};
}

void Lane::count_read(Share& share, uint64_t records, uint64_t bytes) {
  counters_.records += records;
  counters_.bytes += bytes;
  share.records += records;
  share.bytes += bytes;
  meter_.stages().front().in += records;
  meter_.stages().front().in_bytes += bytes;
}

// The first chunk of a poll is timed and stands for all of it.
void Lane::decode(size_t begin, size_t end, size_t count, const SourceMeta& meta) {
  rows_.clear();
  meter_.begin(begin > 0 ? 0 : static_cast<double>(count) / static_cast<double>(end - begin));
  const uint64_t bad_before = counters_.bad_bytes;
  decoder_.decode(records_, begin, end, meta, rows_, counters_, *this);
  const uint64_t bytes = records_.value_bytes();
  // Cut so that the chunks add up; a poll's records are alike enough.
  const uint64_t share = bytes * end / records_.size() - bytes * begin / records_.size();
  const uint64_t bad = counters_.bad_bytes - bad_before;
  chunk_bytes_ = share - std::min(share, bad);
  chunk_rows_ = rows_.rows.size();
  meter_.passed(rows_.rows.size(), row_bytes());
}

// Of the rows at hand: of their documents, or their part of what was decoded.
uint64_t Lane::row_bytes() const {
  if (rows_.rows.empty()) return 0;
  if (!rows_.rows.front().root.is_object()) return chunk_bytes_ * rows_.rows.size() / chunk_rows_;
  uint64_t sum = 0;
  for (const Row& row : rows_.rows)
    sum += row.root.bytes().size();
  return sum;
}

// Records that arrived after the run began are not part of a bounded run.
uint64_t Lane::drop_beyond_end(const Share& share, size_t& count) const {
  uint64_t surplus = 0;
  while (count > 0 && records_[count - 1].offset >= share.partition.end)
    surplus += records_[--count].value.size();
  return surplus;
}

Result<void> Lane::process_rows(size_t index) {
  Share& share = shares_[index];
  stamp_times(share);
  if (rows_.rows.empty()) return {};
  const EventTime largest = rows_.rows.back().seen;
  for (const auto& op : operators_.before) {
    PS_TRY(op->process(rows_, context_, *this));
    meter_.passed(rows_.rows.size(), row_bytes());
  }
  if (operators_.window) {
    PS_TRY(operators_.window->process(rows_, share.partition.id, context_, *this, *this));
    meter_.passed(0, 0);  // What comes out is counted when it is finished.
  } else {
    collect_outputs(share.partition.id);
  }
  raise_frontier(observe(largest));  // Rows behind the last one that came through count too.
  return {};
}

void Lane::stamp_times(Share& share) {
  const bool event_time = plan_.window == nullptr || plan_.window->boundary() == WindowBoundary::kEventTime;
  EventTime seen = EventTime::lowest();
  for (Row& row : rows_.rows) {
    if (!event_time && settings_.clock == ClockMode::kRecord) {
      share.clock_max = std::max(share.clock_max, row.meta.time);
      row.window_time = share.clock_max;
    } else if (!event_time) {
      // Never before the frontier: what arrives after a window was sealed belongs to a later one.
      row.window_time = std::max(records_.arrival, frontier_);
    }
    seen = std::max(seen, row.window_time);
    row.seen = seen;
  }
}

void Lane::collect_outputs(PartitionId partition) {
  if (rows_.rows.empty()) return;
  if (reads_.empty() || reads_.back().read_ns != read_ns_) reads_.push_back({read_ns_, 0});
  reads_.back().results += rows_.rows.size();
  for (const Row& row : rows_.rows) {
    outputs_.push_back({OwnedDocument(row.root.as_object()), partition, row.meta.record->offset, row.meta.time});
    output_bytes_ += outputs_.back().document.bytes().size();
  }
}

Result<void> Lane::check_memory() const {
  if (!operators_.window) return {};
  const size_t share = settings_.memory_bytes / settings_.lanes;
  // A checkpoint on its way to the disk is there twice: the parts, and the file made of them.
  const size_t used = operators_.window->bytes() + 2 * saved_bytes_ + reader_->queued_bytes();
  if (used <= share) return {};
  return Error(ErrorCode::kWorkerOutOfMemory,
               "the window state needs more memory than allowed ({} MB of {} MB in lane {}): raise --memory, group by "
               "fewer keys, or use shorter windows",
               used >> 20, share >> 20, number_);
}

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
#include "runtime/delivery.h"

#include <algorithm>

namespace penstock {
namespace {

constexpr int64_t kPauseFirstMs = 100;
constexpr int64_t kPauseMostMs = 30'000;

}  // namespace

DeliveryTask::DeliveryTask(Sink& sink, Sink* dead_letter_sink, const Clock& clock, Random& random, Logger& log,
                           Mailbox<Delivered>& done)
    : sink_(sink), dead_letter_sink_(dead_letter_sink), clock_(clock), random_(random), log_(log), done_(done) {}

StepResult DeliveryTask::step() {
  for (OutboxEntry& entry : mailbox_.take_all())
    waiting_.push_back(std::move(entry));
  if (abandoned_.load()) return StepResult::done();
  if (waiting_.empty()) return StepResult::wait_until(clock_.monotonic_ns() + 1'000'000'000);
  const OutboxEntry& entry = waiting_.front();
  if (entry.seq == 0) return StepResult::done();
  if (clock_.monotonic_ns() < retry_at_ns_) return StepResult::wait_until(retry_at_ns_);
  auto delivered = deliver(entry);
  if (!delivered.ok() && is_transient(delivered.error())) return pause_after(delivered.error());
  if (delivered.ok()) {
    if (pause_ms_ > 0) log_.info("{} answers again", sink_.describe());
    pause_ms_ = 0;
    set_trouble("");
    done_.post(std::move(*delivered));
  } else {
    Delivered failed;
    failed.seq = entry.seq;
    failed.failure = delivered.take_error();
    done_.post(std::move(failed));
    return StepResult::done();
  }
  waiting_.pop_front();
  return StepResult::again();
}

// Documents first: when only the dead letters fail, the repetition writes the same documents again.
Result<Delivered> DeliveryTask::deliver(const OutboxEntry& entry) {
  Delivered delivered;
  delivered.seq = entry.seq;
  delivered.documents = entry.documents.size();
  if (!entry.documents.empty()) {
    PS_TRY(Delivery delivery, sink_.deliver(entry.seq, entry.documents));
    for (const RefusedDocument& refused : delivery.refused) {
      delivered.refused_documents.push_back(entry.documents[refused.index]);
    }
    delivered.refused = std::move(delivery.refused);
    delivered.documents -= delivered.refused.size();
  }
  if (!entry.dead_letters.empty() && dead_letter_sink_ != nullptr) {
    PS_TRY(const Delivery delivery, dead_letter_sink_->deliver(entry.seq, entry.dead_letters));
    for (const RefusedDocument& refused : delivery.refused) {
      log_.error("the dead letter queue refuses a letter: {}", refused.reason);
    }
  }
  return delivered;
}

StepResult DeliveryTask::pause_after(const Error& error) {
  if (pause_ms_ == 0) log_.warning("cannot deliver, will try again: {}", error.message());
  set_trouble(error.message());
  pause_ms_ = std::clamp(pause_ms_ * 2, kPauseFirstMs, kPauseMostMs);
  // A random share keeps many processors from knocking at the same moment.
  const auto jitter = static_cast<int64_t>(random_.below(static_cast<uint64_t>(pause_ms_) / 2 + 1));
  retry_at_ns_ = clock_.monotonic_ns() + (pause_ms_ / 2 + jitter) * 1'000'000;
  return StepResult::wait_until(retry_at_ns_);
}

void DeliveryTask::set_trouble(std::string reason) {
  const std::lock_guard lock(mutex_);
  trouble_ = std::move(reason);
}

std::string DeliveryTask::trouble() const {
  const std::lock_guard lock(mutex_);
  return trouble_;
}

}  // namespace penstock

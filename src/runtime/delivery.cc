// SPDX-License-Identifier: Apache-2.0
#include "runtime/delivery.h"

#include <fmt/format.h>

#include "base/crash_point.h"
#include "runtime/object_ids.h"

namespace penstock {
namespace {

constexpr int64_t kConfigurationPatienceNs = 300'000'000'000;

DeadLetter letter_of(const OutboxEntry& entry, const RefusedDocument& refused) {
  return {.operator_name = "MergeOperator",
          .reason =
              "Failed to process an input document in the current batch in MergeOperator with error: " + refused.reason,
          .code = ErrorCode{refused.code},
          .document = entry.documents[refused.index]};
}

}  // namespace

DeliveryTask::DeliveryTask(Parts parts, Mailbox<Delivered>& done)
    : parts_(std::move(parts)),
      done_(done),
      letter_documents_(parts_.processor, parts_.workspace),
      retry_("deliver", parts_.clock, parts_.random, parts_.log) {}

StepResult DeliveryTask::step() {
  for (FrozenEntry& entry : mailbox_.take_all())
    waiting_.push_back(std::move(entry));
  if (abandoned_.load()) return StepResult::done();
  if (waiting_.empty()) return StepResult::wait_for_wake();
  const FrozenEntry entry = waiting_.front();
  if (entry == nullptr) return StepResult::done();
  if (retry_.pausing()) return StepResult::wait_until(retry_.until_ns());
  auto delivered = deliver(*entry);
  if (!delivered.ok() && may_heal(delivered.error())) {
    retry_.failed(delivered.error());
    return StepResult::wait_until(retry_.until_ns());
  }
  if (!delivered.ok()) {
    Delivered failed;
    failed.seq = entry->seq;
    failed.failure = delivered.take_error();
    done_.post(std::move(failed));
    return StepResult::done();
  }
  misconfigured_since_ns_.reset();
  retry_.succeeded(fmt::format("{} answers again", parts_.sink.describe()));
  waiting_.pop_front();
  done_.post(std::move(*delivered));
  return StepResult::again();
}

// A rotated password or a right that was taken away comes back within minutes, or not at all.
bool DeliveryTask::may_heal(const Error& error) {
  if (is_transient(error)) return true;
  if (!is_configuration(error)) return false;
  const int64_t now_ns = parts_.clock.monotonic_ns();
  if (!misconfigured_since_ns_) misconfigured_since_ns_ = now_ns;
  return now_ns - *misconfigured_since_ns_ < kConfigurationPatienceNs;
}

Result<Delivered> DeliveryTask::deliver(const OutboxEntry& entry) {
  crash_point("before an entry is delivered");
  if (parts_.dead_letter_sink != nullptr && !entry.dead_letters.empty()) {
    PS_TRY(parts_.dead_letter_sink->write_dead_letters(entry.dead_letters));
    crash_point("dead letters elsewhere are written, the entry is not");
  }
  const int64_t begun_ns = parts_.clock.monotonic_ns();
  PS_TRY(const Delivery delivery, parts_.sink.deliver(entry, [this, &entry](const std::vector<RefusedDocument>& all) {
    return letters_of(entry, all);
  }));
  crash_point("an entry is delivered, nobody knows yet");
  Delivered delivered;
  delivered.seq = entry.seq;
  delivered.refused = delivery.refused.size();
  delivered.documents = entry.documents.size() - delivery.refused.size();
  for (const OwnedDocument& document : entry.documents)
    delivered.bytes += document.bytes().size();
  for (const RefusedDocument& refused : delivery.refused)
    delivered.refused_bytes += entry.documents[refused.index].bytes().size();
  delivered.bytes -= delivered.refused_bytes;
  delivered.acknowledged_ns = parts_.clock.monotonic_ns();
  delivered.busy_ns = delivered.acknowledged_ns - begun_ns;
  show(entry, delivery.refused);
  return delivered;
}

void DeliveryTask::show(const OutboxEntry& entry, const std::vector<RefusedDocument>& refused) {
  if (!parts_.taps.listening()) return;
  for (const RefusedDocument& document : refused)
    parts_.taps.offer(letter_documents_.make_sample(letter_of(entry, document), entry.frozen_at));
}

// What the server refused becomes a dead letter of the same commit; the bytes follow from the entry alone.
Result<std::vector<OwnedDocument>> DeliveryTask::letters_of(const OutboxEntry& entry,
                                                            const std::vector<RefusedDocument>& refused) {
  std::vector<OwnedDocument> letters;
  if (!parts_.dead_letter_queue) return letters;
  for (const RefusedDocument& document : refused) {
    const ObjectId id = ObjectIds::of_refusal(parts_.letter_salt, entry.seq, document.index, entry.frozen_at);
    letters.push_back(letter_documents_.make(letter_of(entry, document), id, entry.frozen_at));
  }
  if (parts_.dead_letter_sink == nullptr) return letters;
  PS_TRY(parts_.dead_letter_sink->write_dead_letters(letters));
  return std::vector<OwnedDocument>();
}

}  // namespace penstock

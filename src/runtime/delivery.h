// SPDX-License-Identifier: Apache-2.0
// Delivers outbox entries to the sinks, strictly in order of seq, one at a time. Trouble that goes away by itself is
// repeated with growing pauses for ever (reliability 1.4.12), after the first success; the reason is visible meanwhile.
// Thread: its own task; deliver() blocks.
#pragma once

#include <atomic>
#include <deque>
#include <mutex>
#include <string>

#include "base/log.h"
#include "base/random.h"
#include "runtime/mailbox.h"
#include "runtime/messages.h"

namespace penstock {

class DeliveryTask final : public Task {
 public:
  // `dead_letter_sink` may be null.
  DeliveryTask(Sink& sink, Sink* dead_letter_sink, const Clock& clock, Random& random, Logger& log,
               Mailbox<Delivered>& done);
  // Bounded by the coordinator. An empty entry (seq 0) ends the task after what waits before it.
  Mailbox<OutboxEntry>& mailbox() { return mailbox_; }
  // Gives up what waits: the processor has failed or must stop at once. Thread: any.
  void abandon() { abandoned_.store(true); }
  StepResult step() override;
  // Why the last attempt failed, or "". Thread: any.
  std::string trouble() const;

 private:
  Result<Delivered> deliver(const OutboxEntry& entry);
  StepResult pause_after(const Error& error);
  void set_trouble(std::string reason);

  Sink& sink_;
  Sink* dead_letter_sink_;
  const Clock& clock_;
  Random& random_;
  Logger& log_;
  Mailbox<Delivered>& done_;
  Mailbox<OutboxEntry> mailbox_;
  std::deque<OutboxEntry> waiting_;
  std::atomic<bool> abandoned_{false};
  int64_t pause_ms_ = 0;
  int64_t retry_at_ns_ = 0;  // New entries do not end a pause.
  mutable std::mutex mutex_;
  std::string trouble_;
};

}  // namespace penstock

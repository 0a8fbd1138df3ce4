// SPDX-License-Identifier: Apache-2.0
// Delivers outbox entries to the sink, strictly in order of seq, one at a time. Trouble that goes away by itself is
// repeated with growing pauses for ever, refused credentials for five minutes; the reason is visible meanwhile. Dead
// letters go with the documents of their entry: into the same commit where the sink takes them, else to their own sink
// before it, so that none is missing once the marker says that the entry is in. Thread: its own task; deliver() blocks.
#pragma once

#include <atomic>
#include <deque>
#include <optional>
#include <string>

#include "runtime/dead_letter_documents.h"
#include "runtime/mailbox.h"
#include "runtime/messages.h"
#include "runtime/retry.h"
#include "runtime/sample_tap.h"

namespace penstock {

class DeliveryTask final : public Task {
 public:
  struct Parts {
    Sink& sink;
    Sink* dead_letter_sink;  // Null: the sink takes them, or nobody does.
    std::string processor;   // Its name and workspace, for dead letters.
    std::string workspace;
    uint64_t letter_salt;    // Differs between lineages.
    bool dead_letter_queue;  // Somebody reads dead letters.
    SampleTaps& taps;        // See what the sink refused.
    const Clock& clock;
    Random& random;
    Logger& log;
  };
  DeliveryTask(Parts parts, Mailbox<Delivered>& done);
  // Bounded by the coordinator. A null entry ends the task after what waits before it.
  Mailbox<FrozenEntry>& mailbox() { return mailbox_; }
  // Gives up what waits: the processor has failed or must stop at once. Thread: any.
  void abandon() { abandoned_.store(true); }
  StepResult step() override;
  bool may_block() const override { return true; }
  // Why the last attempt failed, or "". Thread: any.
  std::string trouble() const { return retry_.trouble(); }

 private:
  bool may_heal(const Error& error);
  Result<Delivered> deliver(const OutboxEntry& entry);
  void show(const OutboxEntry& entry, const std::vector<RefusedDocument>& refused);
  Result<std::vector<OwnedDocument>> letters_of(const OutboxEntry& entry, const std::vector<RefusedDocument>& refused);

  Parts parts_;
  Mailbox<Delivered>& done_;
  DeadLetterDocuments letter_documents_;
  Mailbox<FrozenEntry> mailbox_;
  std::deque<FrozenEntry> waiting_;
  std::atomic<bool> abandoned_{false};
  Retry retry_;                                    // New entries do not end a pause.
  std::optional<int64_t> misconfigured_since_ns_;  // The sink has refused us since then.
};

}  // namespace penstock

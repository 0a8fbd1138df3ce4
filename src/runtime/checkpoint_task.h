// SPDX-License-Identifier: Apache-2.0
// Writes checkpoints to the disk, one at a time, so that neither lanes nor coordinator wait for it. A full disk is
// tried again with growing pauses for ever; any other trouble of the disk ends the processor: after a failed sync
// nobody knows what is on it (reliability 1.4.2). Thread: its own task; write() blocks.
#pragma once

#include <memory>
#include <optional>

#include "runtime/mailbox.h"
#include "runtime/messages.h"
#include "runtime/retry.h"
#include "state/checkpoint_store.h"

namespace penstock {

class CheckpointTask final : public Task {
 public:
  CheckpointTask(CheckpointStore& store, const Clock& clock, Random& random, Logger& log,
                 Mailbox<CheckpointDone>& done);
  // At most one waits. A request without a checkpoint ends the task.
  Mailbox<CheckpointRequest>& mailbox() { return mailbox_; }
  // Gives up what waits: the processor has failed or must stop at once. Thread: any.
  void abandon() { abandoned_.store(true); }
  StepResult step() override;
  bool may_block() const override { return true; }
  // Why the last attempt failed, or "". Thread: any.
  std::string trouble() const { return retry_.trouble(); }

 private:
  StepResult write();

  CheckpointStore& store_;
  const Clock& clock_;
  Mailbox<CheckpointDone>& done_;
  Mailbox<CheckpointRequest> mailbox_;
  std::optional<CheckpointRequest> waiting_;
  std::atomic<bool> abandoned_{false};
  Retry retry_;
};

}  // namespace penstock

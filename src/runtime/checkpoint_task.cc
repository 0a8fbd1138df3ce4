// SPDX-License-Identifier: Apache-2.0
#include "runtime/checkpoint_task.h"

namespace penstock {

CheckpointTask::CheckpointTask(CheckpointStore& store, const Clock& clock, Random& random, Logger& log,
                               Mailbox<CheckpointDone>& done)
    : store_(store), clock_(clock), done_(done), retry_("write the checkpoint", clock, random, log) {}

StepResult CheckpointTask::step() {
  for (CheckpointRequest& request : mailbox_.take_all()) {
    PS_CHECK(!waiting_ || request.checkpoint == nullptr, "one checkpoint at a time");
    if (request.checkpoint == nullptr) return StepResult::done();
    waiting_ = std::move(request);
  }
  if (abandoned_.load()) return StepResult::done();
  if (!waiting_) return StepResult::wait_for_wake();
  if (retry_.pausing()) return StepResult::wait_until(retry_.until_ns());
  return write();
}

StepResult CheckpointTask::write() {
  auto written = store_.write(*waiting_->checkpoint, waiting_->undelivered);
  if (!written.ok() && is_transient(written.error())) {
    retry_.failed(written.error());
    return StepResult::wait_until(retry_.until_ns());
  }
  CheckpointDone done;
  if (written.ok()) {
    retry_.succeeded("the checkpoint is written");
    done.durable_seq = waiting_->checkpoint->seq;
  } else {
    done.failure = written.take_error();
  }
  done.checkpoint = std::move(waiting_->checkpoint);
  waiting_.reset();
  done_.post(std::move(done));
  return StepResult::again();
}

}  // namespace penstock

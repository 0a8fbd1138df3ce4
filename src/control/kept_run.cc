// SPDX-License-Identifier: Apache-2.0
#include "control/kept_run.h"

#include <algorithm>
#include <chrono>

#include "control/processor_state.h"
#include "control/run_failure.h"

namespace penstock {
namespace {

constexpr int64_t kNsPerMs = 1'000'000;
constexpr int64_t kPauseFirstMs = 1000;
constexpr int64_t kPauseMostMs = 60'000;
constexpr int64_t kMisconfiguredNs = 300'000 * kNsPerMs;
constexpr std::chrono::milliseconds kLookAtClock{250};  // Clocks of tests jump.

}  // namespace

KeptRun::KeptRun(Parts parts) : parts_(std::move(parts)) {}

KeptRun::~KeptRun() {
  request_stop();
  join();
}

void KeptRun::begin() {
  thread_ = std::thread([this] { run(); });
}

Result<void> KeptRun::first_attempt() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return tried_; });
  if (first_error_) return first_error_->clone();
  return {};
}

bool KeptRun::tried() const {
  const std::lock_guard lock(mutex_);
  return tried_;
}

void KeptRun::request_stop() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
    if (local_run_ != nullptr) local_run_->request_stop();
  }
  changed_.notify_all();
}

bool KeptRun::wait_for_stop() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return phase_ == RunPhase::kEnded || phase_ == RunPhase::kOpening; });
  return phase_ == RunPhase::kEnded;
}

void KeptRun::join() {
  if (thread_.joinable()) thread_.join();
}

RunPhase KeptRun::phase() const {
  const std::lock_guard lock(mutex_);
  return phase_;
}

ProcessorTrouble KeptRun::trouble() const {
  const std::lock_guard lock(mutex_);
  return pause_reason_.value_or(ProcessorTrouble{});
}

std::optional<ProcessorSnapshot> KeptRun::snapshot() const {
  const std::lock_guard lock(mutex_);
  if (local_run_ != nullptr) return local_run_->snapshot();
  return last_;
}

Result<void> KeptRun::add_tap(const std::shared_ptr<SampleTap>& tap) {
  const std::lock_guard lock(mutex_);
  if (local_run_ == nullptr || stop_) {
    return Error(ErrorCode::kInvalidDefinition, "stream processor \"{}\" is not running at the moment{}{}", name(),
                 pause_reason_ ? ": " : "", pause_reason_ ? pause_reason_->message : "");
  }
  local_run_->add_tap(tap);
  return {};
}

std::optional<ProcessorTrouble> KeptRun::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

void KeptRun::run() {
  while (true) {
    auto opened = open();
    const bool ok = opened.ok();
    auto ended = ok ? run_once(std::move(*opened)) : Result<void>(opened.take_error());
    if (ended.ok() || !may_try_again(ended.error(), ok)) break;
    pause();
    const std::lock_guard lock(mutex_);
    if (stop_) break;
    phase_ = RunPhase::kOpening;
  }
  finish();
}

Result<std::unique_ptr<LocalRun>> KeptRun::open() {
  const OpenGate::Pass pass(parts_.gate);
  RunJob& job = *parts_.job;
  {
    const std::lock_guard lock(mutex_);
    if (stop_) return Error(ErrorCode::kInterrupted, "stopped before it began");
  }
  const std::string& id = job.options.state_id;
  if (job.adopt_state) PS_TRY(adopt_state(job.options.data_folder, id, job.plan->processor.definition));
  PS_TRY(auto run, LocalRun::open(*job.plan, job.options, parts_.clock, parts_.random, parts_.log));
  // Both were for the first time only: from now on there is state of this definition, and a marker of it.
  job.adopt_state = false;
  job.options.recovery = {};
  opened_ns_ = parts_.clock.monotonic_ns();
  misconfigured_since_ns_.reset();
  parts_.log.info("processor {}", run->describe());
  return run;
}

Result<void> KeptRun::run_once(std::unique_ptr<LocalRun> run) {
  if (parts_.tap != nullptr) run->add_tap(std::exchange(parts_.tap, nullptr));
  run->start();
  LocalRun& running = *run;
  {
    const std::lock_guard lock(mutex_);
    local_run_ = std::move(run);
    tried_ = true;
    phase_ = RunPhase::kRunning;
    pause_reason_.reset();
    if (stop_) running.request_stop();
  }
  changed_.notify_all();
  auto ended = running.join();
  {
    const std::lock_guard lock(mutex_);
    last_ = running.snapshot();
    run = std::move(local_run_);
  }
  run.reset();  // Its clients may take a moment to go.
  return ended;
}

bool KeptRun::may_try_again(const Error& error, bool opened) {
  const int64_t now_ns = parts_.clock.monotonic_ns();
  const Healing healing = healing_of(error);
  if (healing == Healing::kBySomebody && !misconfigured_since_ns_) misconfigured_since_ns_ = now_ns;
  const bool hopeless = healing == Healing::kNever ||
                        (healing == Healing::kBySomebody && now_ns - *misconfigured_since_ns_ >= kMisconfiguredNs);
  // Who ran for a while begins again with a short pause.
  if (opened && now_ns - opened_ns_ > kPauseMostMs * kNsPerMs) pause_ms_ = 0;
  const std::lock_guard lock(mutex_);
  if (stop_) {
    if (opened) parts_.log.warning("processor {}: at the stop: {}", name(), error.message());
    return false;
  }
  if (!tried_ && parts_.first_must_succeed) {
    first_error_ = error.clone();
    return false;
  }
  if (hopeless || !parts_.restarts) {
    failure_ = to_trouble(error);
    return false;
  }
  pause_ms_ = std::clamp(pause_ms_ * 2, kPauseFirstMs, kPauseMostMs);
  parts_.log.warning("processor {} is started again in {} s: {}", name(), pause_ms_ / 1000, error.message());
  pause_reason_ = to_trouble(error);
  tried_ = true;
  phase_ = RunPhase::kPausing;
  changed_.notify_all();
  return true;
}

void KeptRun::pause() {
  // A random share keeps many processors from knocking at the same moment.
  const auto jitter_ms = static_cast<int64_t>(parts_.random.below(static_cast<uint64_t>(pause_ms_) / 4 + 1));
  const int64_t until_ns = parts_.clock.monotonic_ns() + (pause_ms_ - jitter_ms) * kNsPerMs;
  std::unique_lock lock(mutex_);
  while (!stop_ && parts_.clock.monotonic_ns() < until_ns)
    changed_.wait_for(lock, kLookAtClock);
}

void KeptRun::finish() {
  bool failed = false;
  {
    const std::lock_guard lock(mutex_);
    tried_ = true;
    phase_ = RunPhase::kEnded;
    failed = failure_.has_value();
  }
  changed_.notify_all();
  if (!failed) return;
  parts_.log.error("processor {} has failed: {}", name(), failure_->message);
  if (parts_.on_failure) parts_.on_failure();
}

}  // namespace penstock

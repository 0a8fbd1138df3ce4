// SPDX-License-Identifier: Apache-2.0
// Keeps one processor running, in a thread of its own.
//
//   begin -> opening --> running --end that heals--> pausing 1 s .. 60 s --> opening ...
//               |           |--stop-----------------------------------------> ended
//               |           '--end that does not heal, credentials for 5 min-> ended, with failure()
//               '--first attempt of a start by a person fails----------------> ended, first_attempt() says why
//
// Trouble with peers in the middle of a run is the runtime's matter and does not end it. After the first success no
// reason to wait ends the trying. Thread: any; the calls that wait say so.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "control/local_run.h"
#include "control/open_gate.h"
#include "control/records.h"

namespace penstock {

// What a run needs; the plan points into the connections, so it stays where it is.
struct RunJob {
  ConnectionRegistry connections;
  Definition definition;
  std::unique_ptr<Plan> plan;
  LocalRunOptions options;
  bool adopt_state = false;  // What is on disk is of an older definition that fits (state_fit.h).
};

enum class RunPhase { kOpening, kRunning, kPausing, kEnded };

class KeptRun {
 public:
  struct Parts {
    std::unique_ptr<RunJob> job;
    bool first_must_succeed = false;  // A person waits for it; else trouble that heals is waited for.
    bool restarts = true;             // False: every end is final.
    std::shared_ptr<SampleTap> tap;   // Sees all from the first document on. May be null.
    OpenGate& gate;
    const Clock& clock;
    Random& random;
    Logger& log;
    // Called once, on the run's thread, when it has ended with failure(). May be empty.
    std::function<void()> on_failure;
  };
  explicit KeptRun(Parts parts);
  // Stops and waits.
  ~KeptRun();

  void begin();
  // Waits for the outcome of the first attempt to open. Code as the run gave it.
  Result<void> first_attempt();
  // A first attempt was made, with whatever outcome.
  bool tried() const;
  void request_stop();
  // Waits until it has ended, unless it is in the middle of reaching its peers (at most about a minute): then false,
  // and it ends by itself.
  bool wait_for_stop();
  // Waits until the thread is gone.
  void join();

  RunPhase phase() const;
  // Why the last attempt ended while it pauses or tries again; message "" else. The trouble of a run stands in its
  // snapshot.
  ProcessorTrouble trouble() const;
  // Of the run; when there is none: as the last one ended.
  std::optional<ProcessorSnapshot> snapshot() const;
  // Error 420: it does not run at the moment.
  Result<void> add_tap(const std::shared_ptr<SampleTap>& tap);
  // Set once it has ended by a failure.
  std::optional<ProcessorTrouble> failure() const;

 private:
  void run();
  Result<std::unique_ptr<LocalRun>> open();
  Result<void> run_once(std::unique_ptr<LocalRun> run);
  bool may_try_again(const Error& error, bool opened);
  void pause();
  void finish();
  std::string_view name() const { return parts_.job->plan->processor.name; }

  Parts parts_;
  std::thread thread_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool stop_ = false;
  bool tried_ = false;
  RunPhase phase_ = RunPhase::kOpening;
  std::unique_ptr<LocalRun> local_run_;
  std::optional<ProcessorSnapshot> last_;
  std::optional<Error> first_error_;
  std::optional<ProcessorTrouble> pause_reason_;
  std::optional<ProcessorTrouble> failure_;
  // The thread's own.
  int64_t pause_ms_ = 0;
  int64_t opened_ns_ = 0;
  std::optional<int64_t> misconfigured_since_ns_;
};

}  // namespace penstock

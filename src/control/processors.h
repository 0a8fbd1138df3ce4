// SPDX-License-Identifier: Apache-2.0
// Processors: definitions and their life (reference control-plane A5, A8).
//
//   create -> CREATED --start--> STARTED --stop--> STOPPED --start--> ...        drop from any
//                                   |--failure that nobody can mend by waiting--> FAILED --start--> ...
//
// start() returns when the run has taken up its state and reached both ends, or gives the reason why it cannot;
// transient trouble later is retried for ever with growing pauses. stop() writes a last checkpoint. State lies in
// DIR/processors/<id>. Who may do what is the caller's matter.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "control/records.h"
#include "runtime/counters.h"
#include "runtime/sample_tap.h"

namespace penstock {

struct NewProcessor {
  std::string name;
  OwnedDocument pipeline;  // An array.
  OwnedDocument options;   // Of createStreamProcessor, `tier` among them; empty when none.
};

// Of startStreamProcessor, wherever the option stood (A5.2).
struct StartRequest {
  bool resume = true;  // False: the checkpoint is forgotten (resumeFromCheckpoint: false, clearCheckpoints: true).
  std::string tier;    // "": as it is.
  std::optional<OwnedDocument> autoscaling;
};

// Of modifyStreamProcessor (A5.5). Empty: stays as it is.
struct ModifyRequest {
  std::optional<OwnedDocument> pipeline;
  std::optional<std::string> name;
  std::optional<OwnedDocument> dlq;  // {}: no dead letter queue any more.
  std::optional<std::string> tier;
  std::optional<OwnedDocument> autoscaling;
  std::optional<std::string> stream_meta_field_name;
  bool resume = true;
};

// A record, and what is known of it at this instant.
struct ProcessorView {
  ProcessorRecord record;
  ProcessorState state = ProcessorState::kCreated;  // PROVISIONING and STOPPING too.
  std::string tier;                                 // The effective one.
  // Counters of the run; of one that does not run: as they last were since this server started, or nothing counted.
  std::optional<ProcessorSnapshot> run;
};

class Processors {
 public:
  virtual ~Processors() = default;
  // Plans the pipeline (connections exist, stages allowed, a sink at the end). Errors: 416 (name taken), those of
  // planning with their path, kBadValue for the name (1 to 64 characters; no control characters, '/', '\\', NUL).
  virtual Result<void> create(std::string_view workspace, const NewProcessor& processor, std::string_view who) = 0;
  // 415 unknown name; 420 "... has already been started"; a tier above the workspace's maximum; first contact failed.
  virtual Result<void> start(std::string_view workspace, std::string_view name, const StartRequest& request,
                             std::string_view who) = 0;
  // STOPPED already: nothing to do. CREATED: 420, it is not running.
  virtual Result<void> stop(std::string_view workspace, std::string_view name, std::string_view who) = 0;
  virtual Result<void> drop(std::string_view workspace, std::string_view name, std::string_view who) = 0;
  // 420 "processor must be stopped" while it runs; the rules of A5.5.
  virtual Result<void> modify(std::string_view workspace, std::string_view name, const ModifyRequest& request,
                              std::string_view who) = 0;
  virtual Result<ProcessorView> get(std::string_view workspace, std::string_view name) = 0;
  virtual Result<std::vector<ProcessorView>> list(std::string_view workspace) = 0;  // By name.

  // What leaves the last stage from now on, and dead letters (A6). Error 420: it does not run. The tap ends when the
  // processor stops.
  virtual Result<std::shared_ptr<SampleTap>> sample(std::string_view workspace, std::string_view name) = 0;

  // sp.process: a nameless processor, its sink optional, that is never kept and never listed; it ends with drop() of
  // the name returned, after ten minutes, or when nobody has read its tap for a minute.
  struct Temporary {
    std::string name;
    std::shared_ptr<SampleTap> tap;
  };
  virtual Result<Temporary> process(std::string_view workspace, const NewProcessor& processor,
                                    std::string_view who) = 0;
};

}  // namespace penstock

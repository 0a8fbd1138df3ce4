// SPDX-License-Identifier: Apache-2.0
// The Processors of a server: records in the catalog, a KeptRun for each that is started.
//
//   command (start, stop, drop, modify) --Live::command--> one at a time per processor, any number over all
//     decides with Catalog::exclusive(), short, never while waiting for a run
//   run that fails --settle()--> FAILED in the catalog
//
// Lock order: Live::command, Catalog::exclusive(), mutex_, KeptRun's own. Thread: any.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "control/catalog.h"
#include "control/connections.h"
#include "control/kept_run.h"
#include "control/marker_sweeper.h"
#include "control/processors.h"
#include "control/temporary_runs.h"
#include "dataflow/executor_pool.h"

namespace penstock {

class ProcessorService final : public Processors {
 public:
  struct Parts {
    Catalog& catalog;
    Connections& connections;
    std::shared_ptr<DocStore> store;
    std::string data_folder;
    size_t memory_bytes;
    Duration checkpoint_period;
    const Clock& clock;
    Random& random;
    Logger& log;
  };
  explicit ProcessorService(Parts parts);
  // Stops every run with a last checkpoint, all at once. Their state in the catalog stays STARTED.
  ~ProcessorService() override;

  // Finishes drops that a crash has interrupted. Before anything else.
  Result<void> finish_drops();
  // See Control.
  void resume();
  bool ready() const;

  Result<void> create(std::string_view workspace, const NewProcessor& processor, std::string_view who) override;
  Result<void> start(std::string_view workspace, std::string_view name, const StartRequest& request,
                     std::string_view who) override;
  Result<void> stop(std::string_view workspace, std::string_view name, std::string_view who) override;
  Result<void> drop(std::string_view workspace, std::string_view name, std::string_view who) override;
  Result<void> modify(std::string_view workspace, std::string_view name, const ModifyRequest& request,
                      std::string_view who) override;
  Result<ProcessorView> get(std::string_view workspace, std::string_view name) override;
  Result<std::vector<ProcessorView>> list(std::string_view workspace) override;
  Result<std::shared_ptr<SampleTap>> sample(std::string_view workspace, std::string_view name) override;
  Result<Temporary> process(std::string_view workspace, const NewProcessor& processor, std::string_view who) override;

 private:
  // What is known of a processor beside its record. Guarded by mutex_ but for `command`.
  struct Live {
    std::mutex command;
    std::shared_ptr<KeptRun> run;                   // Null: it does not run.
    std::vector<std::shared_ptr<KeptRun>> leaving;  // Told to stop, not gone yet.
    std::optional<ProcessorSnapshot> last;
    bool stopping = false;
  };
  // A command at work: nobody else starts, stops, drops or modifies the processor meanwhile.
  struct Command {
    WorkspaceRecord workspace;
    ProcessorRecord record;
    std::shared_ptr<Live> live;
    std::unique_lock<std::mutex> lock;
  };

  Result<Command> begin(std::string_view workspace, std::string_view name);
  Result<ProcessorRecord> record_of(std::string_view workspace, std::string_view name) const;
  std::shared_ptr<Live> live_of(const std::string& id);
  Result<void> put(std::string_view workspace, const ProcessorRecord& record);
  // Reads the record again, changes it and writes it, alone.
  Result<void> change(const Command& command, const std::function<void(ProcessorRecord&)>& edit);
  Result<std::unique_ptr<RunJob>> job_of(const WorkspaceRecord& workspace, const ProcessorRecord& record);
  std::shared_ptr<KeptRun> make_run(const Command& command, std::unique_ptr<RunJob> job, bool first_must_succeed);
  void resume_one(std::string_view workspace, const std::string& name);
  bool runs(const Live& live) const;
  void settle(const std::string& workspace, const std::string& name, Live& live);
  // Stops the run, if there is one, and keeps what it counted. Waits.
  void halt(Live& live);
  void wait_for_leaving(Live& live);
  Result<void> remove_all(const std::string& workspace, const ProcessorRecord& record);
  Result<void> decide_state_use(const ProcessorRecord& before, const ModifyRequest& request, const RunJob& job,
                                ProcessorRecord& after) const;
  Result<void> commit_modify(const Command& command, const ProcessorRecord& after);
  ProcessorView view_of(const WorkspaceRecord& workspace, ProcessorRecord record);

  Parts parts_;
  ExecutorPool pool_;  // What all runs share.
  OpenGate gate_;
  MarkerSweeper sweeper_;
  TemporaryRuns temporaries_;
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Live>> live_;  // By id.
  bool stopping_ = false;
  bool resumed_ = false;  // Every processor that was started has its run.
  std::thread resumer_;
};

}  // namespace penstock

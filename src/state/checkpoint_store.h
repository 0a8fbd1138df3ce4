// SPDX-License-Identifier: Apache-2.0
// The checkpoints of one processor in a folder of its own:
//
//   checkpoint-7  outbox-41 (entries 41..43)     the one before: kept, should the newest be damaged
//   checkpoint-8  outbox-41, outbox-44           the newest
//
// write(): new outbox file, then the checkpoint, each to a temporary name, synced, renamed; then the folder is synced
// once. A checkpoint that names an outbox file which is missing or another one is not whole, so the order in which the
// two names reach the disk does not matter: nothing is delivered before write() has returned.
// Invariants: files never change; the two newest checkpoints are kept with what they name; numbers only grow.
// Thread: one. The caller holds the folder's lock.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/files.h"
#include "state/checkpoint.h"
#include "state/outbox.h"

namespace penstock {

struct SavedState {
  Checkpoint checkpoint;
  std::vector<FrozenEntry> outbox;  // In order; the first ones may be in the sink already.
};

struct LoadedState {
  std::optional<SavedState> newest;  // The newest whole one; empty: the folder holds no checkpoint.
  std::vector<std::string> damaged;  // Newer ones that are not whole, with what is wrong: a line each.
};

class CheckpointStore {
 public:
  virtual ~CheckpointStore() = default;
  // kStateRefused when there are checkpoints and none is whole: never a start from nothing by accident.
  virtual Result<LoadedState> load() = 0;
  // Durable when it returns success. `undelivered`: all entries that belong to it, in order; those on disk already are
  // not written again. Sets number and outbox. kDiskFull: nothing happened, may be tried again. Other errors: the disk
  // may have lost what it said it has (fsync), the processor must stop.
  virtual Result<void> write(Checkpoint& checkpoint, std::span<const FrozenEntry> undelivered) = 0;
  // Removes everything: the state will be begun anew.
  virtual Result<void> clear() = 0;
};

class FileCheckpointStore final : public CheckpointStore {
 public:
  // `folder` exists.
  FileCheckpointStore(Files& files, std::string folder) : files_(files), folder_(std::move(folder)) {}
  Result<LoadedState> load() override;
  Result<void> write(Checkpoint& checkpoint, std::span<const FrozenEntry> undelivered) override;
  Result<void> clear() override;

 private:
  struct Kept {
    uint64_t number = 0;
    std::vector<OutboxFile> outbox;
  };
  std::string path_of(std::string_view kind, uint64_t number) const;
  Result<SavedState> load_one(uint64_t number) const;
  Result<std::vector<FrozenEntry>> load_outbox(const OutboxFile& file) const;
  Result<void> write_new_entries(std::span<const FrozenEntry> undelivered);
  void remove_superseded();

  Files& files_;
  std::string folder_;
  uint64_t last_number_ = 0;
  std::vector<OutboxFile> outbox_;  // On disk, with entries that are not delivered.
  std::vector<Kept> kept_;          // At most two, the newest last.
};

}  // namespace penstock

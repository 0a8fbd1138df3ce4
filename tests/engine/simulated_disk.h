// SPDX-License-Identifier: Apache-2.0
// A disk in memory that forgets at a crash what was not synced, as the rules of POSIX allow: a file that was renamed or
// removed may or may not show it, each name by itself, until its folder was synced; the bytes of a file are certain
// only after they were synced (write_file does). Thread: one.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "base/files.h"
#include "base/random.h"

namespace penstock {

class SimulatedDisk final : public Files {
 public:
  // `before_step`: called before each step that reaches the disk; may throw to end the process there.
  explicit SimulatedDisk(std::function<void()> before_step = {}) : before_step_(std::move(before_step)) {}

  // No room: writing fails with kDiskFull.
  void set_full(bool full) { full_ = full; }
  // A broken variant: what sync is told is not done.
  void lie_about_sync(bool bytes, bool folders) {
    bytes_unsynced_ = bytes;
    folders_unsynced_ = folders;
  }
  // The process is gone: of what was not synced a random part is there.
  void crash(Random& random);
  // Changes a file behind everybody's back.
  std::string& bytes_of(const std::string& path) { return now_.at(path).bytes; }

  Result<std::string> read(const std::string& path, size_t bytes_max) const override;
  Result<void> write_file(const std::string& path, std::string_view content) override;
  Result<void> sync_folder(const std::string& folder) override;
  Result<void> make_folders(const std::string& path) override;
  Result<void> remove(const std::string& path) override;
  bool exists(const std::string& path) const override { return now_.contains(path); }
  Result<std::vector<std::string>> list(const std::string& folder) const override;

 private:
  struct File {
    std::string bytes;
    bool synced = true;
  };
  using Names = std::map<std::string, File>;
  struct Change {
    std::string path;
    std::optional<File> file;  // Empty: removed.
  };
  void step() {
    if (before_step_) before_step_();
  }

  std::function<void()> before_step_;
  bool full_ = false;
  bool bytes_unsynced_ = false;
  bool folders_unsynced_ = false;
  Names now_;                    // What a reader sees.
  Names durable_;                // What is there after a crash in any case.
  std::vector<Change> pending_;  // From durable_ to now_, in order.
};

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
// The disk comes in by constructor: a simulation can lose unsynced bytes or fill up.
// Errors are kDisk (kDiskFull when there is no room, kBadInput for a file a user named) with path, operation and the
// system's reason.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace penstock {

class Files {
 public:
  virtual ~Files() = default;
  // The whole content; refuses more than `bytes_max`.
  virtual Result<std::string> read(const std::string& path, size_t bytes_max) const = 0;
  // Temporary name, write, sync, rename. After a crash the old or the new content is there, whole; which one is certain
  // only after sync_folder().
  virtual Result<void> write_file(const std::string& path, std::string_view content) = 0;
  // Makes names durable: what was renamed into or removed from the folder before.
  virtual Result<void> sync_folder(const std::string& folder) = 0;
  // Both: after it returns the new content is there whatever happens.
  Result<void> write_atomically(const std::string& path, std::string_view content);
  virtual Result<void> make_folders(const std::string& path) = 0;  // mode 0700
  virtual Result<void> remove(const std::string& path) = 0;        // Missing is fine.
  virtual bool exists(const std::string& path) const = 0;
  virtual Result<std::vector<std::string>> list(const std::string& folder) const = 0;  // Names, sorted.
};

// The machine's disk.
class SystemFiles final : public Files {
 public:
  Result<std::string> read(const std::string& path, size_t bytes_max) const override;
  Result<void> write_file(const std::string& path, std::string_view content) override;
  Result<void> sync_folder(const std::string& folder) override;
  Result<void> make_folders(const std::string& path) override;
  Result<void> remove(const std::string& path) override;
  bool exists(const std::string& path) const override;
  Result<std::vector<std::string>> list(const std::string& folder) const override;
};

}  // namespace penstock

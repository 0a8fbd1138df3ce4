// SPDX-License-Identifier: Apache-2.0
#include "tests/engine/simulated_disk.h"

#include <set>

namespace penstock {

void SimulatedDisk::crash(Random& random) {
  // Names are independent of each other, the changes of one name happen in order.
  std::set<std::string> lost;
  for (Change& change : pending_) {
    if (lost.contains(change.path)) continue;
    if (random.below(2) == 0) {
      lost.insert(change.path);
    } else if (change.file) {
      durable_[change.path] = *change.file;
    } else {
      durable_.erase(change.path);
    }
  }
  for (auto& [path, file] : durable_) {
    if (!file.synced) file.bytes.resize(random.below(file.bytes.size() + 1));
    file.synced = true;
  }
  pending_.clear();
  now_ = durable_;
}

Result<std::string> SimulatedDisk::read(const std::string& path, size_t) const {
  const auto file = now_.find(path);
  if (file == now_.end()) return Error(ErrorCode::kBadInput, "cannot open {}: No such file or directory", path);
  return file->second.bytes;
}

Result<void> SimulatedDisk::write_file(const std::string& path, std::string_view content) {
  step();
  if (full_) return Error(ErrorCode::kDiskFull, "cannot write {}: No space left on device", path);
  const File file{std::string(content), !bytes_unsynced_};
  now_[path] = file;
  pending_.push_back({path, file});
  step();
  return {};
}

Result<void> SimulatedDisk::sync_folder(const std::string&) {
  step();
  if (!folders_unsynced_) {
    durable_ = now_;
    pending_.clear();
  }
  step();
  return {};
}

Result<void> SimulatedDisk::make_folders(const std::string&) { return {}; }

Result<void> SimulatedDisk::remove(const std::string& path) {
  step();
  if (now_.erase(path) > 0) pending_.push_back({path, std::nullopt});
  return {};
}

Result<std::vector<std::string>> SimulatedDisk::list(const std::string& folder) const {
  std::vector<std::string> names;
  for (const auto& [path, file] : now_) {
    if (path.starts_with(folder + "/")) names.push_back(path.substr(folder.size() + 1));
  }
  return names;
}

}  // namespace penstock

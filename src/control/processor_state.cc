// SPDX-License-Identifier: Apache-2.0
#include "control/processor_state.h"

#include <filesystem>

#include "base/write_lock.h"
#include "control/processor_folder.h"

namespace penstock {

Result<std::optional<SavedState>> load_state(std::string_view data_folder, std::string_view id) {
  SystemFiles files;
  const std::string folder = processor_folder(data_folder, id);
  if (!files.exists(folder)) return std::optional<SavedState>();
  FileCheckpointStore store(files, folder);
  PS_TRY(LoadedState loaded, store.load());
  return std::move(loaded.newest);
}

Result<void> adopt_state(std::string_view data_folder, std::string_view id, std::string_view definition) {
  SystemFiles files;
  const std::string folder = processor_folder(data_folder, id);
  if (!files.exists(folder)) return {};
  PS_TRY(const WriteLock lock, WriteLock::acquire(folder, fmt::format("the state of processor {}", id)));
  FileCheckpointStore store(files, folder);
  PS_TRY(LoadedState loaded, store.load());
  if (!loaded.newest || loaded.newest->checkpoint.definition == definition) return {};
  loaded.newest->checkpoint.definition = std::string(definition);
  // Twice: the one before the newest must not be of the old definition when it is needed.
  PS_TRY(store.write(loaded.newest->checkpoint, loaded.newest->outbox));
  return store.write(loaded.newest->checkpoint, loaded.newest->outbox);
}

Result<void> remove_state(std::string_view data_folder, std::string_view id) {
  std::error_code error;
  const std::string folder = processor_folder(data_folder, id);
  std::filesystem::remove_all(folder, error);
  if (error) return Error(ErrorCode::kDisk, "cannot remove the state in {}: {}", folder, error.message());
  return {};
}

}  // namespace penstock

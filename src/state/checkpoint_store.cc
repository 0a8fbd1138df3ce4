// SPDX-License-Identifier: Apache-2.0
#include "state/checkpoint_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/crash_point.h"
#include "state/crc32c.h"

namespace penstock {
namespace {

constexpr size_t kFileBytesMax = size_t{64} << 30;
constexpr size_t kCheckpointsKept = 2;
constexpr std::string_view kCheckpoint = "checkpoint-";
constexpr std::string_view kOutbox = "outbox-";

// The number in "<kind><number>"; empty for any other name.
std::optional<uint64_t> number_in(std::string_view name, std::string_view kind) {
  if (!name.starts_with(kind)) return std::nullopt;
  const std::string_view digits = name.substr(kind.size());
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size() || digits.empty()) return std::nullopt;
  return number;
}

}  // namespace

std::string FileCheckpointStore::path_of(std::string_view kind, uint64_t number) const {
  return fmt::format("{}/{}{}", folder_, kind, number);
}

Result<std::vector<FrozenEntry>> FileCheckpointStore::load_outbox(const OutboxFile& file) const {
  PS_TRY(const std::string bytes, files_.read(path_of(kOutbox, file.first_seq), kFileBytesMax));
  PS_TRY(std::vector<FrozenEntry> entries, decode_outbox(bytes));
  const bool same = bytes.size() == file.bytes && crc32c(bytes) == file.checksum &&
                    entries.front()->seq == file.first_seq && entries.back()->seq == file.last_seq;
  if (!same) return Error(ErrorCode::kFailedToParse, "outbox-{} is another file than the one it names", file.first_seq);
  return entries;
}

Result<SavedState> FileCheckpointStore::load_one(uint64_t number) const {
  SavedState state;
  PS_TRY(const std::string bytes, files_.read(path_of(kCheckpoint, number), kFileBytesMax));
  PS_TRY(state.checkpoint, decode_checkpoint(bytes));
  if (state.checkpoint.number != number) {
    return Error(ErrorCode::kFailedToParse, "it is checkpoint {} under another name", state.checkpoint.number);
  }
  for (const OutboxFile& file : state.checkpoint.outbox) {
    PS_TRY(std::vector<FrozenEntry> entries, load_outbox(file));
    if (!state.outbox.empty() && entries.front()->seq != state.outbox.back()->seq + 1) {
      return Error(ErrorCode::kFailedToParse, "its outbox has a gap before entry {}", entries.front()->seq);
    }
    std::move(entries.begin(), entries.end(), std::back_inserter(state.outbox));
  }
  if (!state.outbox.empty() && state.outbox.back()->seq != state.checkpoint.seq) {
    return Error(ErrorCode::kFailedToParse, "its outbox ends at entry {}, not at {}", state.outbox.back()->seq,
                 state.checkpoint.seq);
  }
  return state;
}

Result<LoadedState> FileCheckpointStore::load() {
  PS_TRY(const std::vector<std::string> names, files_.list(folder_));
  std::vector<uint64_t> numbers;
  for (const std::string& name : names) {
    if (const auto number = number_in(name, kCheckpoint)) numbers.push_back(*number);
  }
  std::sort(numbers.begin(), numbers.end(), std::greater<>());
  LoadedState loaded;
  if (numbers.empty()) return loaded;
  last_number_ = numbers.front();
  for (const uint64_t number : numbers) {
    auto one = load_one(number);
    if (one.ok()) {
      loaded.newest = std::move(*one);
      outbox_ = loaded.newest->checkpoint.outbox;
      kept_ = {{number, outbox_}};
      return loaded;
    }
    loaded.damaged.push_back(fmt::format("{}: {}", path_of(kCheckpoint, number), one.error().message()));
  }
  return Error(ErrorCode::kStateRefused,
               "no checkpoint in {} can be used ({}): restore the folder from a backup, or begin anew with --fresh",
               folder_, fmt::join(loaded.damaged, "; "));
}

Result<void> FileCheckpointStore::write_new_entries(std::span<const FrozenEntry> undelivered) {
  const uint64_t first = undelivered.empty() ? UINT64_MAX : undelivered.front()->seq;
  std::erase_if(outbox_, [first](const OutboxFile& file) { return file.last_seq < first; });
  const uint64_t on_disk = outbox_.empty() ? 0 : outbox_.back().last_seq;
  const auto fresh = std::find_if(undelivered.begin(), undelivered.end(),
                                  [on_disk](const FrozenEntry& entry) { return entry->seq > on_disk; });
  if (fresh == undelivered.end()) return {};
  const std::string bytes = encode_outbox(std::span(fresh, undelivered.end()));
  crash_point("before the outbox is written");
  PS_TRY(files_.write_file(path_of(kOutbox, (*fresh)->seq), bytes));
  crash_point("the outbox is written, the checkpoint is not");
  outbox_.push_back({(*fresh)->seq, undelivered.back()->seq, bytes.size(), crc32c(bytes)});
  return {};
}

Result<void> FileCheckpointStore::write(Checkpoint& checkpoint, std::span<const FrozenEntry> undelivered) {
  PS_TRY(write_new_entries(undelivered));
  checkpoint.number = last_number_ + 1;
  checkpoint.outbox = outbox_;
  PS_TRY(files_.write_file(path_of(kCheckpoint, checkpoint.number), encode(checkpoint)));
  crash_point("the checkpoint is written, the folder is not synced");
  PS_TRY(files_.sync_folder(folder_));
  crash_point("the checkpoint is durable");
  last_number_ = checkpoint.number;
  kept_.push_back({checkpoint.number, outbox_});
  if (kept_.size() > kCheckpointsKept) kept_.erase(kept_.begin());
  remove_superseded();
  crash_point("superseded files are removed");
  return {};
}

// What is left over does no harm and goes the next time, so errors are no matter here.
void FileCheckpointStore::remove_superseded() {
  auto names = files_.list(folder_);
  if (!names.ok()) return;
  const auto keeps = [this](std::string_view name) {
    for (const Kept& kept : kept_) {
      if (number_in(name, kCheckpoint) == kept.number) return true;
      for (const OutboxFile& file : kept.outbox) {
        if (number_in(name, kOutbox) == file.first_seq) return true;
      }
    }
    return false;
  };
  for (const std::string& name : *names) {
    const bool ours = name.starts_with(kCheckpoint) || name.starts_with(kOutbox);
    if (ours && !keeps(name)) (void)files_.remove(folder_ + "/" + name);
  }
}

Result<void> FileCheckpointStore::clear() {
  PS_TRY(const std::vector<std::string> names, files_.list(folder_));
  for (const std::string& name : names) {
    if (name.starts_with(kCheckpoint) || name.starts_with(kOutbox)) PS_TRY(files_.remove(folder_ + "/" + name));
  }
  PS_TRY(files_.sync_folder(folder_));
  outbox_.clear();
  kept_.clear();
  return {};
}

}  // namespace penstock

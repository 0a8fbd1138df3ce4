// SPDX-License-Identifier: Apache-2.0
// A checkpoint store that does one thing wrong, to see that the simulation notices.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "state/checkpoint_store.h"
#include "tests/simulation/simulation.h"

namespace penstock {

class BrokenStore final : public CheckpointStore {
 public:
  BrokenStore(std::unique_ptr<CheckpointStore> store, Variant variant) : store_(std::move(store)), variant_(variant) {}

  Result<LoadedState> load() override {
    PS_TRY(LoadedState loaded, store_->load());
    if (!loaded.newest) return loaded;
    Checkpoint& checkpoint = loaded.newest->checkpoint;
    if (variant_ == Variant::kSealedForgotten || variant_ == Variant::kWatermarkNotKept) {
      checkpoint.frontier = EventTime::lowest();
    }
    if (variant_ == Variant::kWatermarkNotKept) {
      for (CheckpointPartition& partition : checkpoint.partitions)
        partition.max_time.reset();
    }
    return loaded;
  }

  Result<void> write(Checkpoint& checkpoint, std::span<const FrozenEntry> undelivered) override {
    if (variant_ == Variant::kDeliveredBeforeFrozen) return write_later(checkpoint, undelivered);
    if (variant_ == Variant::kOutboxNotKept) undelivered = {};
    if (variant_ == Variant::kSecondFreezeDropsOutbox) {
      while (!undelivered.empty() && undelivered.front()->seq <= seq_before_)
        undelivered = undelivered.subspan(1);
      seq_before_ = checkpoint.seq;
    }
    if (variant_ == Variant::kCutAfterBarrier) {
      for (CheckpointPartition& partition : checkpoint.partitions)
        partition.position += partition.position > 0 ? 1 : 0;
    }
    if (variant_ == Variant::kStateOfAnEarlierCut) std::swap(checkpoint.parts, parts_before_);
    return store_->write(checkpoint, undelivered);
  }

  Result<void> clear() override { return store_->clear(); }

 private:
  // Says that it is done; it is done when the next one comes.
  Result<void> write_later(const Checkpoint& checkpoint, std::span<const FrozenEntry> undelivered) {
    if (later_) PS_TRY(store_->write(*later_, later_entries_));
    later_ = checkpoint;
    later_entries_.assign(undelivered.begin(), undelivered.end());
    return {};
  }

  std::unique_ptr<CheckpointStore> store_;
  const Variant variant_;
  uint64_t seq_before_ = 0;
  std::vector<CheckpointPart> parts_before_;
  std::optional<Checkpoint> later_;
  std::vector<FrozenEntry> later_entries_;
};

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
#include "runtime/recovery.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/crash_point.h"
#include "bson/iso_date.h"
#include "bson/number.h"
#include "runtime/definition_change.h"

namespace penstock {
namespace {

std::string clock_name(ClockMode mode) { return mode == ClockMode::kRecord ? "record" : "wall"; }

std::string new_lineage(Random& random) { return fmt::format("{:016x}{:016x}", random.next(), random.next()); }

// The last entry that the local state takes for confirmed.
uint64_t confirmed_seq(const SavedState& state) {
  return state.outbox.empty() ? state.checkpoint.seq : state.outbox.front()->seq - 1;
}

size_t open_windows_of(const Checkpoint& checkpoint) {
  std::set<Window> windows;
  for (const CheckpointPart& part : checkpoint.parts)
    windows.insert(part.window);
  return windows.size();
}

class Recoverer {
 public:
  Recoverer(const RecoveryEnvironment& environment, const StartPosition& first_start, const RecoveryChoices& choices)
      : env_(environment),
        identity_(environment.identity.empty() ? environment.plan.name : environment.identity),
        first_start_(first_start),
        choices_(choices) {}

  Result<Recovery> run() {
    PS_TRY(LoadedState loaded, env_.store.load());
    for (const std::string& line : loaded.damaged)
      env_.log.warning("a checkpoint is damaged and the one before it is used: {}", line);
    local_ = std::move(loaded.newest);
    if (choices_.fresh) PS_TRY(begin_anew());
    if (local_) PS_TRY(check_identity());
    PS_TRY(std::vector<Marker> markers, env_.sink.markers(identity_));
    PS_TRY(const bool by_marker, decide(markers));
    if (by_marker) {
      PS_TRY(take_from_marker(markers.front()));
    } else if (local_) {
      PS_TRY(take_local());
    } else {
      PS_TRY(take_nothing());
    }
    PS_TRY(claim());
    return std::move(recovery_);
  }

 private:
  Result<void> begin_anew() {
    if (local_) {
      env_.log.warning("--fresh: {} open windows and {} batches of results that were not delivered are thrown away",
                       open_windows_of(local_->checkpoint), local_->outbox.size());
    }
    PS_TRY(env_.store.clear());
    local_.reset();
    PS_TRY(const std::vector<Marker> markers, env_.sink.markers(identity_));
    for (const Marker& marker : markers)
      PS_TRY(env_.sink.forget(marker.lineage));
    return {};
  }

  Result<void> check_identity() {
    const Checkpoint& checkpoint = local_->checkpoint;
    if (checkpoint.processor != identity_) {
      return Error(ErrorCode::kStateRefused, "the state is of processor \"{}\", not of \"{}\": choose another folder",
                   checkpoint.processor, identity_);
    }
    const std::string change = definition_change(checkpoint.definition, env_.plan.definition);
    if (!change.empty()) {
      return Error(ErrorCode::kStateRefused,
                   "the definition of \"{}\" has changed since its state was written ({}): go back to the old one, or "
                   "begin anew with --fresh, which throws away {} open windows and {} batches that were not delivered",
                   env_.plan.name, change, open_windows_of(checkpoint), local_->outbox.size());
    }
    const bool by_clock =
        env_.plan.window != nullptr && env_.plan.window->boundary() == WindowBoundary::kProcessingTime;
    if (by_clock && checkpoint.clock != clock_name(env_.settings.clock)) {
      return Error(ErrorCode::kStateRefused,
                   "the state of \"{}\" was made with --clock {}, and processing time is another one with --clock {}: "
                   "use that clock again, or begin anew with --fresh",
                   env_.plan.name, checkpoint.clock, clock_name(env_.settings.clock));
    }
    return {};
  }

  // True: go on at the first of `markers`; it is put there.
  Result<bool> decide(std::vector<Marker>& markers) {
    if (!local_) {
      // A marker at 0 says that nothing was delivered: it binds nobody.
      std::erase_if(markers, [](const Marker& marker) { return marker.seq == 0; });
      if (markers.empty()) return false;
      if (choices_.sink_marker) return true;
      return state_lost(markers.front());
    }
    const auto own = std::find_if(markers.begin(), markers.end(), [this](const Marker& marker) {
      return marker.lineage == local_->checkpoint.lineage;
    });
    const uint64_t in_sink = own == markers.end() ? 0 : own->seq;
    if (in_sink > local_->checkpoint.seq) {
      if (!choices_.sink_marker) return sink_ahead(in_sink);
      std::iter_swap(markers.begin(), own);
      return true;
    }
    // Nothing is frozen before the claim made a marker: without one nobody knows what was delivered.
    const bool forgotten = own == markers.end() && local_->checkpoint.seq > 0;
    if (forgotten || in_sink < confirmed_seq(*local_)) {
      if (!choices_.local_state) return sink_behind(in_sink, own != markers.end());
      forced_seq_ = confirmed_seq(*local_);
      return false;
    }
    std::erase_if(local_->outbox, [in_sink](const FrozenEntry& entry) { return entry->seq <= in_sink; });
    return false;
  }

  Error state_lost(const Marker& marker) const {
    return Error(ErrorCode::kStateRefused,
                 "{} holds results of processor \"{}\" up to batch {} ({}), but there is no state of it here: it was "
                 "lost, or the run used another --data folder. Use that folder; or go on where the sink stands with "
                 "--accept sink-marker (windows that were open are lost); or begin anew with --fresh",
                 env_.sink.describe(), env_.plan.name, marker.seq, iso_text(marker.at));
  }
  Error sink_ahead(uint64_t in_sink) const {
    return Error(ErrorCode::kStateRefused,
                 "{} holds batch {} of processor \"{}\", the state here only goes up to batch {}: it is an older copy. "
                 "Use the newest folder; or go on where the sink stands with --accept sink-marker (windows that were "
                 "open are lost); or begin anew with --fresh",
                 env_.sink.describe(), in_sink, env_.plan.name, local_->checkpoint.seq);
  }
  Error sink_behind(uint64_t in_sink, bool there) const {
    return Error(
        ErrorCode::kStateRefused,
        "the state here knows of batch {} of processor \"{}\" (confirmed up to {}), and {} {}: it was restored "
        "from a backup, dropped, or is another one. Go on with the state here with --accept local-state (what "
        "the sink has lost stays lost), or begin anew with --fresh",
        local_->checkpoint.seq, env_.plan.name, confirmed_seq(*local_), env_.sink.describe(),
        there ? fmt::format("stands at batch {}", in_sink) : "has no marker of it");
  }

  Result<void> open_source(SourceStart start) {
    start.accepted = choices_.losses;
    PS_TRY(recovery_.partitions, env_.source.open(start));
    return {};
  }

  void describe_start(std::string lineage) {
    Checkpoint& start = recovery_.start;
    start.processor = identity_;
    start.lineage = std::move(lineage);
    start.definition = env_.plan.definition;
    start.clock = clock_name(env_.settings.clock);
    start.cluster_id = env_.source.cluster_id();
    start.at = env_.clock.now();
  }

  static CheckpointPartition begin_of(const SourcePartition& partition) {
    return {.topic = partition.topic, .number = partition.number, .position = partition.position};
  }

  Result<void> take_nothing() {
    PS_TRY(open_source({.position = first_start_}));
    for (const SourcePartition& partition : recovery_.partitions)
      recovery_.start.partitions.push_back(begin_of(partition));
    describe_start(new_lineage(env_.random));
    // Before the claim: a marker without local state would look like lost state.
    PS_TRY(env_.store.write(recovery_.start, {}));
    crash_point("a new lineage is on disk, the sink does not know it");
    return {};
  }

  Result<void> take_from_marker(const Marker& marker) {
    SourceStart start{.position = first_start_};
    for (const Element& element : marker.cut.view()) {
      if (!element.value.is_object()) continue;
      const Document item = element.value.as_object();
      const Value topic = item.get("topic");
      if (!topic.is_string()) continue;
      start.stored.push_back({.topic = std::string(topic.as_string()),
                              .number = static_cast<int32_t>(to_integral(item.get("partition")).value_or(0)),
                              .position = to_integral(item.get("offset")).value_or(0)});
    }
    PS_TRY(open_source(std::move(start)));
    for (const SourcePartition& partition : recovery_.partitions)
      recovery_.start.partitions.push_back(begin_of(partition));
    describe_start(marker.lineage);
    recovery_.start.seq = marker.seq;
    recovery_.resumed = true;
    env_.log.warning("--accept sink-marker: going on behind batch {}; windows that were open then are lost",
                     marker.seq);
    return env_.store.write(recovery_.start, {});
  }

  Result<void> take_local() {
    Checkpoint& checkpoint = local_->checkpoint;
    SourceStart start{.position = first_start_, .cluster_id = checkpoint.cluster_id};
    for (const CheckpointPartition& p : checkpoint.partitions)
      start.stored.push_back({p.topic, p.number, p.position, {p.last_offset, p.last_timestamp, p.last_hash}});
    PS_TRY(open_source(std::move(start)));
    const std::vector<CheckpointPartition> before = std::exchange(checkpoint.partitions, {});
    std::vector<std::optional<uint32_t>> places(before.size());
    for (uint32_t i = 0; i < recovery_.partitions.size(); ++i) {
      const SourcePartition& partition = recovery_.partitions[i];
      CheckpointPartition now = begin_of(partition);
      if (partition.stored) {
        now = before[*partition.stored];
        now.position = partition.position;  // Behind records that were accepted as lost.
        places[*partition.stored] = i;
      }
      checkpoint.partitions.push_back(std::move(now));
    }
    move_parts(places);
    recovery_.start = std::move(checkpoint);
    recovery_.undelivered = std::move(local_->outbox);
    describe_start(recovery_.start.lineage);
    recovery_.resumed = true;
    env_.log.info("going on at checkpoint {}: {} partitions, {} open windows, {} batches to deliver again",
                  recovery_.start.number, recovery_.partitions.size(), open_windows_of(recovery_.start),
                  recovery_.undelivered.size());
    return {};
  }

  // Partitions may have other numbers now: some were left out, by agreement. Their windows stay.
  void move_parts(const std::vector<std::optional<uint32_t>>& places) {
    if (env_.plan.window == nullptr || !env_.plan.window->part_per_partition()) return;
    auto next = static_cast<uint32_t>(recovery_.partitions.size());
    for (CheckpointPart& part : local_->checkpoint.parts) {
      const bool known = part.partition < places.size() && places[part.partition];
      part.partition = known ? *places[part.partition] : next++;
    }
  }

  // Between reading the marker and the claim another instance may have delivered: then the numbers no longer fit.
  Result<void> claim() {
    const Checkpoint& start = recovery_.start;
    const uint64_t delivered = recovery_.undelivered.empty() ? start.seq : recovery_.undelivered.front()->seq - 1;
    PS_TRY(const Marker marker, env_.sink.claim({start.lineage, identity_, forced_seq_}));
    crash_point("the sink is claimed");
    if (marker.seq >= delivered && marker.seq <= start.seq) {
      std::erase_if(recovery_.undelivered, [&marker](const FrozenEntry& entry) { return entry->seq <= marker.seq; });
      return {};
    }
    return Error(ErrorCode::kStateRefused,
                 "another instance of processor \"{}\" is writing to {} (it stands at batch {}, expected {}): stop it, "
                 "then start again",
                 env_.plan.name, env_.sink.describe(), marker.seq, delivered);
  }

  const RecoveryEnvironment& env_;
  const std::string& identity_;
  const StartPosition& first_start_;
  const RecoveryChoices& choices_;
  std::optional<SavedState> local_;
  std::optional<uint64_t> forced_seq_;
  Recovery recovery_;
};

}  // namespace

Result<Recovery> recover(const RecoveryEnvironment& environment, const StartPosition& first_start,
                         const RecoveryChoices& choices) {
  return Recoverer(environment, first_start, choices).run();
}

}  // namespace penstock

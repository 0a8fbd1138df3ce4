// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/simulation.h"

#include <fmt/format.h>

#include <memory>
#include <optional>

#include "base/crash_point.h"
#include "planner/planner.h"
#include "runtime/processor.h"
#include "runtime/recovery.h"
#include "tests/engine/simulated_disk.h"
#include "tests/engine/stepped_executor.h"
#include "tests/simulation/broken_store.h"
#include "tests/simulation/simulated_server.h"
#include "tests/simulation/trial_records.h"

namespace penstock {
namespace {

constexpr std::string_view kFolder = "state";
constexpr int kCrashesMax = 25;
constexpr EventTime kStart{1'767'268'800'000};  // 2026-01-01T12:00:00Z

struct Crash {};

// Ends the process at a step that reaches disk or database; crash_point() below asks it too.
class Fate {
 public:
  explicit Fate(Random& random) : random_(random) {}
  // One step in `one_in` is the last; 0: none.
  void set(uint64_t one_in) { one_in_ = one_in; }
  void step() {
    if (one_in_ > 0 && random_.below(one_in_) == 0) throw Crash{};
  }

 private:
  Random& random_;
  uint64_t one_in_ = 0;
};

Fate* fate_of_process = nullptr;

// What one seed chooses.
struct Choices {
  explicit Choices(Random& random, Variant variant)
      : pipeline(static_cast<TrialPipeline>(random.below(4))),
        partitions(1 + static_cast<uint32_t>(random.below(4))),
        lanes(1 + random.below(3)),
        period{static_cast<int64_t>(20 + random.below(400))},
        slices(static_cast<int>(3 + random.below(25))) {
    sink.transactions = random.below(2) == 0 || variant == Variant::kFenceNotChecked ||
                        variant == Variant::kMarkerIgnored || variant == Variant::kFallbackBelowMarker;
    sink.lost_replies = random.below(3) == 0 ? 0.2 : 0;
    sink.refused = random.below(4) == 0 ? 0.1 : 0;
    if (variant == Variant::kMarkerIgnored) sink.fault = SinkFault::kIgnoresMarker;
    if (variant == Variant::kNewIdAtEachDelivery) sink.fault = SinkFault::kNewIdAtEachDelivery;
    if (variant == Variant::kFenceNotChecked) sink.fault = SinkFault::kNoFence;
    if (variant == Variant::kFallbackBelowMarker) sink.fault = SinkFault::kHidesMarkers;
  }
  TrialPipeline pipeline;
  uint32_t partitions;
  size_t lanes;
  Duration period;
  int slices;
  SimulatedSinkSettings sink;
};

// One start of the process.
struct Instance {
  Instance(SimulatedDisk& its_disk, ManualClock& clock, uint64_t seed) : disk(its_disk), executor(clock, seed) {}
  SimulatedDisk& disk;
  MemoryLogger log;
  RunSettings settings;
  std::unique_ptr<SimulatedSink> sink;
  std::unique_ptr<BrokenStore> store;
  std::optional<DurableState> state;
  SteppedExecutor executor;
  std::unique_ptr<Processor> processor;
};

class World {
 public:
  World(uint64_t seed, Variant variant)
      : random_(seed),
        variant_(variant),
        choices_(random_, variant),
        clock_(kStart),
        records_(choices_.pipeline, choices_.partitions, kStart),
        source_(choices_.partitions, 16, seed),
        fate_(random_),
        disk_([this] { fate_.step(); }) {
    disk_.lie_about_sync(variant == Variant::kBytesNotSynced, variant == Variant::kFolderNotSynced);
    const auto definition = parse_definition(records_.definition(), "trial");
    PS_CHECK(definition.ok(), definition.ok() ? "" : definition.error().message());
    Planned planned = plan_definition(*definition, nullptr, {});
    PS_CHECK(planned.plan != nullptr, planned.problems.empty() ? "" : planned.problems.front().message);
    plan_ = std::move(planned.plan);
    fate_of_process = &fate_;
  }
  ~World() { fate_of_process = nullptr; }

  SimulationResult run() {
    while (choices_.slices > 0 && result_.violation.empty() && !result_.refused)
      live();
    fate_.set(0);
    if (result_.violation.empty() && !result_.refused) finish();
    if (result_.violation.empty()) {
      result_.violation = records_.check(server_, choices_.sink.transactions, !result_.refused);
    }
    return result_;
  }

 private:
  // A start, some work, an end.
  void live() {
    fate_.set(result_.crashes < kCrashesMax ? 40 + random_.below(200) : 0);
    std::unique_ptr<Instance> instance;
    try {
      instance = start(disk_, false);
      if (instance == nullptr) return;
      for (const auto lives = 1 + random_.below(8); lives_ < lives && choices_.slices > 0; ++lives_)
        work(*instance);
      lives_ = 0;
      if (random_.below(4) == 0) return stop(*instance);
      if (choices_.sink.transactions && random_.below(6) == 0) leave_running(*instance);
    } catch (const Crash&) {
    }
    instance.reset();
    crash();
  }

  void work(Instance& instance) {
    --choices_.slices;
    records_.append(source_, random_, static_cast<int>(random_.below(30)));
    disk_.set_full(random_.below(12) == 0);
    instance.executor.run_for({static_cast<int64_t>(random_.below(150))});
    disk_.set_full(false);
  }

  void stop(Instance& instance) {
    fate_.set(0);
    instance.processor->request_stop();
    instance.executor.join();
    const auto outcome = instance.processor->outcome();
    if (!outcome.ok()) result_.violation = "a stop failed: " + outcome.error().message();
    source_.reopen();
  }

  void crash() {
    ++result_.crashes;
    disk_.set_full(false);
    source_.reopen();
    disk_.crash(random_);
    clock_.advance({static_cast<int64_t>(random_.below(300))});
    if (variant_ != Variant::kAlgorithm && variant_ != Variant::kFallbackBelowMarker) return;
    if (choices_.sink.transactions && random_.below(10) == 0) damage();
  }

  // Flips a byte of the newest checkpoint.
  void damage() {
    const auto names = disk_.list(std::string(kFolder));
    uint64_t newest = 0;
    for (const std::string& name : *names) {
      if (name.starts_with("checkpoint-")) newest = std::max<uint64_t>(newest, std::stoull(name.substr(11)));
    }
    if (newest == 0) return;
    std::string& bytes = disk_.bytes_of(fmt::format("{}/checkpoint-{}", kFolder, newest));
    bytes[random_.below(bytes.size())] ^= static_cast<char>(1 << random_.below(8));
    ++result_.damaged;
  }

  // Somebody copied the folder and started there, while the old instance goes on.
  void leave_running(Instance& old) {
    fate_.set(0);
    ++result_.zombies;
    SimulatedDisk copy = disk_;
    const std::unique_ptr<Instance> fresh = start(copy, false);
    if (fresh == nullptr) return;
    for (int i = 0; i < 6; ++i) {
      records_.append(source_, random_, static_cast<int>(random_.below(20)));
      old.executor.run_for({static_cast<int64_t>(random_.below(40))});
      fresh->executor.run_for({static_cast<int64_t>(random_.below(40))});
    }
    source_.reopen();
    disk_ = copy;
  }

  // Null: refused, which `result_` judges.
  std::unique_ptr<Instance> start(SimulatedDisk& disk, bool until_end) {
    auto instance = std::make_unique<Instance>(disk, clock_, random_.next());
    instance->settings.lanes = std::min<size_t>(choices_.lanes, choices_.partitions);
    instance->settings.until_end = until_end;
    instance->sink = std::make_unique<SimulatedSink>(server_, choices_.sink, clock_, random_, [this] { fate_.step(); });
    instance->store =
        std::make_unique<BrokenStore>(std::make_unique<FileCheckpointStore>(disk, std::string(kFolder)), variant_);
    const RecoveryEnvironment environment{*plan_processor(), instance->settings, *instance->store,
                                          source_,           *instance->sink,    clock_,
                                          random_,           instance->log};
    auto recovered = recover(environment, {}, {.local_state = variant_ == Variant::kFallbackBelowMarker});
    if (!recovered.ok()) {
      judge_refusal(recovered.error());
      return nullptr;
    }
    instance->state.emplace(DurableState{*instance->store, choices_.period, std::move(recovered->start),
                                         std::move(recovered->undelivered)});
    const std::string lineage = instance->state->start.lineage;
    auto made = Processor::make(*plan_processor(), instance->settings,
                                {.source = source_,
                                 .partitions = std::move(recovered->partitions),
                                 .sink = *instance->sink,
                                 .executor = instance->executor,
                                 .random = random_,
                                 .log = instance->log,
                                 .state = &*instance->state,
                                 .lineage = lineage});
    if (!made.ok()) {
      judge_refusal(made.error());
      return nullptr;
    }
    instance->processor = std::move(*made);
    instance->processor->start();
    return instance;
  }

  void judge_refusal(const Error& error) {
    if (result_.damaged > 0 && error.code() == ErrorCode::kStateRefused) {
      result_.refused = true;
    } else {
      result_.violation = "a start was refused: " + error.message();
    }
  }

  // Without crashes, to the end of the topic.
  void finish() {
    const std::unique_ptr<Instance> instance = start(disk_, true);
    if (instance == nullptr) return;
    instance->executor.join();
    const auto outcome = instance->processor->outcome();
    if (!outcome.ok()) result_.violation = "the last run failed: " + outcome.error().message();
  }

  const ProcessorPlan* plan_processor() const { return &plan_->processor; }

  SeededRandom random_;
  const Variant variant_;
  Choices choices_;
  ManualClock clock_;
  TrialRecords records_;
  MemorySource source_;
  Fate fate_;
  SimulatedDisk disk_;
  SimulatedServer server_;
  std::unique_ptr<Plan> plan_;
  SimulationResult result_;
  uint64_t lives_ = 0;
};

}  // namespace

// Takes the place of the library's, which does nothing.
void crash_point(std::string_view) {
  if (fate_of_process != nullptr) fate_of_process->step();
}

std::string_view name_of(Variant variant) {
  switch (variant) {
    case Variant::kAlgorithm: return "the algorithm";
    case Variant::kBytesNotSynced: return "bytes not synced";
    case Variant::kFolderNotSynced: return "folder not synced";
    case Variant::kDeliveredBeforeFrozen: return "delivered before it is frozen";
    case Variant::kNewIdAtEachDelivery: return "new _id at each delivery";
    case Variant::kOutboxNotKept: return "outbox not kept";
    case Variant::kSecondFreezeDropsOutbox: return "second freeze drops an undelivered outbox";
    case Variant::kMarkerIgnored: return "marker ignored, additive sink";
    case Variant::kCutAfterBarrier: return "cut taken after the barrier";
    case Variant::kStateOfAnEarlierCut: return "window state of an earlier cut";
    case Variant::kFenceNotChecked: return "fence not checked";
    case Variant::kFallbackBelowMarker: return "fallback below the marker";
    case Variant::kWatermarkNotKept: return "watermark not in the checkpoint";
    case Variant::kSealedForgotten: return "sealed flag lost";
  }
  return "";
}

SimulationResult simulate(uint64_t seed, Variant variant) { return World(seed, variant).run(); }

}  // namespace penstock

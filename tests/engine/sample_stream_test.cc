// SPDX-License-Identifier: Apache-2.0
// The sample data as the source of a processor that is killed again and again: what comes out in the end is what the
// readings of that time give, each counted once.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>

#include "bson/ejson.h"
#include "connectors/sample/sample_source.h"
#include "connectors/sample/solar.h"
#include "tests/engine/engine_bed.h"

namespace penstock {
namespace {

constexpr uint64_t kDataSeed = 3;
constexpr int64_t kWindowMs = 5000;

constexpr std::string_view kDefinition = R"({{"name": "solar", "pipeline": [
  {{"$source": {{"connectionName": "sample_stream_solar"}}}}, {}
  {{"$merge": {{"into": {{"connectionName": "m", "db": "d", "coll": "c"}}}}}}]}})";
constexpr std::string_view kWindowed = R"(
  {"$tumblingWindow": {"interval": {"size": 5, "unit": "second"}, "allowedLateness": 0, "pipeline": [
    {"$group": {"_id": {"$meta": "stream.window.start"}, "n": {"$count": {}}, "watts": {"$sum": "$obs.watts"}}}]}},)";
constexpr std::string_view kStateless = R"(
  {"$project": {"device_id": 1, "timestamp": 1, "source": {"$meta": "stream.source"}}},)";

// One machine: its disk, its sink and its clock outlive the process.
class Machine {
 public:
  Machine(std::string_view stages, uint64_t seed)
      : random_(seed), clock_(at("12:00:00.300")), sink_(clock_), connection_{"sample_stream_solar", "Sample", {}} {
    const auto definition = parse_definition(fmt::format(kDefinition, stages), "solar");
    PS_CHECK(definition.ok(), definition.ok() ? "" : definition.error().message());
    Planned planned = plan_definition(*definition, nullptr, {});
    PS_CHECK(planned.plan != nullptr, planned.problems.empty() ? "" : planned.problems.front().message);
    plan_ = std::move(planned.plan);
  }
  ~Machine() { kill(); }

  void start() {
    source_ = std::move(make_sample_source(connection_, {.seed = kDataSeed}, clock_, log_).value());
    Recovery recovery =
        recover({plan_->processor, settings_, store_, *source_, sink_, clock_, random_, log_}, {}, {}).value();
    if (!recovery.resumed) first_ = recovery.partitions.front().position;
    state_.emplace(DurableState{store_, Duration{1000}, std::move(recovery.start), std::move(recovery.undelivered)});
    executor_ = std::make_unique<SteppedExecutor>(clock_, random_.next());
    processor_ = std::move(Processor::make(plan_->processor, settings_,
                                           {.source = *source_,
                                            .partitions = std::move(recovery.partitions),
                                            .sink = sink_,
                                            .executor = *executor_,
                                            .random = random_,
                                            .log = log_,
                                            .state = &*state_})
                               .value());
    processor_->start();
  }
  void run_for(Duration span) { executor_->run_for(span); }
  Result<void> stop() {
    processor_->request_stop();
    executor_->join();
    return processor_->outcome();
  }
  void kill() {
    processor_.reset();
    state_.reset();
    source_.reset();
    disk_.crash(random_);
  }
  // Lives of random length with random breaks, then one to the end.
  void live(int lives) {
    for (int life = 0; life < lives; ++life) {
      start();
      run_for({static_cast<int64_t>(random_.below(9000))});
      kill();
      clock_.advance({static_cast<int64_t>(random_.below(4000))});
    }
    start();
    run_for({12'000});
  }

  ManualClock& clock() { return clock_; }
  MemorySink& sink() { return sink_; }
  // The first reading that is part of it.
  int64_t first() const { return first_; }
  const Processor& processor() const { return *processor_; }

 private:
  SeededRandom random_;
  ManualClock clock_;
  MemorySink sink_;
  Connection connection_;
  MemoryLogger log_;
  RunSettings settings_;
  SimulatedDisk disk_;
  FileCheckpointStore store_{disk_, "state"};
  std::unique_ptr<Plan> plan_;
  std::unique_ptr<Source> source_;
  std::optional<DurableState> state_;
  std::unique_ptr<SteppedExecutor> executor_;
  std::unique_ptr<Processor> processor_;
  int64_t first_ = 0;
};

std::string json_of(const SolarReadings& readings, int64_t position) {
  std::string text;
  readings.write(position, text);
  return text;
}

// What the windows that are closed must say, from the readings alone.
std::map<int64_t, std::pair<int, int>> windows_of(const SolarReadings& readings, int64_t first, EventTime now) {
  std::map<int64_t, std::pair<int, int>> windows;
  EventTime newest = EventTime::lowest();
  for (int64_t position = first; readings.time_of(position) <= now; ++position) {
    newest = readings.time_of(position);
    auto& [n, watts] = windows[newest.ms / kWindowMs * kWindowMs];
    ++n;
    const OwnedDocument document(parse_ejson(json_of(readings, position)).value().document);
    const Value value = document.view().get("obs").as_object().get("watts");
    if (value.type() == Type::kInt) watts += value.as_int();
  }
  std::erase_if(windows, [&](const auto& window) { return window.first + kWindowMs > newest.ms; });
  return windows;
}

TEST(SampleStream, AKilledRunCountsEveryReadingOnce) {
  const SolarReadings readings(kDataSeed);
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    Machine machine(kWindowed, seed);
    machine.live(6);
    const EventTime now = machine.clock().now();
    ASSERT_TRUE(machine.stop().ok());
    std::map<int64_t, std::pair<int, int>> windows;
    for (const OwnedDocument& document : machine.sink().documents()) {
      const Document d = document.view();
      const auto [place, fresh] =
          windows.try_emplace(d.get("_id").as_date().ms, d.get("n").as_int(), d.get("watts").as_int());
      EXPECT_TRUE(fresh) << "a window came twice, seed " << seed;
    }
    EXPECT_GE(windows.size(), 2U);
    EXPECT_EQ(windows, windows_of(readings, machine.first(), now)) << "seed " << seed;
  }
}

TEST(SampleStream, AKilledRunGivesEveryReadingOnce) {
  const SolarReadings readings(kDataSeed);
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    Machine machine(kStateless, seed);
    machine.live(6);
    ASSERT_TRUE(machine.stop().ok());
    int64_t position = machine.first();
    for (const OwnedDocument& document : machine.sink().documents()) {
      const Document source = document.view().get("source").as_object();
      ASSERT_EQ(source.get("ts").as_date(), readings.time_of(position++)) << "seed " << seed;
      EXPECT_EQ(source.get("type").as_string(), "generated");
      EXPECT_EQ(source.count(), 2U);  // Topics, offsets and keys are Kafka's.
    }
    EXPECT_GT(position, machine.first() + 12);
    EXPECT_EQ(position, readings.position_of({machine.clock().now().ms + 1})) << "seed " << seed;
  }
}

// Each is delivered within the 200 ms that may lie between two barriers.
TEST(SampleStream, EachReadingComesAtItsTime) {
  const SolarReadings readings(kDataSeed);
  Machine machine(kStateless, 1);
  machine.start();
  for (int i = 0; i < 20; ++i) {
    const int64_t next = machine.first() + i;
    machine.run_for(readings.time_of(next) + Duration{205} - machine.clock().now());
    EXPECT_GE(machine.sink().documents().size(), static_cast<size_t>(i + 1));
  }
  ASSERT_TRUE(machine.stop().ok());
}

}  // namespace
}  // namespace penstock

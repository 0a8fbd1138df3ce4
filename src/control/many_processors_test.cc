// SPDX-License-Identifier: Apache-2.0
// Two hundred processors in one process: one pool of threads, one embedded store, a folder of state each.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/files.h"
#include "bson/ejson.h"
#include "connectors/embedded/embedded_sink.h"
#include "connectors/sample/sample_source.h"
#include "control/connectors.h"
#include "dataflow/executor_pool.h"
#include "runtime/processor.h"
#include "runtime/recovery.h"

namespace penstock {
namespace {

#ifdef __SANITIZE_ADDRESS__
constexpr size_t kProcessors = 40;
#else
constexpr size_t kProcessors = 200;
#endif
constexpr int64_t kReadings = 60;

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// Waits on the pool itself until `done` says so; asked every ten milliseconds.
class Until final : public Task {
 public:
  Until(const Clock& clock, std::function<bool()> done) : clock_(clock), done_(std::move(done)) {}
  StepResult step() override {
    return done_() ? StepResult::done() : StepResult::wait_until(clock_.monotonic_ns() + 10'000'000);
  }

 private:
  const Clock& clock_;
  std::function<bool()> done_;
};

// One running processor, as the server holds it.
struct Running {
  std::unique_ptr<Plan> plan;
  RunSettings settings;
  std::unique_ptr<CheckpointStore> checkpoints;
  std::unique_ptr<Sink> sink;
  std::unique_ptr<Source> source;
  std::optional<DurableState> state;
  std::unique_ptr<Executor> executor;
  std::unique_ptr<Processor> processor;
};

class ManyProcessors : public testing::Test {
 protected:
  ManyProcessors() {
    std::string pattern = (std::filesystem::temp_directory_path() / "penstock-many-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    const auto parsed = parse_ejson(R"([{"name": "sample_stream_solar", "type": "Sample"},
                                        {"name": "m", "type": "Cluster", "clusterName": "none"}])");
    connections_ = std::move(ConnectionRegistry::parse(Value::array(parsed->document)).value());
    store_ = std::move(DocStore::open(folder_, StoreMode::kReadWrite, clock_).value());
  }
  ~ManyProcessors() override {
    running_.clear();
    store_.reset();
    std::filesystem::remove_all(folder_);
  }

  std::unique_ptr<Plan> plan_number(size_t number) {
    const std::string text = fmt::format(R"({{"name": "solar {0}", "pipeline": [
      {{"$source": {{"connectionName": "sample_stream_solar"}}}},
      {{"$merge": {{"into": {{"connectionName": "m", "db": "many", "coll": "solar{0}"}}}}}}]}})",
                                         number);
    definitions_.push_back(std::make_unique<Definition>(std::move(parse_definition(text, "many").value())));
    Planned planned = plan_definition(*definitions_.back(), &connections_, connector_catalog());
    PS_CHECK(planned.plan != nullptr, planned.problems.empty() ? "" : planned.problems.front().message);
    return std::move(planned.plan);
  }

  void start(size_t number, const StartPosition& from) {
    auto run = std::make_unique<Running>();
    run->plan = plan_number(number);
    const std::string folder = fmt::format("{}/state{}", folder_, number);
    PS_CHECK(files_.make_folders(folder).ok());
    run->checkpoints = std::make_unique<FileCheckpointStore>(files_, folder);
    run->sink = make_embedded_sink(store_, run->plan->sink, std::nullopt, clock_, log_);
    PS_CHECK(run->sink->open().ok());
    run->source = std::move(make_sample_source(*run->plan->source_connection, {}, clock_, log_).value());
    Recovery recovery = recover({run->plan->processor, run->settings, *run->checkpoints, *run->source, *run->sink,
                                 clock_, random_, log_},
                                from, {})
                            .value();
    run->state.emplace(
        DurableState{*run->checkpoints, Duration{5000}, std::move(recovery.start), std::move(recovery.undelivered)});
    run->executor = pool_.make_executor();
    run->processor = std::move(Processor::make(run->plan->processor, run->settings,
                                               {.source = *run->source,
                                                .partitions = std::move(recovery.partitions),
                                                .sink = *run->sink,
                                                .executor = *run->executor,
                                                .random = random_,
                                                .log = log_,
                                                .state = &*run->state})
                                   .value());
    run->processor->start();
    running_.push_back(std::move(run));
  }
  void wait_until(std::function<bool()> done) {
    Until task(clock_, std::move(done));
    pool_.make_executor()->start("until", task);
  }
  void stop_all() {
    for (const auto& run : running_)
      run->processor->request_stop();
    for (const auto& run : running_) {
      run->executor->join();
      const auto outcome = run->processor->outcome();
      EXPECT_TRUE(outcome.ok()) << outcome.error().message();
    }
  }

  std::string folder_;
  SystemClock clock_;
  SystemRandom random_;
  MemoryLogger log_;
  SystemFiles files_;
  ConnectionRegistry connections_;
  std::vector<std::unique_ptr<Definition>> definitions_;
  std::shared_ptr<DocStore> store_;
  ExecutorPool pool_{clock_, {}};
  std::vector<std::unique_ptr<Running>> running_;
};

TEST_F(ManyProcessors, AllDeliverAndStop) {
  const EventTime now = clock_.now();
  const int64_t start_ns = clock_.monotonic_ns();
  for (size_t i = 0; i < kProcessors; ++i)
    start(i, {StartPosition::Kind::kTime, now - Duration{kReadings * 1000}});
  for (const auto& run : running_) {
    wait_until([&run] { return run->processor->snapshot().documents_out >= static_cast<uint64_t>(kReadings); });
  }
  const int64_t delivered_ns = clock_.monotonic_ns();
  stop_all();
  std::printf("%zu processors: %lld ms to start and deliver, %lld ms to stop, %zu threads that may block\n",
              kProcessors, static_cast<long long>((delivered_ns - start_ns) / 1'000'000),
              static_cast<long long>((clock_.monotonic_ns() - delivered_ns) / 1'000'000), pool_.blocking_threads());
  // Everybody reads the same data: as many documents as came until its stop.
  for (size_t i = 0; i < kProcessors; ++i) {
    const uint64_t count = store_->count("many", fmt::format("solar{}", i)).value();
    EXPECT_EQ(count, running_[i]->processor->snapshot().in.records) << i;
    EXPECT_GE(count, static_cast<uint64_t>(kReadings)) << i;
  }
}

// Nothing to read: what all of them together cost is a few steps a second each.
TEST_F(ManyProcessors, IdleOnesCostNextToNothing) {
  for (size_t i = 0; i < kProcessors; ++i)
    start(i, {StartPosition::Kind::kTime, clock_.now() + Duration{24 * 3600 * 1000}});
  const auto pass = [this](int64_t ms) {
    wait_until([this, end_ns = clock_.monotonic_ns() + ms * 1'000'000] { return clock_.monotonic_ns() >= end_ns; });
  };
  pass(6000);  // The first checkpoint is written, the waits are long.
  const uint64_t steps = pool_.steps();
  const double cpu = cpu_seconds();
  const int64_t start_ns = clock_.monotonic_ns();
  pass(3000);
  const double seconds = static_cast<double>(clock_.monotonic_ns() - start_ns) / 1e9;
  // Without those of the waiting here.
  const double steps_each = (static_cast<double>(pool_.steps() - steps) - 300) / seconds / kProcessors;
  std::printf("%zu idle processors: %.1f steps a second each, %.2f %% of a core\n", kProcessors, steps_each,
              100 * (cpu_seconds() - cpu) / seconds);
  EXPECT_LT(steps_each, 10);
  stop_all();
}

}  // namespace
}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
// The engine alone: JSON trades in memory -> the published stock-trade definition, planned and run as always, one lane
// -> finished groups, thrown away. No client, no network, no second thread; making the trades is not measured.
//
//   engine_bench [TRADES [SYMBOLS WINDOWS]]      one line per case: CPU nanoseconds per trade, median of 5
//
// lane: records copied into batches as a client's reader does it, decoded, grouped. finish: parts merged, results
// computed and frozen. Their sum is what a trade costs.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <vector>

#include "base/files.h"
#include "connectors/kafka/trades.h"
#include "planner/planner.h"
#include "runtime/processor.h"

namespace penstock {
namespace {

constexpr std::string_view kDefinition = "/examples/stock-trades/stock_trade_window_processor.json";
constexpr uint32_t kPartitions = 6;
constexpr int64_t kWindowMs = 30'000;
constexpr EventTime kStart{1'767'225'600'000};  // 2026-01-01
constexpr int kRounds = 5;

// CPU time of this thread: what else runs on the machine does not count.
int64_t now_ns() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

// Trades of one partition, back to back.
struct Log {
  std::string bytes;
  std::vector<uint32_t> ends;
  std::vector<EventTime> times;
  std::vector<uint8_t> key_sizes;  // The key stands behind the value.
};

std::vector<Log> make_logs(size_t trades, size_t symbols, int64_t windows) {
  std::vector<Log> logs(kPartitions);
  TradeGenerator generator(1, symbols);
  std::string value;
  std::string_view key;
  for (size_t i = 0; i < trades; ++i) {
    generator.next(value, key);
    Log& log = logs[generator.symbol_index() % kPartitions];
    log.bytes.append(value).append(key);
    log.ends.push_back(static_cast<uint32_t>(log.bytes.size()));
    log.times.push_back(kStart +
                        Duration{static_cast<int64_t>(i) * windows * kWindowMs / static_cast<int64_t>(trades)});
    log.key_sizes.push_back(static_cast<uint8_t>(key.size()));
  }
  return logs;
}

class LogReader final : public SourceReader {
 public:
  explicit LogReader(const std::vector<Log>& logs) : logs_(logs), next_(logs.size()) {}
  Result<void> add(const SourcePartition&) override { return {}; }
  Result<PollStatus> poll(PartitionId partition, RecordBatch& batch, size_t records_max) override {
    const Log& log = logs_[partition.index];
    size_t& next = next_[partition.index];
    batch.clear();
    batch.partition = partition;
    const size_t end = std::min(log.ends.size(), next + records_max);
    for (; next < end; ++next) {
      const uint32_t begin = next == 0 ? 0 : log.ends[next - 1];
      const uint32_t key_begin = log.ends[next] - log.key_sizes[next];
      batch.append({.value = {log.bytes.data() + begin, key_begin - begin},
                    .key = {log.bytes.data() + key_begin, log.key_sizes[next]},
                    .offset = static_cast<int64_t>(next),
                    .timestamp = log.times[next],
                    .has_timestamp = true});
    }
    batch.next_position = static_cast<int64_t>(next);
    return batch.empty() ? PollStatus::kAtEnd : PollStatus::kRecords;
  }
  void set_waker(Waker*) override {}
  size_t queued_bytes() const override { return 0; }

 private:
  const std::vector<Log>& logs_;
  std::vector<size_t> next_;
};

class LogSource final : public Source {
 public:
  explicit LogSource(const std::vector<Log>& logs) : logs_(logs) {}
  Result<std::vector<SourcePartition>> open(const SourceStart&) override {
    std::vector<SourcePartition> partitions;
    for (uint32_t i = 0; i < logs_.size(); ++i) {
      partitions.push_back({.id = {i},
                            .topic = "trades",
                            .number = static_cast<int32_t>(i),
                            .end = static_cast<int64_t>(logs_[i].ends.size())});
    }
    return partitions;
  }
  std::vector<SourcePartition> take_new_partitions() override { return {}; }
  std::unique_ptr<SourceReader> make_reader() override { return std::make_unique<LogReader>(logs_); }
  SourceMeta meta(PartitionId partition) const override {
    return {.type = "kafka", .topic = "trades", .partition = static_cast<int32_t>(partition.index)};
  }
  std::vector<int64_t> ends() const override { return {}; }
  std::string cluster_id() const override { return {}; }
  void publish(const std::vector<PublishedPosition>&) override {}
  std::string trouble() const override { return {}; }

 private:
  const std::vector<Log>& logs_;
};

class CountingSink final : public Sink {
 public:
  Result<void> open() override { return {}; }
  Guarantee guarantee() const override { return {}; }
  Result<std::vector<Marker>> markers(std::string_view) override { return std::vector<Marker>(); }
  Result<Marker> claim(const Claim&) override { return Marker(); }
  Result<void> forget(std::string_view) override { return {}; }
  Result<void> write_dead_letters(const std::vector<OwnedDocument>&) override { return {}; }
  bool takes_dead_letters() const override { return false; }
  Result<Delivery> deliver(const OutboxEntry& entry, const RefusalLetters&) override {
    documents += entry.documents.size();
    return Delivery();
  }
  std::string describe() const override { return "nowhere"; }
  size_t documents = 0;
};

// Steps all tasks in turn on this thread, and notes how long each took.
class TurnExecutor final : public Executor {
 public:
  Waker& start(std::string name, Task& task) override {
    tasks_.push_back({std::move(name), &task});
    return waker_;
  }
  void join() override {
    for (bool busy = true; busy;) {
      busy = false;
      for (Entry& entry : tasks_) {
        if (entry.done) continue;
        busy = true;
        const int64_t begin_ns = now_ns();
        entry.done = entry.task->step().kind == StepResult::Kind::kDone;
        entry.spent_ns += now_ns() - begin_ns;
      }
    }
  }
  const Clock& clock() const override { return clock_; }
  int64_t spent_ns(std::string_view prefix) const {
    int64_t sum = 0;
    for (const Entry& entry : tasks_)
      sum += entry.name.starts_with(prefix) ? entry.spent_ns : 0;
    return sum;
  }

 private:
  struct Entry {
    std::string name;
    Task* task;
    bool done = false;
    int64_t spent_ns = 0;
  };
  struct NoWaker final : Waker {
    void wake() override {}
  };
  SystemClock clock_;
  NoWaker waker_;
  std::vector<Entry> tasks_;
};

struct Measured {
  double lane_ns, finish_ns;
  size_t documents;
};

Measured run_once(const Plan& plan, const std::vector<Log>& logs, size_t trades) {
  LogSource source(logs);
  CountingSink sink;
  TurnExecutor executor;
  SeededRandom random(1);
  MemoryLogger log;
  const RunSettings settings{.clock = ClockMode::kRecord, .until_end = true, .memory_bytes = size_t{8} << 30};
  auto processor = Processor::make(plan.processor, settings,
                                   {.source = source,
                                    .partitions = std::move(source.open({}).value()),
                                    .sink = sink,
                                    .executor = executor,
                                    .random = random,
                                    .log = log});
  (*processor)->start();
  executor.join();
  PS_CHECK((*processor)->outcome().ok());
  PS_CHECK((*processor)->snapshot().in.records == trades);
  const auto count = static_cast<double>(trades);
  return {static_cast<double>(executor.spent_ns("lane")) / count,
          static_cast<double>(executor.spent_ns("coordinator")) / count, sink.documents};
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + kRounds / 2, values.end());
  return values[kRounds / 2];
}

void run_case(const Plan& plan, size_t trades, size_t symbols, int64_t windows) {
  const std::vector<Log> logs = make_logs(trades, symbols, windows);
  std::vector<double> lane, finish, total;
  size_t documents = 0;
  for (int round = 0; round < kRounds; ++round) {
    const Measured m = run_once(plan, logs, trades);
    lane.push_back(m.lane_ns);
    finish.push_back(m.finish_ns);
    total.push_back(m.lane_ns + m.finish_ns);
    documents = m.documents;
  }
  fmt::print(
      "{:>7} symbols {:>3} windows {:>9} trades {:>8} groups   {:6.1f} ns per trade (lane {:.1f}, finish {:.1f})\n",
      symbols == 0 ? 7 : symbols, windows, trades, documents, median(total), median(lane), median(finish));
  std::fflush(stdout);
}

int run(int argc, char** argv) {
  const size_t trades = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 3'000'000;
  const auto text = SystemFiles().read(std::string(PENSTOCK_SOURCE_DIR) + std::string(kDefinition), 1 << 20);
  PS_CHECK(text.ok() && trades > 0);
  const auto definition = parse_definition(*text, "bench");
  PS_CHECK(definition.ok());
  const Planned planned = plan_definition(*definition, nullptr, {});
  PS_CHECK(planned.plan != nullptr);
  if (argc > 3) {  // One case alone, for a profiler; 0: the seven symbols of the data set.
    run_case(*planned.plan, trades, std::strtoull(argv[2], nullptr, 10), std::strtoll(argv[3], nullptr, 10));
    return 0;
  }
  run_case(*planned.plan, trades, 0, 60);
  run_case(*planned.plan, trades, 100'000, 60);
  run_case(*planned.plan, trades, 100'000, 2);
  return 0;
}

}  // namespace
}  // namespace penstock

int main(int argc, char** argv) { return penstock::run(argc, argv); }

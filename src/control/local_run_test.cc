// SPDX-License-Identifier: Apache-2.0
#include "control/local_run.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include <fmt/format.h>

#include "bson/ejson.h"
#include "connectors/kafka/datagen.h"
#include "connectors/kafka/mock_broker.h"
#include "control/processor_folder.h"

namespace penstock {
namespace {

constexpr std::string_view kDefinition = R"({"name": "count trades", "pipeline": [
  {"$source": {"connectionName": "k", "topic": "trades"}},
  {"$tumblingWindow": {"interval": {"size": 1, "unit": "second"}, "boundary": "processingTime", "pipeline": [
    {"$group": {"_id": "$symbol", "n": {"$count": {}}}}]}},
  {"$merge": {"into": {"connectionName": "m", "db": "d", "coll": "c"}}}]})";

// Trades in a thread of its own until the end.
class Trades {
 public:
  explicit Trades(const Connection& connection) {
    thread_ = std::thread([this, &connection] {
      DatagenOptions options;
      options.topic = "trades";
      options.rate = 3000;
      (void)run_datagen(connection, options, clock_, log_, [this](const DatagenProgress&) { return !stop_.load(); });
    });
  }
  ~Trades() {
    stop_ = true;
    thread_.join();
  }

 private:
  SystemClock clock_;
  MemoryLogger log_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

class LocalRunTest : public testing::Test {
 protected:
  LocalRunTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "penstock-run-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    broker_ = std::move(MockBroker::start().value());
    PS_CHECK(broker_->create_topic("trades", 6).ok());
    const auto parsed = parse_ejson(fmt::format(R"([
      {{"name": "k", "type": "Kafka", "bootstrapServers": "{}", "security": {{"protocol": "PLAINTEXT"}}}},
      {{"name": "m", "type": "Cluster", "clusterName": "none"}}])",
                                                broker_->bootstrap()));
    connections_ = std::move(ConnectionRegistry::parse(Value::array(parsed->document.view())).value());
    definition_ = std::move(parse_definition(kDefinition, "test").value());
    plan_ = plan_definition(definition_, &connections_, connector_catalog()).plan;
    PS_CHECK(plan_ != nullptr);
  }
  ~LocalRunTest() override { std::filesystem::remove_all(folder_); }
  Result<std::unique_ptr<LocalRun>> open() {
    LocalRunOptions options;
    options.data_folder = folder_;
    options.lanes = 2;
    return LocalRun::open(*plan_, options, clock_, random_, log_);
  }

  std::string folder_;
  std::unique_ptr<MockBroker> broker_;
  ConnectionRegistry connections_;
  Definition definition_;
  std::unique_ptr<Plan> plan_;
  SystemClock clock_;
  SystemRandom random_;
  MemoryLogger log_;
};

// The client's threads wake lanes until the last reader is gone: what they wake must still be there (found by ASan).
TEST_F(LocalRunTest, EndsWhileRecordsStreamIn) {
  const Trades trades(*connections_.find("k"));
  for (int i = 0; i < 5; ++i) {
    auto run = open();
    ASSERT_TRUE(run.ok()) << run.error().message();
    EXPECT_EQ((*run)->resumed(), i > 0);
    (*run)->start();
    while ((*run)->snapshot().in.records == 0)
      std::this_thread::yield();
    (*run)->request_stop();
    ASSERT_TRUE((*run)->join().ok());
  }
}

TEST_F(LocalRunTest, OneProcessAtATime) {
  const auto first = open();
  ASSERT_TRUE(first.ok());
  const auto second = open();
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code(), ErrorCode::kStateRefused);
  EXPECT_NE(second.error().message().find(fmt::format("process {}", ::getpid())), std::string::npos)
      << second.error().message();
}

// The sample data needs nothing but its connection; a bounded run reads its last hour, and nothing twice.
TEST_F(LocalRunTest, SampleDataOnASharedPool) {
  constexpr std::string_view kSolar = R"({"name": "solar", "pipeline": [
    {"$source": {"connectionName": "sample_stream_solar"}},
    {"$merge": {"into": {"connectionName": "m", "db": "d", "coll": "solar"}}}]})";
  const auto parsed = parse_ejson(R"([{"name": "sample_stream_solar", "type": "Sample"},
                                      {"name": "m", "type": "Cluster", "clusterName": "none"}])");
  const ConnectionRegistry connections =
      std::move(ConnectionRegistry::parse(Value::array(parsed->document.view())).value());
  const Definition definition = std::move(parse_definition(kSolar, "solar").value());
  const auto plan = plan_definition(definition, &connections, connector_catalog()).plan;
  ASSERT_NE(plan, nullptr);
  EXPECT_NE(explain(*plan, connector_catalog())
                .find("$source \"sample_stream_solar\" (sample data, made here), starts now\n"),
            std::string::npos);
  ExecutorPool pool(clock_, {.threads = 2});
  LocalRunOptions options;
  options.data_folder = folder_;
  options.until_end = true;
  options.start.kind = StartPosition::Kind::kBeginning;
  options.pool = &pool;
  for (int i = 0; i < 2; ++i) {
    auto run = LocalRun::open(*plan, options, clock_, random_, log_);
    ASSERT_TRUE(run.ok()) << run.error().message();
    EXPECT_EQ((*run)->describe().find("solar: 1 partition of sample_stream_solar -> "), 0U) << (*run)->describe();
    (*run)->start();
    ASSERT_TRUE((*run)->join().ok());
  }
  const auto store = DocStore::open(folder_, StoreMode::kReadOnly, clock_);
  ASSERT_TRUE(store.ok()) << store.error().message();
  const uint64_t count = (*store)->count("d", "solar").value();
  EXPECT_GE(count, 3599U);
  EXPECT_LE(count, 3700U);
}

TEST(ProcessorFolder, NamesAreFreeText) {
  EXPECT_EQ(processor_folder("/d", "stock_trade-1"), "/d/processors/stock_trade-1");
  EXPECT_EQ(processor_folder("/d", "../a b%"), "/d/processors/%2E%2E%2Fa%20b%25");
}

}  // namespace
}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
// A data folder of its own, a broker of this process, and a Control over both: for tests of this folder.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include <fmt/format.h>

#include "bson/ejson.h"
#include "connectors/kafka/datagen.h"
#include "connectors/kafka/mock_broker.h"
#include "control/control.h"

namespace penstock {

// Runs with the machine's clock, and jumps when told.
class JumpingClock final : public Clock {
 public:
  EventTime now() const override { return clock_.now() + Duration{ahead_ms_.load()}; }
  int64_t monotonic_ns() const override { return clock_.monotonic_ns() + ahead_ms_.load() * 1'000'000; }
  void jump(Duration by) { ahead_ms_ += by.ms; }

 private:
  SystemClock clock_;
  std::atomic<int64_t> ahead_ms_{0};
};

// Trades in a thread of its own until the end.
class TradesForTest {
 public:
  TradesForTest(const Connection& connection, double rate) : connection_(connection) {
    thread_ = std::thread([this, rate] {
      DatagenOptions options;
      options.topic = "trades";
      options.rate = rate;
      (void)run_datagen(connection_, options, clock_, log_, [this](const DatagenProgress&) { return !stop_.load(); });
    });
  }
  ~TradesForTest() {
    stop_ = true;
    thread_.join();
  }

 private:
  Connection connection_;
  SystemClock clock_;
  MemoryLogger log_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

inline OwnedDocument json_for_test(std::string_view text) {
  auto parsed = parse_ejson(text);
  PS_CHECK(parsed.ok(), parsed.ok() ? "" : parsed.error().message());
  return std::move(parsed->document);
}

class ControlTest : public testing::Test {
 protected:
  static constexpr std::string_view kWorkspace = "default";

  ControlTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "penstock-control-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~ControlTest() override {
    control_.reset();
    std::filesystem::remove_all(folder_);
  }

  void open() {
    control_.reset();
    auto opened = Control::open({.data_folder = folder_, .checkpoint_period = Duration{50}}, clock_, random_, log_);
    ASSERT_TRUE(opened.ok()) << opened.error().message();
    control_ = std::move(*opened);
  }
  // A broker with the topic "trades", the connections "k" to it and "m" to the embedded store.
  void open_with_broker() {
    broker_ = std::move(MockBroker::start().value());
    PS_CHECK(broker_->create_topic("trades", 2).ok());
    open();
    add_kafka("k", broker_->bootstrap());
    add_connection(R"({"name": "m", "type": "Cluster", "clusterName": "none"})");
  }
  void add_kafka(std::string_view name, std::string_view bootstrap) {
    add_connection(fmt::format(R"({{"name": "{}", "type": "Kafka", "bootstrapServers": "{}",
        "security": {{"protocol": "PLAINTEXT"}}}})",
                               name, bootstrap));
  }
  static Connection connection(std::string_view text) {
    const OwnedDocument object = json_for_test(text);
    auto made = make_connection(Value::object(object));
    PS_CHECK(made.ok(), made.ok() ? "" : made.error().message());
    return std::move(*made);
  }
  void add_connection(std::string_view text) {
    const auto added = control_->connections().create(kWorkspace, connection(text));
    PS_CHECK(added.ok(), added.ok() ? "" : added.error().message());
  }

  Processors& processors() { return control_->processors(); }
  // Each symbol's trades per `seconds` by the clock of the machine.
  static std::string counting(int seconds, std::string_view coll = "counts", std::string_view source = "k") {
    return fmt::format(R"([{{"$source": {{"connectionName": "{}", "topic": "trades"}}}},
        {{"$tumblingWindow": {{"interval": {{"size": {}, "unit": "second"}}, "boundary": "processingTime",
          "pipeline": [{{"$group": {{"_id": "$symbol", "n": {{"$count": {{}}}}}}}}]}}}},
        {{"$merge": {{"into": {{"connectionName": "m", "db": "d", "coll": "{}"}}}}}}])",
                       source, seconds, coll);
  }
  static std::string copying(std::string_view coll = "copies") {
    return fmt::format(R"([{{"$source": {{"connectionName": "k", "topic": "trades"}}}},
        {{"$merge": {{"into": {{"connectionName": "m", "db": "d", "coll": "{}"}}}}}}])",
                       coll);
  }
  Result<void> create(std::string_view name, std::string_view pipeline, std::string_view options = "{}") {
    return processors().create(kWorkspace, {std::string(name), json_for_test(pipeline), json_for_test(options)}, "me");
  }
  Result<void> start(std::string_view name, const StartRequest& request = {}) {
    return processors().start(kWorkspace, name, request, "me");
  }
  Result<void> stop(std::string_view name) { return processors().stop(kWorkspace, name, "me"); }
  Result<void> drop(std::string_view name) { return processors().drop(kWorkspace, name, "me"); }
  Result<void> modify(std::string_view name, const ModifyRequest& request) {
    return processors().modify(kWorkspace, name, request, "me");
  }
  ProcessorView view(std::string_view name) {
    auto found = processors().get(kWorkspace, name);
    PS_CHECK(found.ok(), found.ok() ? "" : found.error().message());
    return std::move(*found);
  }
  std::string state(std::string_view name) { return std::string(name_of(view(name).state)); }
  uint64_t documents(std::string_view coll) { return control_->store()->count("d", coll).value(); }
  static void until(const std::function<bool()>& done) {
    while (!done())
      std::this_thread::yield();
  }

  std::string folder_;
  std::unique_ptr<MockBroker> broker_;
  JumpingClock clock_;
  SystemRandom random_;
  MemoryLogger log_;
  std::unique_ptr<Control> control_;
};

// "" or "420 what it says".
inline std::string outcome_for_test(const Result<void>& result) {
  if (result.ok()) return "";
  return fmt::format("{} {}", static_cast<int32_t>(result.error().code()), result.error().message());
}

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
// The job Penstock exists for, against a reference that is as plain as can be: a map from (window, symbol) to sums.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>

#include "bson/ejson.h"
#include "tests/engine/engine_bed.h"

namespace penstock {
namespace {

constexpr int64_t kWindowMs = 30'000;
constexpr std::string_view kEventTime = "examples/stock-trades/stock_trade_window_processor.json";
constexpr std::string_view kProcessingTime = "examples/stock-trades/stock_trade_window_processor_processing_time.json";

struct Trade {
  uint32_t partition;
  EventTime time;
  std::string symbol, side;
  int quantity, price;
  std::string json() const {
    return fmt::format(R"({{"side":"{}","quantity":{},"symbol":"{}","price":{},"account":"XYZ789","userid":"User_4"}})",
                       side, quantity, symbol, price);
  }
};

// Trades of about two minutes; in each partition at most `disorder` behind the latest one.
std::vector<Trade> make_trades(uint64_t seed, size_t count, uint32_t partitions, Duration disorder) {
  SeededRandom random(seed);
  std::vector<Trade> trades;
  std::vector<EventTime> latest(partitions, at("12:00:00"));
  for (size_t i = 0; i < count; ++i) {
    const auto partition = static_cast<uint32_t>(random.below(partitions));
    const EventTime now = at("12:00:00") + Duration{static_cast<int64_t>(i * 120'000 / count)};
    latest[partition] = std::max(latest[partition], now);
    const auto back = static_cast<int64_t>(random.below(static_cast<uint64_t>(disorder.ms) + 1));
    trades.push_back({.partition = partition,
                      .time = disorder.ms == 0 ? now : latest[partition] - Duration{back},
                      .symbol = fmt::format("S{}", random.below(7)),
                      .side = random.below(2) == 0 ? "BUY" : "SELL",
                      .quantity = static_cast<int>(1 + random.below(4999)),
                      .price = static_cast<int>(5 + random.below(995))});
  }
  return trades;
}

double rounded(double value) { return std::strtod(fmt::format("{:.4f}", value).c_str(), nullptr); }

struct Group {
  std::pair<uint32_t, size_t> first;  // Partition, place in it.
  int64_t count = 0, quantity = 0, prices = 0, turnover = 0, buy = 0, sell = 0;
  int least = 0, most = 0;

  void add(const Trade& t) {
    least = count == 0 ? t.price : std::min(least, t.price);
    most = count == 0 ? t.price : std::max(most, t.price);
    ++count;
    quantity += t.quantity;
    prices += t.price;
    turnover += int64_t{t.quantity} * t.price;
    (t.side == "BUY" ? buy : sell) += t.quantity;
  }
  std::string json(int64_t start, const std::string& symbol) const {
    const auto shown = [](double d) { return to_json(Value::number(rounded(d))); };
    return fmt::format(
        R"({{"totalQty":{},"tradeCount":{},"totalBuyQty":{},"totalSellQty":{},"minPrice":{},"maxPrice":{},"symbol":"{}",)"
        R"("windowStart":{},"windowEnd":{},"windowSecs":{},"avgPrice":{},"vwap":{},"imbalance":{}}})",
        quantity, count, buy, sell, least, most, symbol, to_json(Value::date({start})),
        to_json(Value::date({start + kWindowMs})), kWindowMs / 1000,
        shown(static_cast<double>(prices) / static_cast<double>(count)),
        shown(static_cast<double>(turnover) / static_cast<double>(quantity)), buy - sell);
  }
};

// Lines in the order promised: windows by start, groups by first (partition, offset).
std::string reference(const std::vector<Trade>& trades, bool record_clock) {
  std::map<std::pair<int64_t, std::string>, Group> groups;
  std::map<uint32_t, EventTime> clock;
  std::map<uint32_t, size_t> places;
  for (const Trade& trade : trades) {
    EventTime& latest = clock.try_emplace(trade.partition, EventTime{0}).first->second;
    latest = std::max(latest, trade.time);
    const int64_t ms = record_clock ? latest.ms : trade.time.ms;
    const std::pair<uint32_t, size_t> here{trade.partition, places[trade.partition]++};
    Group& group = groups[{ms - ms % kWindowMs, trade.symbol}];
    if (group.count == 0 || here < group.first) group.first = here;
    group.add(trade);
  }
  std::map<std::pair<int64_t, std::pair<uint32_t, size_t>>, std::string> ordered;
  for (const auto& [key, group] : groups)
    ordered[{key.first, group.first}] = group.json(key.first, key.second) + "\n";
  std::string text;
  for (const auto& [key, line] : ordered)
    text += line;
  return text;
}

std::string without_ids(const MemorySink& sink) {
  std::string text;
  for (const OwnedDocument& document : sink.documents()) {
    DocumentBuilder builder;
    for (const Element& element : document.view()) {
      if (element.name != "_id") builder.append(element.name, element.value);
    }
    text += to_json(builder.finish()) + "\n";
  }
  return text;
}

struct Outcome {
  std::string with_ids, without_ids;
};

Outcome run(std::string_view fixture, const std::vector<Trade>& trades, BedSettings settings) {
  settings.run.clock = ClockMode::kRecord;
  settings.run.until_end = true;
  EngineBed bed(source_file(std::string(fixture)), settings);
  for (const Trade& trade : trades)
    bed.source().append(trade.partition, trade.json(), trade.time);
  bed.start();
  const auto ended = bed.finish();
  EXPECT_TRUE(ended.ok()) << ended.error().message();
  const ProcessorSnapshot snapshot = bed.processor().snapshot();
  EXPECT_EQ(snapshot.in.records, trades.size());
  EXPECT_EQ(snapshot.documents_out, bed.sink().documents().size());
  EXPECT_EQ(snapshot.in.dead_letters, 0U);
  EXPECT_EQ(bed.log().text(), "");
  return {bed.sink().text(), without_ids(bed.sink())};
}

TEST(StockTrades, NoDocumentIsBuilt) {
  EngineBed bed(source_file(std::string(kEventTime)), {});
  EXPECT_TRUE(bed.plan().processor.slots);
  EXPECT_EQ(bed.plan().processor.needs.to_text(), "{price, quantity, side, symbol}");
}

TEST(StockTrades, InOrderAndOutOfOrderEqualTheReference) {
  for (const std::string_view fixture : {kEventTime, kProcessingTime}) {
    for (const int64_t disorder_ms : {0, 2900}) {
      for (const uint64_t seed : {1, 2, 3}) {
        SCOPED_TRACE(fmt::format("{} disorder {} seed {}", fixture, disorder_ms, seed));
        const std::vector<Trade> trades = make_trades(seed, 3000, 6, {disorder_ms});
        const Outcome outcome = run(fixture, trades, {.run = {}, .seed = seed, .partitions = 6, .batch_max = 500});
        EXPECT_EQ(outcome.without_ids, reference(trades, fixture == kProcessingTime));
      }
    }
  }
}

TEST(StockTrades, SameBytesForAnySeedBatchesAndLanes) {
  const std::vector<Trade> trades = make_trades(99, 2000, 5, {0});
  for (const std::string_view fixture : {kEventTime, kProcessingTime}) {
    const std::string expected = run(fixture, trades, {.run = {}, .partitions = 5, .random_batches = false}).with_ids;
    ASSERT_NE(expected, "");
    for (const size_t lanes : {1, 2, 3, 4}) {
      for (const size_t batch_max : {1, 7, 300, 4096}) {
        const uint64_t seed = lanes * 1000 + batch_max;
        SCOPED_TRACE(fmt::format("{} lanes {} batches {} seed {}", fixture, lanes, batch_max, seed));
        BedSettings settings{.run = {}, .seed = seed, .partitions = 5, .batch_max = batch_max};
        settings.run.lanes = lanes;
        EXPECT_EQ(run(fixture, trades, settings).with_ids, expected);
      }
    }
  }
}

// Groups without sums are shared by the partitions of a lane: neither their order, nor the key as first seen, nor their
// ids may show how partitions were read.
TEST(StockTrades, SharedGroupsDoNotShowHowPartitionsWereRead) {
  const std::string definition = definition_of(
      R"({"$tumblingWindow": {"interval": {"size": 10, "unit": "second"}, "pipeline": [
         {"$group": {"_id": "$k", "n": {"$count": {}}}},
         {"$project": {"_id": 0, "k": "$_id", "n": 1}}]}})");
  std::string expected;
  for (const size_t lanes : {1, 2, 3}) {
    for (const uint64_t seed : {1, 2, 3, 4, 5, 6}) {
      SCOPED_TRACE(fmt::format("lanes {} seed {}", lanes, seed));
      BedSettings settings{.run = {.lanes = lanes, .clock = ClockMode::kRecord, .until_end = true},
                           .seed = seed,
                           .partitions = 3,
                           .batch_max = 4};
      EngineBed bed(definition, settings);
      for (int i = 0; i < 60; ++i) {
        const auto partition = static_cast<uint32_t>(i % 3);
        // Equal keys of several types: 1, 1.0, and a long.
        const std::string_view types[] = {"{}", "{}.0", R"({{"$numberLong":"{}"}})"};
        const std::string key = fmt::format(fmt::runtime(types[(i + i / 3) % 3]), i * 7 % 5);
        bed.source().append(partition, fmt::format(R"({{"k":{}}})", key), at("12:00:00") + Duration{i * 500});
      }
      bed.start();
      ASSERT_TRUE(bed.finish().ok());
      if (expected.empty()) expected = bed.sink().text();
      EXPECT_EQ(bed.sink().text(), expected);
    }
  }
  EXPECT_NE(expected, "");
}

}  // namespace
}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
#include "connectors/kafka/trades.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "bson/ejson.h"

namespace penstock {
namespace {

std::vector<std::string> first_trades(uint64_t seed, size_t symbols, size_t count) {
  TradeGenerator generator(seed, symbols);
  std::vector<std::string> lines;
  std::string value;
  std::string_view key;
  for (size_t i = 0; i < count; ++i) {
    generator.next(value, key);
    EXPECT_EQ(key, generator.symbols()[generator.symbol_index()]);
    lines.push_back(std::string(key) + " " + value);
  }
  return lines;
}

// These lines never change: a seed means the same data for ever.
TEST(TradeGenerator, GivesTheSameTradesForASeed) {
  EXPECT_THAT(
      first_trades(1, 0, 3),
      testing::ElementsAre(
          R"(ZVZZT {"side":"SELL","quantity":2602,"symbol":"ZVZZT","price":394,"account":"XYZ789","userid":"User_2"})",
          R"(ZXZZT {"side":"BUY","quantity":1906,"symbol":"ZXZZT","price":553,"account":"XYZ789","userid":"User_9"})",
          R"(ZVZZT {"side":"SELL","quantity":3345,"symbol":"ZVZZT","price":891,"account":"ABC123","userid":"User_5"})"));
  EXPECT_THAT(
      first_trades(42, 1000, 3),
      testing::ElementsAre(
          R"(ZABAE {"side":"BUY","quantity":1895,"symbol":"ZABAE","price":925,"account":"XYZ789","userid":"User_7"})",
          R"(ZABDH {"side":"SELL","quantity":4250,"symbol":"ZABDH","price":585,"account":"XYZ789","userid":"User_3"})",
          R"(ZABBJ {"side":"SELL","quantity":1607,"symbol":"ZABBJ","price":878,"account":"LMN456","userid":"User_8"})"));
}

TEST(TradeGenerator, StaysInsideTheRangesOfTheDataSet) {
  TradeGenerator generator(7);
  std::set<std::string, std::less<>> symbols, sides, accounts, users;
  std::set<int32_t> prices, quantities;
  std::string value;
  std::string_view key;
  for (int i = 0; i < 20'000; ++i) {
    generator.next(value, key);
    const auto parsed = parse_ejson(value);
    ASSERT_TRUE(parsed.ok()) << value;
    const Document trade = parsed->document;
    ASSERT_EQ(trade.get("symbol").as_string(), key);
    symbols.emplace(key);
    sides.emplace(trade.get("side").as_string());
    accounts.emplace(trade.get("account").as_string());
    users.emplace(trade.get("userid").as_string());
    prices.insert(trade.get("price").as_int());
    quantities.insert(trade.get("quantity").as_int());
  }
  EXPECT_THAT(symbols, testing::ElementsAre("ZBZX", "ZJZZT", "ZTEST", "ZVV", "ZVZZT", "ZWZZT", "ZXZZT"));
  EXPECT_THAT(sides, testing::ElementsAre("BUY", "SELL"));
  EXPECT_THAT(accounts, testing::ElementsAre("ABC123", "LMN456", "XYZ789"));
  EXPECT_EQ(users.size(), 9u);
  EXPECT_EQ(*users.begin(), "User_1");
  EXPECT_EQ(*users.rbegin(), "User_9");
  EXPECT_EQ(*prices.begin(), 5);
  EXPECT_EQ(*prices.rbegin(), 999);
  EXPECT_GE(*quantities.begin(), 1);
  EXPECT_LE(*quantities.rbegin(), 4999);
}

TEST(TradeGenerator, MakesAsManySymbolsAsAsked) {
  for (const size_t count : {size_t{1}, size_t{7}, size_t{1000}, size_t{600'000}}) {
    const TradeGenerator generator(1, count);
    const std::set<std::string> distinct(generator.symbols().begin(), generator.symbols().end());
    EXPECT_EQ(distinct.size(), count);
    EXPECT_EQ(generator.symbols().front().size(), generator.symbols().back().size());
  }
  EXPECT_EQ(TradeGenerator(1, 28).symbols()[27], "ZAABB");
}

}  // namespace
}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
#include "connectors/kafka/trades.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <set>

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
  const std::regex form(
      R"re((Z[A-Z]+) \{"side":"(BUY|SELL)","quantity":(\d+),"symbol":"(Z[A-Z]+)","price":(\d+),"account":"(ABC123|LMN456|XYZ789)","userid":"User_([1-9])"\})re");
  std::set<std::string> symbols, users;
  int quantity_min = 1 << 20, quantity_max = 0, price_min = 1 << 20, price_max = 0;
  for (const std::string& line : first_trades(7, 0, 20'000)) {
    std::smatch match;
    ASSERT_TRUE(std::regex_match(line, match, form)) << line;
    EXPECT_EQ(match[1], match[4]);
    symbols.insert(match[1]);
    users.insert(match[7]);
    quantity_min = std::min(quantity_min, std::stoi(match[3]));
    quantity_max = std::max(quantity_max, std::stoi(match[3]));
    price_min = std::min(price_min, std::stoi(match[5]));
    price_max = std::max(price_max, std::stoi(match[5]));
  }
  EXPECT_THAT(symbols, testing::ElementsAre("ZBZX", "ZJZZT", "ZTEST", "ZVV", "ZVZZT", "ZWZZT", "ZXZZT"));
  EXPECT_EQ(users.size(), 9u);
  EXPECT_GE(quantity_min, 1);
  EXPECT_LE(quantity_max, 4999);
  EXPECT_EQ(price_min, 5);
  EXPECT_EQ(price_max, 999);
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

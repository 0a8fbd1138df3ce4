// SPDX-License-Identifier: Apache-2.0
// The stock trades of Confluent's data generator ("stock_trades" quickstart), as it writes them with a JSON converter:
//
//   key    ZVZZT
//   value  {"side":"SELL","quantity":3021,"symbol":"ZVZZT","price":417,"account":"XYZ789","userid":"User_4"}
//
// Ranges as there: quantity 1 to 4999, price 5 to 999 (pennies), seven test symbols, three accounts, nine users.
// The same seed gives the same trades on every machine and in every version: tests and replays rest on it.
// Knows nothing of Kafka. Thread: one owner.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"

namespace penstock {

class TradeGenerator {
 public:
  // `symbol_count` 0: the seven symbols of the quickstart; else that many made ones, all of the same length.
  explicit TradeGenerator(uint64_t seed, size_t symbol_count = 0);

  // The next trade. `key` is its symbol and lives as long as the generator.
  void next(std::string& value, std::string_view& key);
  // Which of symbols() the newest trade has.
  size_t symbol_index() const { return symbol_index_; }
  const std::vector<std::string>& symbols() const { return symbols_; }

 private:
  SeededRandom random_;
  std::vector<std::string> symbols_;
  size_t symbol_index_ = 0;
};

}  // namespace penstock

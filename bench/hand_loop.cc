// SPDX-License-Identifier: Apache-2.0
// The stock-trade job by hand: librdkafka, simdjson, one hash table per 30-second window of the record's timestamp.
// What somebody would write who wants only this job and speed.
//   hand_loop BROKERS TOPIC [--rows]      one JSON line; --rows prints the result rows before it
#include <simdjson.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <string_view>

#include "topic_reader.h"

namespace {

constexpr int64_t kWindowMs = 30'000;

struct Group {
  std::string symbol;
  size_t hash = 0;
  int64_t trades = 0;  // 0: the slot is free.
  int64_t quantity = 0;
  int64_t price_sum = 0;
  int64_t turnover = 0;
  int64_t buy = 0;
  int64_t sell = 0;
  int64_t price_min = INT64_MAX;
  int64_t price_max = INT64_MIN;
};

// Open addressing, linear probing, at most half full.
class Groups {
 public:
  Group& find(std::string_view symbol) {
    const size_t hash = std::hash<std::string_view>()(symbol);
    Group& slot = slot_of(slots_, hash, symbol);
    if (slot.trades > 0) return slot;
    if (++used_ * 2 > slots_.size()) {
      grow();
      return take(slot_of(slots_, hash, symbol), hash, symbol);
    }
    return take(slot, hash, symbol);
  }
  size_t size() const { return used_; }
  const std::vector<Group>& slots() const { return slots_; }

 private:
  static Group& take(Group& slot, size_t hash, std::string_view symbol) {
    slot.hash = hash;
    slot.symbol = symbol;
    return slot;
  }
  static Group& slot_of(std::vector<Group>& slots, size_t hash, std::string_view symbol) {
    size_t i = hash & (slots.size() - 1);
    while (slots[i].trades > 0 && (slots[i].hash != hash || slots[i].symbol != symbol))
      i = (i + 1) & (slots.size() - 1);
    return slots[i];
  }
  void grow() {
    std::vector<Group> larger(slots_.size() * 2);
    for (Group& group : slots_) {
      if (group.trades > 0) slot_of(larger, group.hash, group.symbol) = std::move(group);
    }
    slots_ = std::move(larger);
  }

  std::vector<Group> slots_ = std::vector<Group>(32);
  size_t used_ = 0;
};

class Job {
 public:
  void add(const rd_kafka_message_t& message) {
    ++records_;
    bytes_ += static_cast<int64_t>(message.len);
    if (message.len + simdjson::SIMDJSON_PADDING > buffer_.size()) buffer_.resize(2 * message.len + 1024);
    std::memcpy(buffer_.data(), message.payload, message.len);
    int64_t price = 0;
    int64_t quantity = 0;
    std::string_view symbol;
    std::string_view side;
    if (!parse(message.len, price, quantity, symbol, side)) {
      ++rejected_;
      return;
    }
    Group& group = window(rd_kafka_message_timestamp(&message, nullptr)).find(symbol);
    ++group.trades;
    group.quantity += quantity;
    group.price_sum += price;
    group.turnover += price * quantity;
    group.buy += side == "BUY" ? quantity : 0;
    group.sell += side == "SELL" ? quantity : 0;
    group.price_min = std::min(group.price_min, price);
    group.price_max = std::max(group.price_max, price);
  }

  // Closes all windows; the number of result rows.
  int64_t close(bool print) {
    int64_t rows = 0;
    for (const auto& [start, groups] : windows_) {
      rows += static_cast<int64_t>(groups.size());
      for (const Group& group : groups.slots()) {
        if (group.trades > 0 && print) print_row(start, group);
      }
    }
    return rows;
  }
  int64_t records() const { return records_; }
  int64_t bytes() const { return bytes_; }
  int64_t rejected() const { return rejected_; }

 private:
  bool parse(size_t length, int64_t& price, int64_t& quantity, std::string_view& symbol, std::string_view& side) {
    simdjson::ondemand::document document;
    if (parser_.iterate(buffer_.data(), length, buffer_.size()).get(document) != simdjson::SUCCESS) return false;
    simdjson::ondemand::object trade;
    if (document.get_object().get(trade) != simdjson::SUCCESS) return false;
    // In the order of the generator, so that each search ends at the next field; another order works too, more slowly.
    return trade.find_field_unordered("side").get_string().get(side) == simdjson::SUCCESS &&
           trade.find_field_unordered("quantity").get_int64().get(quantity) == simdjson::SUCCESS &&
           trade.find_field_unordered("symbol").get_string().get(symbol) == simdjson::SUCCESS &&
           trade.find_field_unordered("price").get_int64().get(price) == simdjson::SUCCESS;
  }

  Groups& window(int64_t time_ms) {
    const int64_t start = time_ms - time_ms % kWindowMs;
    if (start != current_start_) {
      current_ = &windows_[start];
      current_start_ = start;
    }
    return *current_;
  }

  static void print_row(int64_t start, const Group& group) {
    const auto round4 = [](double value) { return std::round(value * 1e4) / 1e4; };
    const double trades = static_cast<double>(group.trades);
    std::printf("%lld %s trades %lld qty %lld avg %.4f vwap %.4f imbalance %lld min %lld max %lld\n",
                static_cast<long long>(start), group.symbol.c_str(), static_cast<long long>(group.trades),
                static_cast<long long>(group.quantity), round4(static_cast<double>(group.price_sum) / trades),
                round4(static_cast<double>(group.turnover) / static_cast<double>(group.quantity)),
                static_cast<long long>(group.buy - group.sell), static_cast<long long>(group.price_min),
                static_cast<long long>(group.price_max));
  }

  simdjson::ondemand::parser parser_;
  std::vector<char> buffer_ = std::vector<char>(4096);
  std::map<int64_t, Groups> windows_;
  int64_t current_start_ = INT64_MIN;
  Groups* current_ = nullptr;
  int64_t records_ = 0;
  int64_t bytes_ = 0;
  int64_t rejected_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  const bool print = argc == 4 && std::string_view(argv[3]) == "--rows";
  if (argc != 3 && !print) {
    std::fprintf(stderr, "usage: hand_loop BROKERS TOPIC [--rows]\n");
    return 2;
  }
  const penstock_bench::Measurement measurement;
  Job job;
  {
    penstock_bench::TopicReader reader(argv[1], argv[2]);
    reader.read_all([&](const rd_kafka_message_t& message) { job.add(message); });
  }
  const int64_t rows = job.close(print);
  if (job.rejected() > 0) std::fprintf(stderr, "%lld records are not trades\n", static_cast<long long>(job.rejected()));
  measurement.print("hand_loop", job.records(), job.bytes(), rows);
}

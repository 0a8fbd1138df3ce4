// SPDX-License-Identifier: Apache-2.0
#include "app/demo_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <map>

#include "app/terminal.h"
#include "bson/ejson.h"

namespace penstock {
namespace {

struct ColumnOfTable {
  std::string_view field;
  std::string_view title;
};

constexpr ColumnOfTable kColumns[] = {
    {"symbol", "symbol"},   {"tradeCount", "trades"}, {"totalQty", "volume"},
    {"vwap", "vwap"},       {"minPrice", "min"},      {"maxPrice", "max"},
    {"totalBuyQty", "buy"}, {"totalSellQty", "sell"}, {"imbalance", "imbalance"},
};
constexpr size_t kWidth = 11;

std::string cell(const Value& value) { return value.is_string() ? std::string(value.as_string()) : to_json(value); }

class DemoTable final : public Sink {
 public:
  DemoTable(std::unique_ptr<Sink> sink, DemoProgress& progress) : sink_(std::move(sink)), progress_(progress) {}

  Result<void> open() override { return sink_->open(); }
  std::string describe() const override { return sink_->describe(); }

  Guarantee guarantee() const override { return sink_->guarantee(); }
  Result<std::vector<Marker>> markers(std::string_view processor) override { return sink_->markers(processor); }
  Result<Marker> claim(const Claim& claim) override { return sink_->claim(claim); }
  Result<void> forget(std::string_view lineage) override { return sink_->forget(lineage); }
  bool takes_dead_letters() const override { return sink_->takes_dead_letters(); }
  Result<void> write_dead_letters(const std::vector<OwnedDocument>& letters) override {
    return sink_->write_dead_letters(letters);
  }

  Result<Delivery> deliver(const OutboxEntry& entry, const RefusalLetters& letters) override {
    PS_TRY(Delivery delivery, sink_->deliver(entry, letters));
    std::map<int64_t, std::vector<Document>> by_window;
    for (const OwnedDocument& document : entry.documents) {
      const Value start = document.view().get("windowStart");
      if (start.type() == Type::kDate) by_window[start.as_date().ms].push_back(document);
    }
    for (auto& [start, rows] : by_window)
      print_window(rows);
    progress_.windows += by_window.size();
    return delivery;
  }

 private:
  static void print_window(std::vector<Document>& rows) {
    std::sort(rows.begin(), rows.end(),
              [](Document a, Document b) { return cell(a.get("symbol")) < cell(b.get("symbol")); });
    const auto time_of = [&rows](std::string_view field) { return clock_text(rows.front().get(field).as_date()); };
    fmt::print("\nwindow {} - {}\n", time_of("windowStart"), time_of("windowEnd"));
    for (const ColumnOfTable& column : kColumns)
      fmt::print("{:>{}}", column.title, kWidth);
    fmt::print("\n");
    for (const Document row : rows) {
      for (const ColumnOfTable& column : kColumns)
        fmt::print("{:>{}}", cell(row.get(column.field)), kWidth);
      fmt::print("\n");
    }
    std::fflush(stdout);
  }

  std::unique_ptr<Sink> sink_;
  DemoProgress& progress_;
};

}  // namespace

std::unique_ptr<Sink> make_demo_table(std::unique_ptr<Sink> sink, DemoProgress& progress) {
  return std::make_unique<DemoTable>(std::move(sink), progress);
}

}  // namespace penstock

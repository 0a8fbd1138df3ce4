// SPDX-License-Identifier: Apache-2.0
#include "app/demo_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

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

std::string text_of_window(std::vector<OwnedDocument>& rows) {
  std::stable_sort(rows.begin(), rows.end(), [](const OwnedDocument& a, const OwnedDocument& b) {
    return cell(a.view().get("symbol")) < cell(b.view().get("symbol"));
  });
  const auto time_of = [&rows](std::string_view field) {
    const Value time = rows.front().view().get(field);
    return time.type() == Type::kDate ? clock_text(time.as_date()) : "?";
  };
  std::string text = fmt::format("\nwindow {} - {}\n", time_of("windowStart"), time_of("windowEnd"));
  for (const ColumnOfTable& column : kColumns)
    fmt::format_to(std::back_inserter(text), "{:>{}}", column.title, kWidth);
  text += "\n";
  for (const OwnedDocument& row : rows) {
    for (const ColumnOfTable& column : kColumns)
      fmt::format_to(std::back_inserter(text), "{:>{}}", cell(row.view().get(column.field)), kWidth);
    text += "\n";
  }
  return text;
}

}  // namespace

void DemoTable::add(std::vector<OwnedDocument> documents) {
  for (OwnedDocument& document : documents) {
    const Value start = document.view().get("windowStart");
    if (start.type() != Type::kDate) continue;
    if (!rows_.empty() && start.as_date().ms != start_ms_) finish_window();
    start_ms_ = start.as_date().ms;
    rows_.push_back(std::move(document));
  }
}

void DemoTable::pause() {
  if (!rows_.empty()) finish_window();
}

std::string DemoTable::take() { return std::exchange(text_, {}); }

void DemoTable::finish_window() {
  text_ += text_of_window(rows_);
  rows_.clear();
  ++windows_;
}

}  // namespace penstock

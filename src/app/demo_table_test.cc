// SPDX-License-Identifier: Apache-2.0
#include "app/demo_table.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "bson/ejson.h"

namespace penstock {
namespace {

using ::testing::HasSubstr;

OwnedDocument row(int window, std::string_view symbol, int trades) {
  auto parsed = parse_ejson(fmt::format(R"({{"symbol": "{}", "tradeCount": {},
    "windowStart": {{"$date": "2026-01-01T00:{:02}:00Z"}}, "windowEnd": {{"$date": "2026-01-01T00:{:02}:30Z"}}}})",
                                        symbol, trades, window, window));
  EXPECT_TRUE(parsed.ok());
  return parsed->document;
}

TEST(DemoTable, ShowsAWindowWhenTheNextBegins) {
  DemoTable table;
  table.add({row(1, "ZVV", 5), row(1, "AAB", 3)});
  EXPECT_EQ(table.take(), "");
  table.add({row(1, "MMM", 1), row(2, "AAB", 9)});
  EXPECT_EQ(table.windows(), 1u);
  const std::string text = table.take();
  EXPECT_THAT(text, HasSubstr("window 00:01:00 - 00:01:30\n"));
  const size_t first = text.find("AAB"), second = text.find("MMM"), third = text.find("ZVV");
  EXPECT_LT(first, second);
  EXPECT_LT(second, third);
  EXPECT_NE(third, std::string::npos);
  EXPECT_EQ(table.take(), "");
}

TEST(DemoTable, ShowsTheLastWindowAfterAPause) {
  DemoTable table;
  table.pause();
  EXPECT_EQ(table.windows(), 0u);
  table.add({row(1, "ZVV", 5)});
  table.pause();
  EXPECT_EQ(table.windows(), 1u);
  EXPECT_THAT(table.take(), HasSubstr("ZVV"));
}

TEST(DemoTable, PassesOverWhatIsNoResult) {
  DemoTable table;
  auto letter = parse_ejson(R"({"_dlqMessage": {"doc": {}}})");
  table.add({letter->document});
  table.pause();
  EXPECT_EQ(table.windows(), 0u);
}

}  // namespace
}  // namespace penstock

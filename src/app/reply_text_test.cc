// SPDX-License-Identifier: Apache-2.0
#include "app/reply_text.h"

#include <gtest/gtest.h>

#include "bson/ejson.h"

namespace penstock {
namespace {

OwnedDocument parse(std::string_view text) {
  auto parsed = parse_ejson(text);
  EXPECT_TRUE(parsed.ok()) << text;
  return parsed->document;
}

constexpr TableColumn kColumns[] = {{"NAME", "name"}, {"IN", "stats.in"}, {"ERROR", "errorMsg"}};

TEST(ReplyText, AlignsATable) {
  const OwnedDocument rows = parse(R"([
    {"name": "p1", "stats": {"in": 1234}, "errorMsg": ""},
    {"name": "a longer name", "stats": {"in": 5}, "errorMsg": "no broker"},
    {"name": "Zürich", "stats": 7}])");
  EXPECT_EQ(table_text(rows, kColumns),
            "NAME             IN  ERROR\n"
            "p1             1234\n"
            "a longer name     5  no broker\n"
            "Zürich\n");
}

TEST(ReplyText, OfNoRowsIsItsHead) { EXPECT_EQ(table_text(parse("[]"), kColumns), "NAME  IN  ERROR\n"); }

TEST(ReplyText, CellsShowTypesAndNothingThatSteersATerminal) {
  struct Case {
    std::string_view value, text;
  };
  for (const Case& c : {Case{R"("plain")", "plain"}, Case{R"("a\u001b[2Jb\n")", "a\\x1b[2Jb\\x0a"},
                        Case{R"("a\u009bb")", "a\\x9bb"}, Case{"null", ""}, Case{"12", "12"}, Case{"true", "true"},
                        Case{R"({"$date": "2026-01-02T03:04:05Z"})", "2026-01-02T03:04:05.000Z"},
                        Case{R"({"a": [1]})", R"({"a":[1]})"}}) {
    EXPECT_EQ(cell_text(parse(fmt::format(R"({{"v": {}}})", c.value)).view().get("v")), c.text) << c.value;
  }
}

TEST(ReplyText, ListsFields) {
  const OwnedDocument document = parse(R"({"name": "p1", "pipeline": [{"$source": {}}], "tier": "SP10", "none": ""})");
  EXPECT_EQ(fields_text(document, false), "name  p1\ntier  SP10\nnone\n");
  EXPECT_EQ(fields_text(document, true), "name      p1\npipeline  [{\"$source\":{}}]\ntier      SP10\nnone\n");
}

TEST(ReplyText, JsonIsOneArray) {
  EXPECT_EQ(json_rows(parse("[]")), "[]\n");
  EXPECT_EQ(json_rows(parse(R"([{"a": 1}, {"a": "x"}])")), "[{\"a\":1},\n {\"a\":\"x\"}]\n");
}

TEST(ReplyText, FormatsHaveNames) {
  EXPECT_EQ(*parse_output_format("json"), OutputFormat::kJson);
  EXPECT_EQ(*parse_output_format("table"), OutputFormat::kTable);
  EXPECT_EQ(parse_output_format("yaml").error().code(), ErrorCode::kUsage);
}

}  // namespace
}  // namespace penstock

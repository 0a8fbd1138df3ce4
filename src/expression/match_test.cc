// SPDX-License-Identifier: Apache-2.0
// Runs match.cases: each line on the documents, and on slots as when only the wanted fields were decoded.
#include "expression/match.h"

#include <gtest/gtest.h>

#include "expression/case_notation.h"
#include "expression/regex.h"

namespace penstock {
namespace {

using case_notation::Case;

Result<std::string> matching(Filter& filter, std::string_view documents, bool in_slots) {
  FieldNeeds needs;
  filter.collect_needs(needs);
  filter.bind(in_slots ? &needs : nullptr);
  Arena arena;
  const ManualClock clock;
  const RowMeta meta;
  std::string numbers;
  int number = 0;
  for (const std::string_view text : case_notation::split_documents(documents)) {
    ++number;
    PS_TRY(const case_notation::ParsedValue holder, case_notation::parse_value(text));
    const Document document = holder.value().as_object();
    EvalContext context{.arena = arena, .clock = clock, .meta = &meta};
    std::vector<Value> slots;
    for (const std::string& field : needs.fields())
      slots.push_back(document.get(field));
    if (in_slots) context.slots = slots.data();
    if (!in_slots || needs.whole()) context.root = Value::object(document);
    PS_TRY(const bool matched, filter.matches(context));
    if (matched) numbers += (numbers.empty() ? "" : " ") + std::to_string(number);
  }
  return numbers.empty() ? "none" : numbers;
}

Result<std::string> run(const Case& c, bool in_slots) {
  std::unique_ptr<Filter> filter;
  {
    // The filter must not lean on its definition.
    PS_TRY(const case_notation::ParsedValue spec, case_notation::parse_value(c.expression));
    ParseContext parsing;
    PS_TRY(filter, parse_filter_document(spec.value().as_object(), parsing));
  }
  return matching(*filter, c.document, in_slots);
}

TEST(Match, AllCases) {
  const auto cases = case_notation::read_cases(PENSTOCK_SOURCE_DIR "/src/expression/match.cases");
  EXPECT_GT(cases.size(), 100u);
  for (const Case& c : cases) {
    for (const bool in_slots : {false, true}) {
      SCOPED_TRACE("match.cases:" + std::to_string(c.line) + ": " + c.expression + " | " + c.document +
                   (in_slots ? " on slots" : ""));
      const auto outcome = run(c, in_slots);
      if (outcome.ok()) {
        EXPECT_EQ(*outcome, c.result);
      } else {
        EXPECT_TRUE(case_notation::names_error(c.result, outcome.error().code()))
            << "wanted " << c.result << "\ngot error " << outcome.error().message();
      }
    }
  }
}

Error error_of(std::string_view filter) {
  const auto spec = case_notation::parse_value(filter);
  PS_CHECK(spec.ok());
  ParseContext parsing;
  auto parsed = parse_filter_document(spec->value().as_object(), parsing);
  PS_CHECK(!parsed.ok());
  return parsed.take_error();
}

TEST(Match, ErrorsSayWhereAndWhat) {
  const Error size = error_of(R"({$or: [{a: 1}, {b: {$size: "x"}}]})");
  EXPECT_EQ(size.path(), "$or[1].b.$size");
  EXPECT_EQ(size.message(), "Failed to parse $size. Expected a number in: $size: \"x\"");
  EXPECT_EQ(error_of(R"({a: {$gtt: 1}})").message(), "unknown operator: $gtt. Did you mean \"$gt\"?");
  EXPECT_EQ(error_of(R"({a: {$geoWithin: {}}})").message(),
            "$geoWithin is not supported in $match by this version of Penstock yet");
}

TEST(Match, NeedsAreTopLevelFields) {
  const auto spec = case_notation::parse_value(
      R"({"a.b": 1, $or: [{c: 1}, {"a.d": {$elemMatch: {x: 1}}}], $expr: {$gt: ["$e.f", 1]}})");
  ASSERT_TRUE(spec.ok());
  ParseContext parsing;
  const auto filter = parse_filter_document(spec->value().as_object(), parsing);
  ASSERT_TRUE(filter.ok());
  FieldNeeds needs;
  (*filter)->collect_needs(needs);
  EXPECT_EQ(needs.fields(), (std::vector<std::string>{"a", "c", "e"}));
  EXPECT_FALSE(needs.whole());
}

TEST(Match, EndlessBacktrackingIsNoMatch) {
  const auto regex = Regex::compile("^(([a-z])+.)+[A-Z]([a-z])+$", "");
  ASSERT_TRUE(regex.ok());
  EXPECT_FALSE(regex->matches(std::string(80, 'a')));
  EXPECT_TRUE(regex->matches("aaaaAaa"));
}

TEST(Match, RegexStandsBrokenUtf8) {
  const auto regex = Regex::compile("b", "i");
  ASSERT_TRUE(regex.ok());
  EXPECT_TRUE(regex->matches("\xFF\xFE B \x80"));
  EXPECT_FALSE(regex->matches("\xC3"));
}

}  // namespace
}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
#include "stages/durations.h"

#include <gtest/gtest.h>

#include "bson/ejson.h"

namespace penstock {
namespace {

Result<Duration> parse(std::string_view text) {
  const OwnedDocument wrapped = parse_filter("{v: " + std::string(text) + "}").value();
  return parse_duration(wrapped.view().get("v"));
}

TEST(Durations, UnitsAndNumericTypes) {
  struct Case {
    std::string_view spec;
    int64_t ms;
  };
  for (const Case& c :
       {Case{R"({size: 1, unit: "ms"})", 1}, Case{R"({size: 5, unit: "second"})", 5'000},
        Case{R"({unit: "minute", size: 2})", 120'000}, Case{R"({size: 3, unit: "hour"})", 10'800'000},
        Case{R"({size: 7, unit: "day"})", 604'800'000}, Case{R"({size: {$numberLong: "5"}, unit: "second"})", 5'000},
        Case{R"({size: 5.0, unit: "second"})", 5'000}, Case{R"({size: {$numberDecimal: "5"}, unit: "second"})", 5'000},
        Case{R"({size: {$numberLong: "9223372036854775807"}, unit: "ms"})", 9223372036854775807}}) {
    const auto duration = parse(c.spec);
    ASSERT_TRUE(duration.ok()) << c.spec << ": " << duration.error().message();
    EXPECT_EQ(duration->ms, c.ms) << c.spec;
  }
}

TEST(Durations, Refused) {
  struct Case {
    std::string_view spec, path, message;
  };
  for (const Case& c :
       {Case{"5", "", "expected {size: <number>, unit: <string>}, found int"},
        Case{R"({size: 5})", "", "the required option 'unit' is missing"},
        Case{R"({unit: "ms"})", "", "the required option 'size' is missing"},
        Case{R"({size: 0, unit: "ms"})", "size", "'size' must be a positive whole number, found 0"},
        Case{R"({size: -1, unit: "ms"})", "size", "'size' must be a positive whole number, found -1"},
        Case{R"({size: 1.5, unit: "ms"})", "size", "'size' must be a positive whole number, found 1.5"},
        Case{R"({size: 1e30, unit: "ms"})", "size", "'size' must be a positive whole number, found 1e+30"},
        Case{R"({size: "5", unit: "ms"})", "size", "'size' must be a whole number, found string"},
        Case{R"({size: 5, unit: 1})", "unit", "'unit' must be a string, found int"},
        Case{R"({size: 5, unit: "seconds"})", "unit",
             R"('unit' must be "ms", "second", "minute", "hour" or "day", found "seconds". Did you mean "second"?)"},
        Case{R"({size: 5, unit: "second", of: 1})", "of", "unknown option 'of'."},
        Case{R"({sise: 5, unit: "second"})", "sise", R"(unknown option 'sise'. Did you mean "size"?)"},
        Case{R"({size: {$numberLong: "106751991168"}, unit: "day"})", "size",
             "106751991168 days are more than fit into a duration"}}) {
    const auto duration = parse(c.spec);
    ASSERT_FALSE(duration.ok()) << c.spec;
    EXPECT_EQ(duration.error().code(), ErrorCode::kInvalidDefinition) << c.spec;
    EXPECT_EQ(duration.error().path(), c.path) << c.spec;
    EXPECT_EQ(duration.error().message(), c.message) << c.spec;
  }
}

TEST(Durations, SizeUnderAnotherName) {
  const OwnedDocument offset = parse_filter(R"({offsetFromUtc: 8, unit: "hour"})").value();
  EXPECT_EQ(parse_duration(Value::object(offset), "offsetFromUtc")->ms, 28'800'000);
  const auto wrong = parse_duration(Value::object(offset));
  ASSERT_FALSE(wrong.ok());
  EXPECT_EQ(wrong.error().path(), "offsetFromUtc");
}

TEST(Durations, Text) {
  struct Case {
    int64_t ms;
    std::string_view text;
  };
  for (const Case& c : {Case{0, "0ms"}, Case{1, "1ms"}, Case{1'000, "1s"}, Case{1'500, "1500ms"}, Case{90'000, "90s"},
                        Case{60'000, "1m"}, Case{3'600'000, "1h"}, Case{86'400'000, "1d"}, Case{-5'000, "-5s"}}) {
    EXPECT_EQ(duration_text({c.ms}), c.text);
  }
}

}  // namespace
}  // namespace penstock

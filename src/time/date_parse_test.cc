// SPDX-License-Identifier: Apache-2.0
// What is read how stands in expression/functions/date_text.cases; here: what a format wrote is read back, and nothing
// stumbles over a broken text.
#include "time/date_parse.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "time/date_format.h"

namespace penstock {
namespace {

RC_GTEST_PROP(DateParse, ReadsWhatWasWritten, ()) {
  constexpr std::string_view kFormats[] = {"%Y-%m-%dT%H:%M:%S.%L%z", "%d %B %Y %H:%M:%S.%L %z", "%Y%m%d%H%M%S%L%z",
                                           "%G-W%V-%u %H:%M:%S.%L %z", "%Y/%j %H:%M:%S.%L %z"};
  const auto format = *rc::gen::elementOf(std::vector<std::string_view>(std::begin(kFormats), std::end(kFormats)));
  const EventTime date{*rc::gen::inRange<int64_t>(-30'000'000'000'000, 250'000'000'000'000)};
  const TimeZone zone = *TimeZone::parse("+05:30");
  std::string text;
  RC_ASSERT(append_date(date, format, zone, text).ok());
  const auto read = parse_date(text, format, TimeZone());
  RC_ASSERT(read.ok());
  RC_ASSERT(read->ms == date.ms);
}

RC_GTEST_PROP(DateParse, ReadsIsoTextsWithoutAFormat, ()) {
  const EventTime date{*rc::gen::inRange<int64_t>(-60'000'000'000'000, 250'000'000'000'000)};
  std::string text;
  RC_ASSERT(append_date(date, "%Y-%m-%dT%H:%M:%S.%LZ", TimeZone(), text).ok());
  const auto read = parse_date(text, TimeZone());
  RC_ASSERT(read.ok());
  RC_ASSERT(read->ms == date.ms);
}

RC_GTEST_PROP(DateParse, StandsAnyText, ()) {
  constexpr std::string_view kPieces[] = {
      "2023",     "-", "05",  "17",  "T",   "10",  ":",   "20", ".",    "5",
      "Z",        " ", "May", "Wed", "pm",  "+",   "@",   "W",  "noon", "9999999999999999",
      "\xC2\xA0", "/", ",",   "th",  "GMT", "EST", "\xFF"};
  const auto pieces = *rc::gen::container<std::vector<size_t>>(rc::gen::inRange<size_t>(0, std::size(kPieces)));
  std::string text;
  for (const size_t piece : pieces)
    text += kPieces[piece];
  const auto read = parse_date(text, TimeZone());
  const bool stands = read.ok() || read.error().code() == ErrorCode::kConversionFailure;
  RC_ASSERT(stands);  // Inside of it || looks at both sides.
}

TEST(DateParse, ErrorsNameTheText) {
  const auto read = parse_date("17 May 2023 at ten", TimeZone());
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error().message(), "Error parsing date string '17 May 2023 at ten'; \"at ten\" is not understood");
}

}  // namespace
}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
// The pieces that texts of dates are made of, and what they add up to. For date_parse.cc and date_parse_format.cc.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "time/calendar.h"

namespace penstock {

// A position in a text. What does not match leaves the position where it was.
class DateScanner {
 public:
  explicit DateScanner(std::string_view text) : text_(text) {}

  bool at_end() const { return text_.empty(); }
  char peek(size_t ahead = 0) const { return ahead < text_.size() ? text_[ahead] : '\0'; }
  bool digit_at(size_t ahead) const { return peek(ahead) >= '0' && peek(ahead) <= '9'; }
  size_t count_digits() const;
  void skip(size_t count) { text_.remove_prefix(count); }
  bool take(char c);
  bool take_any(std::string_view set);
  // Up to `most` digits, at least `least`.
  std::optional<int> number(size_t least, size_t most);
  // The digits behind a decimal point as milliseconds; those beyond are dropped. No digit is 0.
  int milliseconds();
  // All letters from here on, without moving.
  std::string_view letters() const;
  // "May", "may", "september", "sept": 1 to 12.
  std::optional<int> month();
  // "Wed", "wednesday": 0 = Sunday.
  std::optional<int> week_day();
  // Seconds ahead of UTC: "+2", "+02", "+0200", "+02:00", "Z", "UTC", "GMT+2", "EST", a military letter.
  // `minutes_max`: of the numeric forms.
  std::optional<int64_t> offset(int minutes_max);

 private:
  std::optional<int64_t> signed_offset(int minutes_max);
  std::string_view text_;
};

bool equals_ignoring_case(std::string_view text, std::string_view lower);

// What has been read. A date is a year with month and day, or an ISO year, or a year with its day.
struct DateFields {
  std::optional<int> year, month, day;
  std::optional<int> iso_year, iso_week, iso_day;
  std::optional<int> day_of_year;
  std::optional<int> week_day;
  int hour = 0, minute = 0, second = 0, ms = 0;
  std::optional<int64_t> offset_s;
};

Error bad_date(std::string_view text, std::string_view why);
Result<EventTime> date_of_fields(const DateFields& fields, std::string_view text, const TimeZone& zone);

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
#include "time/date_scanner.h"

#include <algorithm>

#include "time/date_format.h"

namespace penstock {
namespace {

constexpr int64_t kHourSeconds = 3600;
constexpr int64_t kDaySeconds = 86'400;

struct Abbreviation {
  std::string_view name;
  int hours;
};
constexpr Abbreviation kAbbreviations[] = {
    {"utc", 0},  {"gmt", 0},  {"est", -5},  {"edt", -4},  {"cst", -6},  {"cdt", -5}, {"mst", -7}, {"mdt", -6},
    {"pst", -8}, {"pdt", -7}, {"akst", -9}, {"akdt", -8}, {"hst", -10}, {"wet", 0},  {"west", 1}, {"cet", 1},
    {"cest", 2}, {"eet", 2},  {"eest", 3},  {"bst", 1},   {"msk", 3},   {"jst", 9},  {"ist", 2},
};

// A to I, K to M: 1 to 12 hours ahead; N to Y behind; Z none. J is the local time and none of these.
std::optional<int> military_hours(char letter) {
  const char lower = static_cast<char>(letter | 0x20);
  if (lower == 'z') return 0;
  if (lower >= 'a' && lower <= 'i') return lower - 'a' + 1;
  if (lower >= 'k' && lower <= 'm') return lower - 'k' + 10;
  if (lower >= 'n' && lower <= 'y') return -(lower - 'n' + 1);
  return std::nullopt;
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

Result<int64_t> day_of_fields(const DateFields& f, std::string_view text) {
  if (f.iso_year || f.iso_week || f.iso_day) {
    if (f.year || f.month || f.day) return bad_date(text, "mixing ISO dates with natural dates is not allowed");
    if (!f.iso_year) return bad_date(text, "the year of an ISO week is missing");
    return iso_day_number(*f.iso_year, f.iso_week.value_or(1), f.iso_day.value_or(1));
  }
  if (f.year && f.day_of_year && !f.month && !f.day) {
    if (*f.day_of_year < 1 || *f.day_of_year > 337 + days_in_month(*f.year, 2)) {
      return bad_date(text, "the year has no such day");
    }
    return day_number(*f.year, 1, *f.day_of_year);
  }
  if (!f.year || !f.month || !f.day) {
    return Error(ErrorCode::kConversionFailure,
                 "an incomplete date/time string has been found, with elements missing: \"{}\"", text);
  }
  if (*f.month < 1 || *f.month > 12 || *f.day < 1 || *f.day > days_in_month(*f.year, *f.month)) {
    return bad_date(text, "there is no such day");
  }
  return day_number(*f.year, *f.month, *f.day);
}

}  // namespace

bool equals_ignoring_case(std::string_view text, std::string_view lower) {
  return std::equal(text.begin(), text.end(), lower.begin(), lower.end(),
                    [](char c, char l) { return c == l || (is_letter(c) && (c | 0x20) == l); });
}

size_t DateScanner::count_digits() const {
  size_t count = 0;
  while (digit_at(count))
    ++count;
  return count;
}

bool DateScanner::take(char c) {
  if (at_end() || text_.front() != c) return false;
  skip(1);
  return true;
}

bool DateScanner::take_any(std::string_view set) {
  if (at_end() || set.find(text_.front()) == std::string_view::npos) return false;
  skip(1);
  return true;
}

std::optional<int> DateScanner::number(size_t least, size_t most) {
  const size_t count = std::min(count_digits(), most);
  if (count < least || count == 0) return std::nullopt;
  int n = 0;
  for (size_t i = 0; i < count; ++i)
    n = n * 10 + (text_[i] - '0');
  skip(count);
  return n;
}

int DateScanner::milliseconds() {
  int ms = 0;
  size_t count = 0;
  for (; digit_at(count); ++count) {
    if (count < 3) ms = ms * 10 + (text_[count] - '0');
  }
  skip(count);
  for (; count < 3; ++count)
    ms *= 10;
  return ms;
}

std::string_view DateScanner::letters() const {
  size_t count = 0;
  while (count < text_.size() && is_letter(text_[count]))
    ++count;
  return text_.substr(0, count);
}

std::optional<int> DateScanner::month() {
  const std::string_view word = letters();
  for (int month = 1; month <= 12; ++month) {
    const std::string_view name = month_name(month);
    const bool found = equals_ignoring_case(word, name) || equals_ignoring_case(word, name.substr(0, 3)) ||
                       (month == 9 && equals_ignoring_case(word, "sept"));
    if (!found) continue;
    skip(word.size());
    return month;
  }
  return std::nullopt;
}

std::optional<int> DateScanner::week_day() {
  const std::string_view word = letters();
  const auto day = parse_day_of_week(word);
  if (day) skip(word.size());
  return day;
}

std::optional<int64_t> DateScanner::signed_offset(int minutes_max) {
  if (peek() != '+' && peek() != '-') return std::nullopt;
  DateScanner ahead = *this;
  const int64_t sign = ahead.peek() == '-' ? -1 : 1;
  ahead.skip(1);
  // "+530" is 5:30: the hour has one digit when there are three.
  const size_t digits = ahead.count_digits();
  const auto hours = ahead.number(1, digits == 3 ? 1 : 2);
  if (!hours || digits > 4) return std::nullopt;
  const bool colon = ahead.take(':');
  const auto minutes = ahead.number(1, 2);
  if ((colon && !minutes) || minutes.value_or(0) > minutes_max) return std::nullopt;
  *this = ahead;
  return sign * (*hours * kHourSeconds + minutes.value_or(0) * 60);
}

std::optional<int64_t> DateScanner::offset(int minutes_max) {
  const std::string_view word = letters();
  if (word.empty()) return signed_offset(minutes_max);
  if (word.size() == 1) {
    const auto hours = military_hours(word.front());
    if (!hours) return std::nullopt;
    skip(1);
    return *hours * kHourSeconds;
  }
  for (const Abbreviation& known : kAbbreviations) {
    if (!equals_ignoring_case(word, known.name)) continue;
    skip(word.size());
    if (known.name != "gmt" || (peek() != '+' && peek() != '-')) return known.hours * kHourSeconds;
    return signed_offset(minutes_max);
  }
  return std::nullopt;
}

Error bad_date(std::string_view text, std::string_view why) {
  return Error(ErrorCode::kConversionFailure, "Error parsing date string '{}'; {}", text, why);
}

Result<EventTime> date_of_fields(const DateFields& fields, std::string_view text, const TimeZone& zone) {
  if (fields.hour > 23 || fields.minute > 59 || fields.second > 59) return bad_date(text, "there is no such time");
  if (fields.offset_s && !zone.is_utc()) {
    return bad_date(text, "a text with an offset or a zone of its own cannot be read in another timezone");
  }
  PS_TRY(int64_t day, day_of_fields(fields, text));
  // "Thu, 17 May 2023", which is a Wednesday, is the Thursday that follows.
  if (fields.week_day) day += floor_mod(*fields.week_day - day_of_week(day), 7);
  const int64_t local_s = day * kDaySeconds + fields.hour * kHourSeconds + fields.minute * 60 + fields.second;
  const auto date = fields.offset_s ? TimeZone().from_local(local_s - *fields.offset_s, fields.ms)
                                    : zone.from_local(local_s, fields.ms);
  if (!date) return bad_date(text, "it is beyond the range of dates");
  return *date;
}

}  // namespace penstock

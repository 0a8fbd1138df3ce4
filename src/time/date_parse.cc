// SPDX-License-Identifier: Apache-2.0
// Dates as people write them. A text is a row of pieces, in any order: at most one date, one time, one zone, one day of
// the week; each piece is tried in its known shapes, the first that fits is taken.
#include "time/date_parse.h"

#include "time/date_scanner.h"

namespace penstock {
namespace {

// Years of two digits: 70 to 99 are of the last century.
int full_year(int year, size_t digits) {
  constexpr int kPivot = 70;
  if (digits > 2) return year;
  return year + (year < kPivot ? 2000 : 1900);
}

class DateReader {
 public:
  DateReader(std::string_view text, const TimeZone& zone) : text_(text), zone_(zone), scan_(text) {}

  Result<EventTime> read() {
    for (skip_blanks(); !scan_.at_end(); skip_blanks()) {
      if (scan_.peek() == '@') return seconds_since_1970();
      if (!piece()) return bad_date(text_, fmt::format("\"{}\" is not understood", rest()));
    }
    return date_of_fields(fields_, text_, zone_);
  }

 private:
  using Shape = bool (DateReader::*)();

  std::string rest() const {
    std::string rest;
    for (size_t i = 0; i < 20 && scan_.peek(i) != '\0'; ++i)
      rest += scan_.peek(i);
    return rest;
  }

  // Also the no-break space.
  void skip_blanks() {
    while (true) {
      if (scan_.take_any(std::string_view(" \t\n\r,()\0", 8))) continue;
      if (scan_.peek() != '\xC2' || scan_.peek(1) != '\xA0') return;
      scan_.skip(2);
    }
  }

  bool piece() {
    constexpr Shape kDates[] = {&DateReader::signed_date,   &DateReader::iso_date,      &DateReader::slashed_date,
                                &DateReader::american_date, &DateReader::exif_date,     &DateReader::week_date,
                                &DateReader::compact_date,  &DateReader::dotted_date,   &DateReader::day_first_date,
                                &DateReader::day_and_month, &DateReader::month_and_day, &DateReader::year_and_month};
    constexpr Shape kTimes[] = {&DateReader::compact_time, &DateReader::colon_time, &DateReader::hour_of_half,
                                &DateReader::named_time};
    if (!has_date_ && first_of(kDates)) return has_date_ = true;
    if (!has_time_ && first_of(kTimes)) return has_time_ = true;
    if (has_date_ && year_alone()) return true;
    if (!fields_.week_day && (fields_.week_day = scan_.week_day())) return true;
    if (fields_.offset_s) return false;
    constexpr int kMinutesMax = 59;
    fields_.offset_s = scan_.offset(kMinutesMax);
    return fields_.offset_s.has_value();
  }

  bool first_of(std::span<const Shape> shapes) {
    for (const Shape shape : shapes) {
      const DateScanner before = scan_;
      const DateFields known = fields_;
      if ((this->*shape)()) return true;
      scan_ = before;
      fields_ = known;
    }
    return false;
  }

  // What must not follow a complete number: another digit or a colon belongs to something else.
  bool number_ends() const { return !scan_.digit_at(0) && scan_.peek() != ':'; }

  bool take_year() {
    const size_t digits = scan_.count_digits();
    if (digits != 2 && digits != 4) return false;
    fields_.year = full_year(*scan_.number(2, 4), digits);
    return number_ends();
  }

  // The rest of a date behind its year: month and day with that separator.
  bool take_month_and_day(char separator, size_t least) {
    fields_.month = scan_.number(least, 2);
    if (!fields_.month || !scan_.take(separator)) return false;
    fields_.day = scan_.number(least, 2);
    return fields_.day && !scan_.digit_at(0);
  }

  bool take_full_year(char separator) {
    if (scan_.count_digits() != 4) return false;
    fields_.year = scan_.number(4, 4);
    return scan_.take(separator);
  }

  // -0044-03-15
  bool signed_date() {
    const int sign = scan_.peek() == '-' ? -1 : 1;
    if (!scan_.take_any("+-") || !take_full_year('-') || !take_month_and_day('-', 1)) return false;
    fields_.year = sign * *fields_.year;
    return true;
  }

  // 2023-05-17, 23-05-17, 2023-05
  bool iso_date() {
    const size_t digits = scan_.count_digits();
    if (digits != 2 && digits != 4) return false;
    fields_.year = full_year(*scan_.number(2, 4), digits);
    if (!scan_.take('-')) return false;
    const DateScanner behind_year = scan_;
    if (take_month_and_day('-', 1)) {
      // 17-05-2023 has its year at the end.
      return digits == 4 || !scan_.digit_at(0);
    }
    scan_ = behind_year;
    fields_.month = scan_.number(1, 2);
    fields_.day = 1;
    return digits == 4 && fields_.month && number_ends() && scan_.peek() != '-';
  }

  // 2023/05/17
  bool slashed_date() { return take_full_year('/') && take_month_and_day('/', 1); }

  // 5/17/2023, 5/17/23
  bool american_date() { return take_month_and_day('/', 1) && scan_.take('/') && take_year(); }

  // 2023:05:17
  bool exif_date() { return take_full_year(':') && take_month_and_day(':', 2); }

  // 2023-W20-3, 2023W203, 2023-W20
  bool week_date() {
    if (scan_.count_digits() != 4) return false;
    fields_.iso_year = scan_.number(4, 4);
    scan_.take('-');
    if (!scan_.take_any("Ww")) return false;
    fields_.iso_week = scan_.number(2, 2);
    if (!fields_.iso_week || *fields_.iso_week < 1 || *fields_.iso_week > 53) return false;
    scan_.take('-');
    fields_.iso_day = scan_.number(1, 1);
    return number_ends() && fields_.iso_day.value_or(1) <= 7;
  }

  // 20230517, 20230517102030
  bool compact_date() {
    const size_t digits = scan_.count_digits();
    if (digits != 8 && digits != 14) return false;
    fields_.year = scan_.number(4, 4);
    fields_.month = scan_.number(2, 2);
    fields_.day = scan_.number(2, 2);
    if (digits == 8) return number_ends();
    has_time_ = true;
    return take_compact_clock();
  }

  // 17.5.2023, 17.5.99; a short year only where it cannot be a time.
  bool dotted_date() {
    fields_.day = scan_.number(1, 2);
    if (!fields_.day || !scan_.take('.')) return false;
    fields_.month = scan_.number(1, 2);
    if (!fields_.month || !scan_.take('.')) return false;
    const bool short_year = scan_.count_digits() == 2;
    return take_year() && (!short_year || *fields_.day > 23 || *fields_.year % 100 > 59);
  }

  // 17-05-2023
  bool day_first_date() {
    fields_.day = scan_.number(1, 2);
    if (!fields_.day || !scan_.take('-')) return false;
    fields_.month = scan_.number(1, 2);
    return fields_.month && scan_.take('-') && scan_.count_digits() == 4 && take_year();
  }

  void skip_joints() {
    while (scan_.take_any(" \t.-,")) {
    }
  }

  void skip_ordinal() {
    const std::string_view word = scan_.letters();
    for (const std::string_view suffix : {"st", "nd", "rd", "th"}) {
      if (equals_ignoring_case(word, suffix)) return scan_.skip(2);
    }
  }

  // A year may follow at once; else it is looked for later. One letter behind it is the T of a time or the Z of a zone.
  void take_year_if_there() {
    const DateScanner before = scan_;
    skip_joints();
    if (take_year() && scan_.letters().size() <= 1) return;
    scan_ = before;
    fields_.year.reset();
  }

  // 17 May 2023, 17-May-23, 17May2023
  bool day_and_month() {
    fields_.day = scan_.number(1, 2);
    if (!fields_.day || scan_.digit_at(0)) return false;
    skip_ordinal();
    skip_joints();
    fields_.month = scan_.month();
    if (!fields_.month) return false;
    take_year_if_there();
    return true;
  }

  // May 17, 2023, May-17-2023, May 2023
  bool month_and_day() {
    fields_.month = scan_.month();
    if (!fields_.month) return false;
    skip_joints();
    if (scan_.count_digits() == 4) {
      fields_.day = 1;
      return take_year();
    }
    fields_.day = scan_.number(1, 2);
    if (!fields_.day || !number_ends()) return false;
    skip_ordinal();
    take_year_if_there();
    return true;
  }

  // 2023-May-17
  bool year_and_month() {
    if (!take_full_year('-')) return false;
    fields_.month = scan_.month();
    if (!fields_.month || !scan_.take('-')) return false;
    fields_.day = scan_.number(1, 2);
    return fields_.day && number_ends();
  }

  // May 17 10:20:30 2023
  bool year_alone() {
    if (scan_.count_digits() != 4 || !fields_.month) return false;
    fields_.year = scan_.number(4, 4);
    return number_ends();
  }

  bool take_compact_clock() {
    fields_.hour = *scan_.number(2, 2);
    fields_.minute = scan_.number(2, 2).value_or(0);
    fields_.second = scan_.number(2, 2).value_or(0);
    if (scan_.peek() == '.' && scan_.digit_at(1)) {
      scan_.skip(1);
      fields_.ms = scan_.milliseconds();
    }
    return number_ends();
  }

  // T102030, T1020, T10
  bool compact_time() {
    if (!scan_.take_any("Tt")) return false;
    const size_t digits = scan_.count_digits();
    return (digits == 2 || digits == 4 || digits == 6) && scan_.peek(digits) != ':' && take_compact_clock();
  }

  // 10:20, T10:20:30.5, 10:20 pm
  bool colon_time() {
    const bool t = scan_.take_any("Tt");
    const auto hour = scan_.number(1, 2);
    if (!hour || !(scan_.take(':') || (!t && scan_.take('.')))) return false;
    const auto minute = scan_.number(1, 2);
    if (!minute) return false;
    fields_.hour = *hour;
    fields_.minute = *minute;
    if (scan_.peek() == ':' || (scan_.peek() == '.' && scan_.digit_at(1))) {
      scan_.skip(1);
      const auto second = scan_.number(1, 2);
      if (!second) return false;
      fields_.second = *second;
      if (scan_.take('.')) fields_.ms = scan_.milliseconds();
    }
    take_half_of_day();
    return !scan_.digit_at(0) && fields_.hour <= 23 && fields_.minute <= 59 && fields_.second <= 59;
  }

  // 10 pm
  bool hour_of_half() {
    const auto hour = scan_.number(1, 2);
    if (!hour) return false;
    fields_.hour = *hour;
    return take_half_of_day();
  }

  // am, p.m., PM: of the hours 1 to 12 only.
  bool take_half_of_day() {
    const DateScanner before = scan_;
    while (scan_.take_any(" \t")) {
    }
    const char half = static_cast<char>(scan_.peek() | 0x20);
    const bool known = (half == 'a' || half == 'p') && fields_.hour >= 1 && fields_.hour <= 12;
    if (known) {
      scan_.skip(1);
      scan_.take('.');
      if (scan_.take_any("mM") && scan_.letters().empty()) {
        scan_.take('.');
        fields_.hour = fields_.hour % 12 + (half == 'p' ? 12 : 0);
        return true;
      }
    }
    scan_ = before;
    return false;
  }

  bool named_time() {
    const std::string_view word = scan_.letters();
    if (!equals_ignoring_case(word, "noon") && !equals_ignoring_case(word, "midnight")) return false;
    fields_.hour = word.size() == 4 ? 12 : 0;
    scan_.skip(word.size());
    return true;
  }

  // @1684318830, @-5.5: nothing else may stand beside it.
  Result<EventTime> seconds_since_1970() {
    scan_.skip(1);
    const bool negative = scan_.peek() == '-';
    scan_.take_any("+-");
    constexpr size_t kDigitsMax = 15;
    const size_t digits = scan_.count_digits();
    if (digits == 0 || digits > kDigitsMax || has_date_ || has_time_)
      return bad_date(text_, "it is no number of seconds");
    int64_t seconds = 0;
    for (size_t i = 0; i < digits; ++i)
      seconds = seconds * 10 + (scan_.peek(i) - '0');
    scan_.skip(digits);
    int64_t ms = seconds * 1000;
    if (scan_.take('.')) ms += scan_.milliseconds();
    skip_blanks();
    if (!scan_.at_end()) return bad_date(text_, fmt::format("\"{}\" is not understood", rest()));
    return EventTime{negative ? -ms : ms};
  }

  std::string_view text_;
  const TimeZone& zone_;
  DateScanner scan_;
  DateFields fields_;
  bool has_date_ = false;
  bool has_time_ = false;
};

}  // namespace

Result<EventTime> parse_date(std::string_view text, const TimeZone& zone) { return DateReader(text, zone).read(); }

}  // namespace penstock

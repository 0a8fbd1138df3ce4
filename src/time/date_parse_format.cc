// SPDX-License-Identifier: Apache-2.0
// Dates out of text by a format.
#include "time/date_parse.h"
#include "time/date_scanner.h"

namespace penstock {
namespace {

constexpr std::string_view kSpecifiers = "YmdHMSLjGVuzZbB%";

// Into `to`, if the number is there and within its range.
bool read_number(DateScanner& scan, size_t least, size_t most, int low, int high, std::optional<int>& to) {
  if (to) return false;  // Twice the same part.
  to = scan.number(least, most);
  return to && *to >= low && *to <= high;
}

bool read_clock(DateScanner& scan, size_t least, int high, int& to) {
  const auto n = scan.number(least, 2);
  if (n) to = *n;
  return n && *n <= high;
}

bool read_month_name(DateScanner& scan, DateFields& to) {
  to.month = scan.month();
  return to.month.has_value();
}

// A number of minutes with its sign.
bool read_minutes(DateScanner& scan, DateFields& to) {
  const int64_t sign = scan.peek() == '-' ? -1 : 1;
  if (!scan.take_any("+-")) return false;
  const auto minutes = scan.number(1, 4);
  if (minutes) to.offset_s = sign * *minutes * 60;
  return minutes.has_value();
}

bool read_part(char specifier, DateScanner& scan, DateFields& to) {
  constexpr int kMinutesMax = 99;
  switch (specifier) {
    case 'Y': return read_number(scan, 1, 4, 0, 9999, to.year);
    case 'm': return read_number(scan, 1, 2, 1, 12, to.month);
    case 'd': return read_number(scan, 1, 2, 1, 31, to.day);
    case 'j': return read_number(scan, 1, 3, 1, 366, to.day_of_year);
    case 'G': return read_number(scan, 1, 4, 0, 9999, to.iso_year);
    case 'V': return read_number(scan, 1, 2, 1, 53, to.iso_week);
    case 'u': return read_number(scan, 1, 1, 1, 7, to.iso_day);
    case 'H': return read_clock(scan, 1, 23, to.hour);
    case 'M': return read_clock(scan, 2, 59, to.minute);
    case 'S': return read_clock(scan, 2, 59, to.second);
    case 'L': {
      const auto ms = scan.number(1, 3);
      to.ms = ms.value_or(0);
      return ms.has_value();
    }
    case 'b':
    case 'B': return read_month_name(scan, to);
    case 'z': to.offset_s = scan.offset(kMinutesMax); return to.offset_s.has_value();
    case 'Z': return read_minutes(scan, to);
    default: return scan.take(specifier);
  }
}

}  // namespace

Result<void> check_parse_format(std::string_view format) {
  for (size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%') continue;
    if (++i == format.size()) return Error(ErrorCode{18535}, "Unmatched '%' at end of format string");
    if (kSpecifiers.find(format[i]) == std::string_view::npos) {
      return Error(ErrorCode{18536}, "Invalid format character '%{}' in format string", format[i]);
    }
  }
  return {};
}

Result<EventTime> parse_date(std::string_view text, std::string_view format, const TimeZone& zone) {
  DateScanner scan(text);
  DateFields fields;
  for (size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%') {
      if (!scan.take(format[i])) return bad_date(text, fmt::format("'{}' of the format is missing", format[i]));
    } else if (!read_part(format[++i], scan, fields)) {
      return bad_date(text, fmt::format("there is nothing that fits '%{}'", format[i]));
    }
  }
  if (!scan.at_end()) return bad_date(text, "it goes on behind what the format describes");
  return date_of_fields(fields, text, zone);
}

}  // namespace penstock

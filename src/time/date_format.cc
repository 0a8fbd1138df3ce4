// SPDX-License-Identifier: Apache-2.0
#include "time/date_format.h"

#include <cstdlib>

#include "time/calendar.h"

namespace penstock {
namespace {

constexpr std::string_view kSpecifiers = "YmdHMSLjUVGuwzZbB%";
constexpr std::string_view kMonths[] = {"january", "february", "march",     "april",   "may",      "june",
                                        "july",    "august",   "september", "october", "november", "december"};

void append_digits(int64_t n, size_t width, std::string& to) {
  const std::string digits = std::to_string(n);
  if (digits.size() < width) to.append(width - digits.size(), '0');
  to += digits;
}

Result<void> append_year(int64_t year, std::string& to) {
  constexpr int64_t kYearMax = 9999;
  if (year < 0 || year > kYearMax) {
    return Error(ErrorCode{18537},
                 "Could not convert date to string: date component was outside the supported range of 0-9999: {}",
                 year);
  }
  append_digits(year, 4, to);
  return {};
}

void append_offset(int64_t minutes, std::string& to) {
  to += minutes < 0 ? '-' : '+';
  append_digits(std::abs(minutes) / 60, 2, to);
  append_digits(std::abs(minutes) % 60, 2, to);
}

void append_month(int month, size_t length_max, std::string& to) {
  const std::string_view name = month_name(month);
  to += static_cast<char>(name.front() - 'a' + 'A');
  to += name.substr(1, length_max - 1);
}

// What one specifier stands for.
Result<void> append_part(char specifier, const CivilTime& civil, int64_t offset_minutes, std::string& to) {
  switch (specifier) {
    case 'Y': return append_year(civil.year, to);
    case 'G': return append_year(iso_week(civil).year, to);
    case 'm': append_digits(civil.month, 2, to); break;
    case 'd': append_digits(civil.day, 2, to); break;
    case 'H': append_digits(civil.hour, 2, to); break;
    case 'M': append_digits(civil.minute, 2, to); break;
    case 'S': append_digits(civil.second, 2, to); break;
    case 'L': append_digits(civil.ms, 3, to); break;
    case 'j': append_digits(day_of_year(civil), 3, to); break;
    case 'U': append_digits(week_of_year(civil), 2, to); break;
    case 'V': append_digits(iso_week(civil).week, 2, to); break;
    case 'u': append_digits(iso_day_of_week(civil), 1, to); break;
    case 'w': append_digits(iso_day_of_week(civil) % 7 + 1, 1, to); break;
    case 'b': append_month(civil.month, 3, to); break;
    case 'B': append_month(civil.month, std::string_view::npos, to); break;
    case 'z': append_offset(offset_minutes, to); break;
    case 'Z': to += std::to_string(offset_minutes); break;
    default: to += specifier; break;
  }
  return {};
}

}  // namespace

std::string_view month_name(int month) { return kMonths[month - 1]; }

Result<void> check_date_format(std::string_view format) {
  for (size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%') continue;
    if (++i == format.size()) return Error(ErrorCode{18535}, "Unmatched '%' at end of format string");
    if (kSpecifiers.find(format[i]) == std::string_view::npos) {
      return Error(ErrorCode{18536}, "Invalid format character '%{}' in format string", format[i]);
    }
  }
  return {};
}

Result<void> append_date(EventTime date, std::string_view format, const TimeZone& zone, std::string& to) {
  const CivilTime civil = zone.to_civil(date);
  const int64_t offset_minutes = zone.offset_s(date) / 60;
  for (size_t i = 0; i < format.size(); ++i) {
    if (format[i] == '%') {
      PS_TRY(append_part(format[++i], civil, offset_minutes, to));
    } else {
      to += format[i];
    }
  }
  return {};
}

}  // namespace penstock

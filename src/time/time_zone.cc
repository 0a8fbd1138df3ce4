// SPDX-License-Identifier: Apache-2.0
// The only file that knows cctz.
#include "time/time_zone.h"

#include <cctz/civil_time.h>
#include <cctz/time_zone.h>

#include <chrono>
#include <limits>
#include <string>

#include "time/calendar.h"

namespace penstock {
namespace {

constexpr int64_t kDaySeconds = 86'400;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

int two_digits(std::string_view text, size_t at) { return (text[at] - '0') * 10 + (text[at + 1] - '0'); }

// +HH, +HHMM, +HH:MM as seconds; the parts may exceed 23 and 59.
std::optional<int64_t> parse_offset(std::string_view text) {
  constexpr std::string_view kForms[] = {"+dd", "+dddd", "+dd:dd"};
  auto matches = [&](std::string_view form) {
    if (text.size() != form.size()) return false;
    for (size_t i = 0; i < form.size(); ++i) {
      bool fits = form[i] == '+'   ? text[i] == '+' || text[i] == '-'
                  : form[i] == 'd' ? is_digit(text[i])
                                   : text[i] == form[i];
      if (!fits) return false;
    }
    return true;
  };
  bool known = false;
  for (std::string_view form : kForms)
    known |= matches(form);
  if (!known) return std::nullopt;
  int minutes = text.size() == 3 ? 0 : two_digits(text, text.size() - 2);
  int64_t seconds = two_digits(text, 1) * 3600 + minutes * 60;
  return text[0] == '-' ? -seconds : seconds;
}

// What cctz would open as a file and MongoDB does not know: paths out of the database, its parallel trees, the
// machine's own zone.
bool is_olson_name(std::string_view name) {
  if (name.empty() || name.starts_with('/') || name.find("..") != std::string_view::npos) return false;
  for (char c : name) {
    bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    if (!letter && !is_digit(c) && c != '_' && c != '+' && c != '-' && c != '/') return false;
  }
  return name != "localtime" && name != "posixrules" && !name.starts_with("posix/") && !name.starts_with("right/") &&
         !name.starts_with("Fixed/");
}

CivilTime civil_of(int64_t local_s, int ms) {
  int64_t second_of_day = floor_mod(local_s, kDaySeconds);
  cctz::civil_day day = cctz::civil_day(1970, 1, 1) + floor_div(local_s, kDaySeconds);
  return {.year = day.year(),
          .month = day.month(),
          .day = day.day(),
          .hour = static_cast<int>(second_of_day / 3600),
          .minute = static_cast<int>(second_of_day / 60 % 60),
          .second = static_cast<int>(second_of_day % 60),
          .ms = ms};
}

}  // namespace

struct TimeZone::Named {
  cctz::time_zone zone;
};

Result<TimeZone> TimeZone::parse(std::string_view name) {
  if (name == "UTC" || name == "GMT") return TimeZone();
  if (std::optional<int64_t> offset = parse_offset(name)) return TimeZone(*offset);
  cctz::time_zone zone;
  if (!is_olson_name(name) || !cctz::load_time_zone(std::string(name), &zone)) {
    return Error(ErrorCode{40485}, "unrecognized time zone identifier: \"{}\"", name);
  }
  return TimeZone(std::make_shared<const Named>(zone));
}

int64_t TimeZone::offset_s(EventTime t) const {
  if (zone_ == nullptr) return offset_s_;
  return zone_->zone.lookup(cctz::time_point<cctz::seconds>(cctz::seconds(floor_div(t.ms, 1000)))).offset;
}

int64_t TimeZone::local_s(EventTime t) const { return floor_div(t.ms, 1000) + offset_s(t); }

CivilTime TimeZone::to_civil(EventTime t) const {
  return civil_of(local_s(t), static_cast<int>(floor_mod(t.ms, 1000)));
}

std::optional<EventTime> TimeZone::to_instant(const CivilTime& civil) const {
  constexpr int64_t kYearLimit = 1'000'000'000;  // Beyond 64-bit milliseconds, and far from overflow below.
  if (civil.year > kYearLimit || civil.year < -kYearLimit) return std::nullopt;
  int64_t local_s = day_number(civil.year, civil.month, civil.day) * kDaySeconds + int64_t{civil.hour} * 3600 +
                    int64_t{civil.minute} * 60 + civil.second;
  return from_local(local_s, civil.ms);
}

std::optional<EventTime> TimeZone::from_local(int64_t local_s, int64_t ms) const {
  local_s += floor_div(ms, 1000);
  int64_t utc_s = local_s - offset_s_;
  if (zone_ != nullptr) {
    auto found = zone_->zone.lookup(cctz::civil_second(1970, 1, 1) + local_s);
    bool repeated = found.kind == cctz::time_zone::civil_lookup::REPEATED;
    utc_s = (repeated ? found.post : found.pre).time_since_epoch().count();
  }
  __int128 whole_ms = static_cast<__int128>(utc_s) * 1000 + floor_mod(ms, 1000);
  auto result = static_cast<int64_t>(whole_ms);
  if (result != whole_ms) return std::nullopt;
  return EventTime{result};
}

}  // namespace penstock

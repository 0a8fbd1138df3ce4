// SPDX-License-Identifier: Apache-2.0
#include "bson/iso_date.h"

#include <chrono>

namespace penstock {
namespace {

constexpr int64_t kMsPerDay = 86'400'000;

class DateReader {
 public:
  explicit DateReader(std::string_view text) : text_(text) {}

  std::optional<EventTime> read() {
    int year = 0, month = 0, day = 0;
    if (!digits(4, year) || !literal('-') || !digits(2, month) || !literal('-') || !digits(2, day)) return {};
    std::chrono::year_month_day date(std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                     std::chrono::day(static_cast<unsigned>(day)));
    if (!date.ok()) return {};
    int64_t ms = std::chrono::sys_days(date).time_since_epoch().count() * kMsPerDay;
    if (text_.empty()) return EventTime{ms};
    if (!literal('T') && !literal(' ')) return {};
    if (!time_of_day(ms) || !offset(ms) || !text_.empty()) return {};
    return EventTime{ms};
  }

 private:
  bool literal(char c) {
    if (text_.empty() || text_[0] != c) return false;
    text_.remove_prefix(1);
    return true;
  }

  bool digits(size_t count, int& value) {
    if (text_.size() < count) return false;
    value = 0;
    for (char c : text_.substr(0, count)) {
      if (c < '0' || c > '9') return false;
      value = value * 10 + (c - '0');
    }
    text_.remove_prefix(count);
    return true;
  }

  bool time_of_day(int64_t& ms) {
    int hour = 0, minute = 0, second = 0, fraction = 0;
    if (!digits(2, hour) || !literal(':') || !digits(2, minute)) return false;
    if (literal(':')) {
      if (!digits(2, second)) return false;
      if (literal('.') && !milliseconds(fraction)) return false;
    }
    if (hour > 23 || minute > 59 || second > 59) return false;
    ms += ((hour * 60 + minute) * 60 + second) * int64_t{1000} + fraction;
    return true;
  }

  bool milliseconds(int& fraction) {
    int count = 0;
    for (int digit = 0; digits(1, digit); count++) {
      if (count < 3) fraction = fraction * 10 + digit;
    }
    for (int i = count; i < 3; i++)
      fraction *= 10;
    return count > 0;
  }

  bool offset(int64_t& ms) {
    if (text_.empty() || literal('Z')) return true;
    int sign = literal('+') ? 1 : literal('-') ? -1 : 0;
    int hours = 0, minutes = 0;
    if (sign == 0 || !digits(2, hours)) return false;
    if (!text_.empty()) {
      literal(':');
      if (!digits(2, minutes)) return false;
    }
    if (hours > 23 || minutes > 59) return false;
    ms -= sign * (hours * 60 + minutes) * int64_t{60'000};
    return true;
  }

  std::string_view text_;
};

void append_digits(int value, int count, std::string& to) {
  char text[4];
  for (int i = count; i-- > 0; value /= 10)
    text[i] = static_cast<char>('0' + value % 10);
  to.append(text, static_cast<size_t>(count));
}

}  // namespace

bool append_iso_date(EventTime t, std::string& to) {
  constexpr int64_t kYear0Ms = -719'528 * kMsPerDay;
  constexpr int64_t kYear10000Ms = 2'932'897 * kMsPerDay;
  if (t.ms < kYear0Ms || t.ms >= kYear10000Ms) return false;
  std::chrono::sys_time<std::chrono::milliseconds> time{std::chrono::milliseconds(t.ms)};
  auto day = std::chrono::floor<std::chrono::days>(time);
  std::chrono::year_month_day date(day);
  auto ms = static_cast<int>((time - day).count());
  append_digits(static_cast<int>(date.year()), 4, to);
  to.push_back('-');
  append_digits(static_cast<int>(static_cast<unsigned>(date.month())), 2, to);
  to.push_back('-');
  append_digits(static_cast<int>(static_cast<unsigned>(date.day())), 2, to);
  to.push_back('T');
  append_digits(ms / 3'600'000, 2, to);
  to.push_back(':');
  append_digits(ms / 60'000 % 60, 2, to);
  to.push_back(':');
  append_digits(ms / 1000 % 60, 2, to);
  to.push_back('.');
  append_digits(ms % 1000, 3, to);
  to.push_back('Z');
  return true;
}

std::string iso_text(EventTime t) {
  std::string text;
  if (!append_iso_date(t, text)) text = std::to_string(t.ms);
  return text;
}

std::optional<EventTime> iso_date_from_text(std::string_view text) { return DateReader(text).read(); }

}  // namespace penstock

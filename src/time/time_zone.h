// SPDX-License-Identifier: Apache-2.0
// Instants and what clocks and calendars on a wall show for them (reference mql-semantics 11.1).
//   EventTime --to_civil--> 2023-05-17 10:20:00.000 --to_instant--> EventTime
// Proleptic Gregorian calendar, no leap seconds, every 64-bit instant. Named zones come from the system's tzdata, read
// once per name and process. Thread: any; a TimeZone is immutable and cheap to copy.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace penstock {

// to_civil() fills ordinary values (month 1..12, hour 0..23); to_instant() lets any field carry over into the next:
// month 14 is February of the next year, day 0 the last day of the month before.
struct CivilTime {
  int64_t year = 1970;
  int month = 1;
  int day = 1;
  int hour = 0;
  int minute = 0;
  int second = 0;
  int ms = 0;
  bool operator==(const CivilTime&) const = default;
};

class TimeZone {
 public:
  TimeZone() = default;  // UTC
  static TimeZone utc() { return {}; }
  // "Europe/Berlin" in exact case, or an offset "+05", "+0530", "+05:30" whose parts have no range. Else error 40485.
  static Result<TimeZone> parse(std::string_view name);

  // Always 0, by name or by offset.
  bool is_utc() const { return zone_ == nullptr && offset_s_ == 0; }
  // What the zone's clocks are ahead of UTC at that instant; in old times not a whole minute.
  int64_t offset_s(EventTime t) const;
  // Seconds since 1970-01-01T00:00:00 that the zone's clocks show, rounded down: for boundaries of days and hours.
  int64_t local_s(EventTime t) const;
  CivilTime to_civil(EventTime t) const;
  // A time that clocks skip counts with the offset before the change, one they show twice is the later one, as MongoDB
  // has it. Empty beyond 64 bits.
  std::optional<EventTime> to_instant(const CivilTime& civil) const;
  // The same for the seconds that local_s() counts and `ms`, which may carry over. |local_s| < 2^62.
  std::optional<EventTime> from_local(int64_t local_s, int64_t ms) const;

 private:
  struct Named;
  explicit TimeZone(int64_t offset_s) : offset_s_(offset_s) {}
  explicit TimeZone(std::shared_ptr<const Named> zone) : zone_(std::move(zone)) {}

  int64_t offset_s_ = 0;
  std::shared_ptr<const Named> zone_;  // Null: the offset holds for ever.
};

}  // namespace penstock

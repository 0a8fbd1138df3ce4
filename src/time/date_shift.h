// SPDX-License-Identifier: Apache-2.0
// Dates moved by units of the calendar, and cut down to the start of a bin (reference mql-semantics 11.5, 11.7). Pure
// functions.
#pragma once

#include "time/calendar.h"

namespace penstock {

// Years, quarters and months move the local date and cut the day to the month's last; weeks and days move the local
// date and keep the time on the wall; smaller units are exact durations.
// Errors: 5976500 an amount no two dates are apart, 5166406 and 159 (milliseconds) beyond 64 bits.
Result<EventTime> shift_date(EventTime date, TimeUnit unit, int64_t amount, const TimeZone& zone);

// The lower edge of the bin of `bin_size` units that holds `date`. Bins are counted from the start of the year 2000 in
// the zone, of weeks from its first `start_of_week` day. bin_size > 0.
// Errors: 5439002 and 5439006 for sizes that are too large, 5439005 for an edge before the first date.
Result<EventTime> truncate_date(EventTime date, TimeUnit unit, int64_t bin_size, const TimeZone& zone,
                                int start_of_week = 0);

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
// Dates in text as Extended JSON writes them: ISO 8601, proleptic Gregorian calendar, no leap seconds. Time zones by
// name and the tolerant parser of $dateFromString are elsewhere.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace penstock {

// "2024-05-17T10:20:30.005Z", for years 0 to 9999. Outside of them nothing is appended and the answer is false.
bool append_iso_date(EventTime t, std::string& to);

// The same as a text of its own; outside of these years the milliseconds since 1970.
std::string iso_text(EventTime t);

// YYYY-MM-DD, optionally THH:MM[:SS[.f...]] and then Z, +HH, +HHMM or +HH:MM. Digits behind the milliseconds are cut.
// Without an offset it is UTC. Empty for anything else, also for days that do not exist.
std::optional<EventTime> iso_date_from_text(std::string_view text);

}  // namespace penstock

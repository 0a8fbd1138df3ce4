// SPDX-License-Identifier: Apache-2.0
// Dates as text by a format like "%Y-%m-%d" (reference mql-semantics 11.2). Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "time/time_zone.h"

namespace penstock {

// Errors: 18535 a '%' at the end, 18536 a character behind '%' that means nothing.
Result<void> check_date_format(std::string_view format);

// Appends `date` on the zone's clocks. `format` has passed the check. Error 18537: a year outside of 0 to 9999.
Result<void> append_date(EventTime date, std::string_view format, const TimeZone& zone, std::string& to);

// "january" for 1; lower case.
std::string_view month_name(int month);

}  // namespace penstock

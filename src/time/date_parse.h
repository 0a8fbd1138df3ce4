// SPDX-License-Identifier: Apache-2.0
// Dates out of text (reference mql-semantics 11.3). A text without an offset of its own is read on the zone's clocks;
// one with an offset is refused together with a zone other than UTC. Every failure is error 241 and names the text.
#pragma once

#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "time/time_zone.h"

namespace penstock {

// As people write dates: "2023-05-17T10:20:30.5Z", "20230517", "17 May 2023 10:20", "May 17, 2023", "5/17/2023 10:20
// pm", "17.5.2023", "2023-W20-3", "Wed, 17 May 2023 10:20:30 +0200", "@1684318830". A missing time is 00:00. Relative
// texts
// ("tomorrow", "+1 day") are refused.
Result<EventTime> parse_date(std::string_view text, const TimeZone& zone);

// By a format like "%Y-%m-%d"; the whole text must match. `format` has passed the check below.
Result<EventTime> parse_date(std::string_view text, std::string_view format, const TimeZone& zone);
// Errors: 18535 a '%' at the end, 18536 a character behind '%' that means nothing.
Result<void> check_parse_format(std::string_view format);

}  // namespace penstock

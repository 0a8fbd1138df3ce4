// SPDX-License-Identifier: Apache-2.0
// Duration documents of definitions: {size: 5, unit: "second"} (reference pipeline-language 1.8).
// All errors are kInvalidDefinition; paths are relative to the document.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "bson/document.h"

namespace penstock {

// Size: a positive whole number of any numeric type. Unit: "ms", "second", "minute", "hour", "day".
Result<Duration> parse_duration(const Value& spec);
// The same with the size under another name, for a window's {offsetFromUtc: 8, unit: "hour"}.
Result<Duration> parse_duration(const Value& spec, std::string_view size_name);
// "5s", "90m", "250ms": in the largest unit that needs no fraction; d, h, m, s, ms.
std::string duration_text(Duration duration);

}  // namespace penstock

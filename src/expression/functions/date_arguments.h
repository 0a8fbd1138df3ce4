// SPDX-License-Identifier: Apache-2.0
// What the date operators share: instants, zones and units out of argument values (reference mql-semantics 11.1).
#pragma once

#include <optional>

#include "expression/function.h"
#include "time/calendar.h"
#include "time/time_zone.h"

namespace penstock {

// Dates, timestamps and objectIds have an instant; empty for other types.
std::optional<EventTime> instant_of(const Value& value);
// The same; error 16006 for other types. Not nullish.
Result<EventTime> date_of(const Value& value);

// Not nullish. Errors: 40517 not a string, 40485 unknown.
Result<TimeZone> zone_of(const Value& value);
// Evaluates an optional argument: UTC when it is absent (null pointer), empty when it is nullish.
Result<std::optional<TimeZone>> evaluate_zone(const ExpressionPtr& argument, EvalContext& context);

// Not nullish. Errors: 5439013 not a string, 9 unknown. `where` stands before the text of the latter.
Result<TimeUnit> unit_of(std::string_view function, const Value& value, std::string_view where);
// Errors: 5439015 not a string, 5439016 unknown.
Result<int> start_of_week_of(std::string_view function, const Value& value);
bool is_week(const Value& unit);

// Evaluates an optional child: missing when it is absent.
Result<Value> evaluate_optional(const ExpressionPtr& argument, EvalContext& context);

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
#include "expression/functions/date_arguments.h"

#include <string>

namespace penstock {
namespace {

// The zone of the last name that this thread asked for: a pipeline asks for the same one with every row, and finding a
// zone by its name takes a lock.
struct LastZone {
  std::string name;
  TimeZone zone;
};

Result<TimeZone> zone_named(std::string_view name) {
  thread_local LastZone last;
  if (!name.empty() && last.name == name) return last.zone;
  PS_TRY(TimeZone zone, TimeZone::parse(name));
  last = {std::string(name), zone};
  return zone;
}

}  // namespace

std::optional<EventTime> instant_of(const Value& value) {
  constexpr int64_t kMsPerSecond = 1000;
  if (value.type() == Type::kDate) return value.as_date();
  if (value.type() == Type::kTimestamp) {
    return EventTime{static_cast<int64_t>(value.as_timestamp() >> 32) * kMsPerSecond};
  }
  if (value.type() != Type::kObjectId) return std::nullopt;
  const ObjectId id = value.as_object_id();
  const uint32_t seconds = static_cast<uint32_t>(id.bytes[0]) << 24 | static_cast<uint32_t>(id.bytes[1]) << 16 |
                           static_cast<uint32_t>(id.bytes[2]) << 8 | static_cast<uint32_t>(id.bytes[3]);
  return EventTime{static_cast<int32_t>(seconds) * kMsPerSecond};
}

Result<EventTime> date_of(const Value& value) {
  if (const auto instant = instant_of(value)) return *instant;
  return Error(ErrorCode{16006}, "can't convert from BSON type {} to Date", type_name(value.type()));
}

Result<TimeZone> zone_of(const Value& value) {
  if (!value.is_string()) {
    return Error(ErrorCode{40517}, "timezone must evaluate to a string, found {}", type_name(value.type()));
  }
  return zone_named(value.as_string());
}

Result<std::optional<TimeZone>> evaluate_zone(const ExpressionPtr& argument, EvalContext& context) {
  if (argument == nullptr) return std::optional(TimeZone());
  PS_TRY(const Value name, argument->evaluate(context));
  if (name.is_nullish()) return std::optional<TimeZone>();
  PS_TRY(TimeZone zone, zone_of(name));
  return std::optional(zone);
}

Result<TimeUnit> unit_of(std::string_view function, const Value& value, std::string_view where) {
  if (!value.is_string()) {
    return Error(ErrorCode{5439013}, "{} requires 'unit' to be a string, but got {}", function,
                 type_name(value.type()));
  }
  if (const auto unit = parse_time_unit(value.as_string())) return *unit;
  return Error(ErrorCode::kFailedToParse, "{}unknown time unit value: {}", where, value.as_string());
}

Result<int> start_of_week_of(std::string_view function, const Value& value) {
  if (!value.is_string()) {
    return Error(ErrorCode{5439015}, "{} requires 'startOfWeek' to be a string, but got {}", function,
                 type_name(value.type()));
  }
  if (const auto day = parse_day_of_week(value.as_string())) return *day;
  return Error(ErrorCode{5439016}, "{} parameter 'startOfWeek' value cannot be recognized as a day of a week: {}",
               function, value.as_string());
}

bool is_week(const Value& unit) { return unit.is_string() && unit.as_string() == "week"; }

Result<Value> evaluate_optional(const ExpressionPtr& argument, EvalContext& context) {
  if (argument == nullptr) return Value::missing();
  return argument->evaluate(context);
}

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
// $dateDiff (reference mql-semantics 11.6). Its arguments and their errors stand here; calendar and zones are
// time/calendar.h.
#include "expression/functions/date_arguments.h"
#include "expression/functions/functions.h"

namespace penstock {
namespace {

// Children of $dateDiff, in the order in which they are looked at.
enum DateDiffArgument { kStartDate, kEndDate, kUnit, kTimezone, kStartOfWeek, kDateDiffArguments };

constexpr NamedArgument kDateDiffNames[kDateDiffArguments] = {
    {"startDate", true}, {"endDate", true}, {"unit", true}, {"timezone"}, {"startOfWeek"}};

Result<EventTime> date_argument(std::string_view name, const Value& value) {
  if (const auto instant = instant_of(value)) return *instant;
  return Error(ErrorCode{5166307}, "$dateDiff requires '{}' to be a date, but got {}", name, type_name(value.type()));
}

Result<TimeZone> zone_argument(const Value& value) {
  constexpr std::string_view kPrefix = "$dateDiff parameter 'timezone' value parsing failed :: caused by :: ";
  auto zone = zone_of(value);
  if (!zone.ok()) return zone.take_error().within(kPrefix);
  return zone;
}

constexpr std::string_view kUnitPrefix = "$dateDiff parameter 'unit' value parsing failed :: caused by :: ";

// All arguments are there and none is nullish. `zone`, `first_day`: null when not given.
Result<Value> count_boundaries(const Value& start, const Value& end, const Value& unit, const Value* zone,
                               const Value* first_day) {
  TimeZone time_zone;
  if (zone != nullptr) {
    PS_TRY(time_zone, zone_argument(*zone));
  }
  PS_TRY(const EventTime from, date_argument("startDate", start));
  PS_TRY(const EventTime to, date_argument("endDate", end));
  PS_TRY(const TimeUnit time_unit, unit_of("$dateDiff", unit, kUnitPrefix));
  int week_day = 0;
  if (first_day != nullptr) {
    PS_TRY(week_day, start_of_week_of("$dateDiff", *first_day));
  }
  PS_TRY(const int64_t count, date_diff(from, to, time_unit, time_zone, week_day));
  return Value::int64(count);
}

Result<Value> evaluate_date_diff(std::span<const ExpressionPtr> arguments, EvalContext& context) {
  Value values[kDateDiffArguments];
  bool given[kDateDiffArguments] = {};
  for (int i = 0; i < kDateDiffArguments; ++i) {
    // The first day of the week is only looked at when weeks are counted.
    if (arguments[i] == nullptr || (i == kStartOfWeek && !is_week(values[kUnit]))) continue;
    PS_TRY(values[i], arguments[i]->evaluate(context));
    if (values[i].is_nullish()) return Value::null();
    given[i] = true;
  }
  return count_boundaries(values[kStartDate], values[kEndDate], values[kUnit],
                          given[kTimezone] ? &values[kTimezone] : nullptr,
                          given[kStartOfWeek] ? &values[kStartOfWeek] : nullptr);
}

// A missing key has a code of its own for each key; unknown keys are reported first, by parse_named_arguments.
Result<ExpressionPtr> parse_date_diff(const Value& argument, ParseContext& context) {
  constexpr ErrorCode kMissing[] = {ErrorCode{5166303}, ErrorCode{5166304}, ErrorCode{5166305}};
  size_t missing = 0;
  if (argument.is_object()) {
    while (missing < std::size(kMissing) && argument.as_object().has(kDateDiffNames[missing].name))
      ++missing;
  }
  const NamedArgumentErrors errors = {.not_an_object = ErrorCode{5166301},
                                      .unknown = ErrorCode{5166302},
                                      .missing = kMissing[missing % std::size(kMissing)]};
  PS_TRY(auto arguments, parse_named_arguments("$dateDiff", kDateDiffNames, errors, argument, context));
  return make_lazy("$dateDiff", evaluate_date_diff, std::move(arguments));
}

constexpr Example kDateDiffExamples[] = {
    {R"({$dateDiff: {startDate: "$a", endDate: "$b", unit: "hour"}})",
     R"({a: {$date: "2023-05-17T10:59:00Z"}, b: {$date: "2023-05-17T11:01:00Z"}})", R"({$numberLong: "1"})"},
    {R"({$dateDiff: {startDate: "$a", endDate: "$b", unit: "day", timezone: "Europe/Berlin"}})",
     R"({a: {$date: "2023-05-17T21:59:00Z"}, b: {$date: "2023-05-17T22:01:00Z"}})", R"({$numberLong: "1"})"},
    {R"({$dateDiff: {startDate: "$a", endDate: "$b", unit: "week", startOfWeek: "monday"}})",
     R"({a: {$date: "2023-05-14T00:00:00Z"}, b: {$date: "2023-05-15T00:00:00Z"}})", R"({$numberLong: "1"})"},
    {R"({$dateDiff: {startDate: "$a", endDate: "$b", unit: "day"}})", R"({a: {$date: "2023-05-14T00:00:00Z"}})",
     "null"},
    {R"({$dateDiff: {startDate: "$a", endDate: "$a", unit: "day"}})", R"({a: "x"})", "error 5166307"},
};

constexpr Function kDateDiffFunctions[] = {
    {.name = "$dateDiff",
     .arity = Arity::exactly(1),
     .summary = "The boundaries of a unit (\"day\", \"hour\", ...) between two dates, as a long.",
     .parse = parse_date_diff,
     .examples = kDateDiffExamples},
};

}  // namespace

std::span<const Function> date_diff_functions() { return kDateDiffFunctions; }

}  // namespace penstock

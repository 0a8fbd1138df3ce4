// SPDX-License-Identifier: Apache-2.0
// $year ... $isoDayOfWeek: one part of a date on a zone's calendar (reference mql-semantics 11.1), and the parts of
// timestamps.
#include "base/did_you_mean.h"
#include "bson/ejson.h"
#include "expression/functions/date_arguments.h"
#include "expression/functions/functions.h"

namespace penstock {
namespace {

enum Argument { kDate, kTimezone, kArguments };

struct Part {
  std::string_view name;
  Value (*of)(const CivilTime&);
};

template <const Part& kPart>
Result<Value> evaluate(std::span<const ExpressionPtr> arguments, EvalContext& context) {
  PS_TRY(const Value date, arguments[kDate]->evaluate(context));
  if (date.is_nullish()) return Value::null();
  PS_TRY(const EventTime instant, date_of(date));
  PS_TRY(const std::optional<TimeZone> zone, evaluate_zone(arguments[kTimezone], context));
  if (!zone) return Value::null();
  return kPart.of(zone->to_civil(instant));
}

// {date: ..., timezone: ...}; an object with an operator is an expression.
bool is_options(const Value& argument) {
  if (!argument.is_object()) return false;
  return argument.as_object().empty() || !argument.as_object().begin()->name.starts_with('$');
}

Result<std::vector<ExpressionPtr>> parse_options(std::string_view function, const Value& argument,
                                                 ParseContext& context) {
  constexpr std::string_view kNames[kArguments] = {"date", "timezone"};
  std::vector<ExpressionPtr> parsed(kArguments);
  for (const Element& element : argument.as_object()) {
    const bool is_date = element.name == kNames[kDate];
    if (!is_date && element.name != kNames[kTimezone]) {
      return Error(ErrorCode{40535}, "unrecognized option to {}: \"{}\"{}", function, element.name,
                   did_you_mean(element.name, kNames));
    }
    auto value = parse_expression(element.value, context);
    if (!value.ok()) return value.take_error().at(element.name);
    parsed[is_date ? kDate : kTimezone] = std::move(*value);
  }
  if (parsed[kDate] == nullptr) {
    return Error(ErrorCode{40539}, "missing 'date' argument to {}, provided: {}: {}", function, function,
                 to_text(argument));
  }
  return parsed;
}

Result<std::vector<ExpressionPtr>> parse_either(std::string_view function, const Value& argument,
                                                ParseContext& context) {
  if (is_options(argument)) return parse_options(function, argument, context);
  Value date = argument;
  if (argument.is_array()) {
    if (const size_t count = argument.as_array().count(); count != 1) {
      return Error(ErrorCode{40536}, "{} accepts exactly one argument if given an array, but was given {}", function,
                   count);
    }
    date = argument.as_array().begin()->value;
  }
  std::vector<ExpressionPtr> parsed(kArguments);
  PS_TRY(parsed[kDate], parse_expression(date, context));
  return parsed;
}

template <const Part& kPart>
Result<ExpressionPtr> parse(const Value& argument, ParseContext& context) {
  PS_TRY(std::vector<ExpressionPtr> arguments, parse_either(kPart.name, argument, context));
  return make_lazy(kPart.name, evaluate<kPart>, std::move(arguments));
}

int day_of_week_of(const CivilTime& civil) { return day_of_week(day_number(civil.year, civil.month, civil.day)) + 1; }

constexpr Part kYear{"$year", [](const CivilTime& c) { return Value::int32(static_cast<int32_t>(c.year)); }};
constexpr Part kMonth{"$month", [](const CivilTime& c) { return Value::int32(c.month); }};
constexpr Part kDayOfMonth{"$dayOfMonth", [](const CivilTime& c) { return Value::int32(c.day); }};
constexpr Part kDayOfWeek{"$dayOfWeek", [](const CivilTime& c) { return Value::int32(day_of_week_of(c)); }};
constexpr Part kDayOfYear{"$dayOfYear", [](const CivilTime& c) { return Value::int32(day_of_year(c)); }};
constexpr Part kHour{"$hour", [](const CivilTime& c) { return Value::int32(c.hour); }};
constexpr Part kMinute{"$minute", [](const CivilTime& c) { return Value::int32(c.minute); }};
constexpr Part kSecond{"$second", [](const CivilTime& c) { return Value::int32(c.second); }};
constexpr Part kMillisecond{"$millisecond", [](const CivilTime& c) { return Value::int32(c.ms); }};
constexpr Part kWeek{"$week", [](const CivilTime& c) { return Value::int32(week_of_year(c)); }};
constexpr Part kIsoWeek{"$isoWeek", [](const CivilTime& c) { return Value::int32(iso_week(c).week); }};
constexpr Part kIsoWeekYear{"$isoWeekYear", [](const CivilTime& c) { return Value::int64(iso_week(c).year); }};
constexpr Part kIsoDayOfWeek{"$isoDayOfWeek", [](const CivilTime& c) { return Value::int32(iso_day_of_week(c)); }};

Result<uint64_t> timestamp_of(std::string_view function, ErrorCode code, const Value& value) {
  if (value.type() == Type::kTimestamp) return value.as_timestamp();
  return Error(code, " Argument to {} must be a timestamp, but is {}", function, type_name(value.type()));
}

Result<Value> ts_second(std::span<const Value> arguments, EvalContext&) {
  if (arguments[0].is_nullish()) return Value::null();
  PS_TRY(const uint64_t timestamp, timestamp_of("$tsSecond", ErrorCode{5687301}, arguments[0]));
  return Value::int64(static_cast<int64_t>(timestamp >> 32));
}

Result<Value> ts_increment(std::span<const Value> arguments, EvalContext&) {
  if (arguments[0].is_nullish()) return Value::null();
  PS_TRY(const uint64_t timestamp, timestamp_of("$tsIncrement", ErrorCode{5687302}, arguments[0]));
  return Value::int64(static_cast<int64_t>(timestamp & 0xFFFF'FFFF));
}

constexpr std::string_view kDocument = R"({a: {$date: "2023-05-17T22:20:30.456Z"}, z: "Europe/Berlin"})";

constexpr Example kYearExamples[] = {
    {R"({$year: "$a"})", kDocument, "2023"},
    {R"({$year: "$a"})", R"({a: "x"})", "error 16006"},
    {R"({$year: {date: "$a", timezone: "nowhere"}})", kDocument, "error 40485"},
};
constexpr Example kMonthExamples[] = {{R"({$month: "$a"})", kDocument, "5"}};
constexpr Example kDayOfMonthExamples[] = {
    {R"({$dayOfMonth: "$a"})", kDocument, "17"},
    {R"({$dayOfMonth: {date: "$a", timezone: "$z"}})", kDocument, "18"},
};
constexpr Example kDayOfWeekExamples[] = {{R"({$dayOfWeek: "$a"})", kDocument, "4"}};
constexpr Example kDayOfYearExamples[] = {{R"({$dayOfYear: "$a"})", kDocument, "137"}};
constexpr Example kHourExamples[] = {
    {R"({$hour: "$a"})", kDocument, "22"},
    {R"({$hour: {date: "$a", timezone: "America/Chicago"}})", kDocument, "17"},
    {R"({$hour: {date: "$a", timezone: "+05:30"}})", kDocument, "3"},
    {R"({$hour: "$a"})", "{}", "null"},
};
constexpr Example kMinuteExamples[] = {{R"({$minute: "$a"})", kDocument, "20"}};
constexpr Example kSecondExamples[] = {{R"({$second: "$a"})", kDocument, "30"}};
constexpr Example kMillisecondExamples[] = {{R"({$millisecond: "$a"})", kDocument, "456"}};
constexpr Example kWeekExamples[] = {{R"({$week: "$a"})", kDocument, "20"}};
constexpr Example kIsoWeekExamples[] = {
    {R"({$isoWeek: "$a"})", R"({a: {$date: "2023-01-01T00:00:00Z"}})", "52"},
};
constexpr Example kIsoWeekYearExamples[] = {
    {R"({$isoWeekYear: "$a"})", R"({a: {$date: "2023-01-01T00:00:00Z"}})", R"({$numberLong: "2022"})"},
};
constexpr Example kIsoDayOfWeekExamples[] = {{R"({$isoDayOfWeek: "$a"})", kDocument, "3"}};
constexpr Example kTsSecondExamples[] = {
    {R"({$tsSecond: "$a"})", R"({a: {$timestamp: {t: 100, i: 2}}})", R"({$numberLong: "100"})"},
    {R"({$tsSecond: "$a"})", R"({a: 1})", "error 5687301"},
};
constexpr Example kTsIncrementExamples[] = {
    {R"({$tsIncrement: "$a"})", R"({a: {$timestamp: {t: 100, i: 2}}})", R"({$numberLong: "2"})"},
    {R"({$tsIncrement: "$a"})", R"({a: 1})", "error 5687302"},
};

template <const Part& kPart>
constexpr Function row(std::string_view summary, std::span<const Example> examples) {
  return {
      .name = kPart.name, .arity = Arity::exactly(1), .summary = summary, .parse = parse<kPart>, .examples = examples};
}

constexpr Function kDatePartFunctions[] = {
    row<kDayOfMonth>("The day of the month, 1 to 31; all parts take a date or {date, timezone}.", kDayOfMonthExamples),
    row<kDayOfWeek>("The day of the week, 1 (Sunday) to 7.", kDayOfWeekExamples),
    row<kDayOfYear>("The day of the year, 1 to 366.", kDayOfYearExamples),
    row<kHour>("The hour, 0 to 23.", kHourExamples),
    row<kIsoDayOfWeek>("The day of the week, 1 (Monday) to 7.", kIsoDayOfWeekExamples),
    row<kIsoWeek>("The week by ISO 8601, 1 to 53.", kIsoWeekExamples),
    row<kIsoWeekYear>("The year that the ISO week belongs to, as a long.", kIsoWeekYearExamples),
    row<kMillisecond>("The milliseconds, 0 to 999.", kMillisecondExamples),
    row<kMinute>("The minute, 0 to 59.", kMinuteExamples),
    row<kMonth>("The month, 1 to 12.", kMonthExamples),
    row<kSecond>("The second, 0 to 59.", kSecondExamples),
    {.name = "$tsIncrement",
     .arity = Arity::exactly(1),
     .summary = "The ordinal of a timestamp, as a long.",
     .evaluate = ts_increment,
     .examples = kTsIncrementExamples},
    {.name = "$tsSecond",
     .arity = Arity::exactly(1),
     .summary = "The seconds of a timestamp, as a long.",
     .evaluate = ts_second,
     .examples = kTsSecondExamples},
    row<kWeek>("The week, 0 to 53; weeks start on Sunday.", kWeekExamples),
    row<kYear>("The year.", kYearExamples),
};

}  // namespace

std::span<const Function> date_part_functions() { return kDatePartFunctions; }

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
// $dateToParts and $dateFromParts: dates as objects of numbers and back (reference mql-semantics 11.4).
#include <algorithm>

#include "bson/document.h"
#include "bson/ejson.h"
#include "bson/number.h"
#include "expression/functions/date_arguments.h"
#include "expression/functions/functions.h"

namespace penstock {
namespace {

// Children of $dateToParts.
enum ToArgument { kDate, kToZone, kIso8601, kToArguments };
constexpr NamedArgument kToNames[kToArguments] = {{"date", true}, {"timezone"}, {"iso8601"}};

Value parts_of(const CivilTime& civil, bool iso8601, Arena& arena) {
  DocumentBuilder builder;
  if (iso8601) {
    const IsoWeek week = iso_week(civil);
    builder.append("isoWeekYear", Value::int32(static_cast<int32_t>(week.year)));
    builder.append("isoWeek", Value::int32(week.week));
    builder.append("isoDayOfWeek", Value::int32(iso_day_of_week(civil)));
  } else {
    builder.append("year", Value::int32(static_cast<int32_t>(civil.year)));
    builder.append("month", Value::int32(civil.month));
    builder.append("day", Value::int32(civil.day));
  }
  builder.append("hour", Value::int32(civil.hour));
  builder.append("minute", Value::int32(civil.minute));
  builder.append("second", Value::int32(civil.second));
  builder.append("millisecond", Value::int32(civil.ms));
  return Value::object(builder.finish_in(arena));
}

Result<Value> evaluate_to_parts(std::span<const ExpressionPtr> arguments, EvalContext& context) {
  PS_TRY(const Value date, arguments[kDate]->evaluate(context));
  PS_TRY(const std::optional<TimeZone> zone, evaluate_zone(arguments[kToZone], context));
  if (!zone) return Value::null();
  bool iso8601 = false;
  if (arguments[kIso8601] != nullptr) {
    PS_TRY(const Value asked, arguments[kIso8601]->evaluate(context));
    if (asked.is_nullish()) return Value::null();
    if (asked.type() != Type::kBool) {
      return Error(ErrorCode{40521}, "iso8601 must evaluate to a bool, found {}", type_name(asked.type()));
    }
    iso8601 = asked.as_bool();
  }
  if (date.is_nullish()) return Value::null();
  PS_TRY(const EventTime instant, date_of(date));
  return parts_of(zone->to_civil(instant), iso8601, context.arena);
}

Result<ExpressionPtr> parse_to_parts(const Value& argument, ParseContext& context) {
  constexpr NamedArgumentErrors kErrors = {
      .not_an_object = ErrorCode{40524}, .unknown = ErrorCode{40520}, .missing = ErrorCode{40522}};
  PS_TRY(auto arguments, parse_named_arguments("$dateToParts", kToNames, kErrors, argument, context));
  return make_lazy("$dateToParts", evaluate_to_parts, std::move(arguments));
}

// Children of $dateFromParts.
enum FromArgument {
  kYear,
  kMonth,
  kDay,
  kIsoWeekYear,
  kIsoWeek,
  kIsoDayOfWeek,
  kHour,
  kMinute,
  kSecond,
  kMillisecond,
  kFromZone,
  kFromArguments
};
constexpr NamedArgument kFromNames[kFromArguments] = {{"year"},    {"month"},        {"day"},     {"isoWeekYear"},
                                                      {"isoWeek"}, {"isoDayOfWeek"}, {"hour"},    {"minute"},
                                                      {"second"},  {"millisecond"},  {"timezone"}};

// An absent part is `otherwise`; empty when the part is nullish.
Result<std::optional<int64_t>> part_of(std::string_view name, const ExpressionPtr& argument, int64_t otherwise,
                                       EvalContext& context) {
  if (argument == nullptr) return std::optional(otherwise);
  PS_TRY(const Value value, argument->evaluate(context));
  if (value.is_nullish()) return std::optional<int64_t>();
  const auto whole = value.is_number() ? to_integral(value) : std::nullopt;
  if (!whole) {
    return Error(ErrorCode{40515}, "'{}' must evaluate to an integer, found {} with value {}", name,
                 type_name(value.type()), to_text(value));
  }
  return whole;
}

bool is_year(FromArgument part) { return part == kYear || part == kIsoWeekYear; }
bool is_iso(FromArgument part) { return part == kIsoWeekYear || part == kIsoWeek || part == kIsoDayOfWeek; }

// Seconds and milliseconds have no range of their own.
Result<void> check_part(FromArgument part, int64_t n) {
  constexpr int64_t kRange = 32'767;
  if (is_year(part) || part == kSecond || part == kMillisecond || (n >= -kRange - 1 && n <= kRange)) return {};
  return Error(ErrorCode{is_iso(part) ? 31095 : 31034},
               "'{}' must evaluate to a value in the range [-32768, 32767]; value {} is not in range",
               kFromNames[part].name, n);
}

Result<void> check_year(FromArgument part, int64_t year) {
  constexpr int64_t kYearMax = 9999;
  if (year >= 1 && year <= kYearMax) return {};
  return Error(ErrorCode{part == kYear ? 40523 : 31095},
               "'{}' must evaluate to an integer in the range 1 to 9999, found {}", kFromNames[part].name, year);
}

Result<EventTime> join_parts(const int64_t (&parts)[kFromArguments], bool iso, const TimeZone& zone) {
  constexpr int64_t kLimit = int64_t{1} << 60;
  PS_TRY(check_year(iso ? kIsoWeekYear : kYear, parts[iso ? kIsoWeekYear : kYear]));
  const int64_t day = iso ? iso_day_number(parts[kIsoWeekYear], parts[kIsoWeek], parts[kIsoDayOfWeek])
                          : day_number(parts[kYear], parts[kMonth], parts[kDay]);
  const int64_t seconds = parts[kSecond];
  std::optional<EventTime> joined;
  if (seconds < kLimit && seconds > -kLimit) {
    joined = zone.from_local(day * 86'400 + parts[kHour] * 3600 + parts[kMinute] * 60 + seconds, parts[kMillisecond]);
  }
  if (!joined) return Error(ErrorCode{159}, "the date of $dateFromParts is out of range");
  return *joined;
}

Result<Value> evaluate_from_parts(std::span<const ExpressionPtr> arguments, EvalContext& context) {
  PS_TRY(const std::optional<TimeZone> zone, evaluate_zone(arguments[kFromZone], context));
  if (!zone) return Value::null();
  const bool iso = arguments[kIsoWeekYear] != nullptr;
  int64_t parts[kFromArguments] = {};
  for (int i = 0; i < kFromZone; ++i) {
    const auto part = static_cast<FromArgument>(i);
    const bool of_the_clock = part >= kHour;
    if (!of_the_clock && is_iso(part) != iso) continue;
    PS_TRY(const auto n, part_of(kFromNames[i].name, arguments[i], of_the_clock ? 0 : 1, context));
    if (!n) return Value::null();
    PS_TRY(check_part(part, *n));
    parts[i] = *n;
  }
  PS_TRY(const EventTime date, join_parts(parts, iso, *zone));
  return Value::date(date);
}

Result<ExpressionPtr> parse_from_parts(const Value& argument, ParseContext& context) {
  constexpr NamedArgumentErrors kErrors = {
      .not_an_object = ErrorCode{40519}, .unknown = ErrorCode{40518}, .missing = ErrorCode{40516}};
  PS_TRY(auto arguments, parse_named_arguments("$dateFromParts", kFromNames, kErrors, argument, context));
  const auto any = [&](std::initializer_list<FromArgument> parts) {
    return std::any_of(parts.begin(), parts.end(), [&](FromArgument part) { return arguments[part] != nullptr; });
  };
  if (!any({kYear, kIsoWeekYear})) {
    return Error(ErrorCode{40516}, "$dateFromParts requires either 'year' or 'isoWeekYear' to be present");
  }
  if (any({kYear}) && any({kIsoWeekYear, kIsoWeek, kIsoDayOfWeek})) {
    return Error(ErrorCode{40489}, "$dateFromParts does not allow mixing natural dates with ISO dates");
  }
  if (any({kIsoWeekYear}) && any({kMonth, kDay})) {
    return Error(ErrorCode{40525}, "$dateFromParts does not allow mixing ISO dates with natural dates");
  }
  return make_lazy("$dateFromParts", evaluate_from_parts, std::move(arguments));
}

constexpr Example kFromExamples[] = {
    {R"({$dateFromParts: {year: "$y", month: 5, day: 17, hour: 10}})", R"({y: 2023})",
     R"({$date: "2023-05-17T10:00:00Z"})"},
    {R"({$dateFromParts: {year: "$y", month: 14, day: 0}})", R"({y: 2023})", R"({$date: "2024-01-31T00:00:00Z"})"},
    {R"({$dateFromParts: {isoWeekYear: "$y", isoWeek: 20, isoDayOfWeek: 3}})", R"({y: 2023})",
     R"({$date: "2023-05-17T00:00:00Z"})"},
    {R"({$dateFromParts: {year: "$y", timezone: "America/Chicago"}})", R"({y: 2023})",
     R"({$date: "2023-01-01T06:00:00Z"})"},
    {R"({$dateFromParts: {year: "$y"}})", R"({y: 10000})", "error 40523"},
};
constexpr Example kToExamples[] = {
    {R"({$dateToParts: {date: "$a"}})", R"({a: {$date: "2023-05-17T10:20:30.456Z"}})",
     R"({year: 2023, month: 5, day: 17, hour: 10, minute: 20, second: 30, millisecond: 456})"},
    {R"({$dateToParts: {date: "$a", iso8601: true, timezone: "+01:30"}})",
     R"({a: {$date: "2023-05-17T10:20:30.456Z"}})",
     R"({isoWeekYear: 2023, isoWeek: 20, isoDayOfWeek: 3, hour: 11, minute: 50, second: 30, millisecond: 456})"},
    {R"({$dateToParts: {date: "$a"}})", R"({a: 1})", "error 16006"},
};

constexpr Function kDateFieldFunctions[] = {
    {.name = "$dateFromParts",
     .arity = Arity::exactly(1),
     .summary = "A date from year, month, day, ... or from isoWeekYear, isoWeek, ... on a time zone's clocks.",
     .parse = parse_from_parts,
     .examples = kFromExamples},
    {.name = "$dateToParts",
     .arity = Arity::exactly(1),
     .summary = "The parts of a date on a time zone's clocks, as an object.",
     .parse = parse_to_parts,
     .examples = kToExamples},
};

}  // namespace

std::span<const Function> date_field_functions() { return kDateFieldFunctions; }

}  // namespace penstock

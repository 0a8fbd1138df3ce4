// SPDX-License-Identifier: Apache-2.0
// $dateAdd, $dateSubtract, $dateTrunc (reference mql-semantics 11.5, 11.7). Arguments and their errors stand here, what
// happens to the date in time/date_shift.h.
#include "time/date_shift.h"

#include "bson/number.h"
#include "expression/functions/date_arguments.h"
#include "expression/functions/functions.h"

namespace penstock {
namespace {

// Children of $dateAdd and $dateSubtract, in the order in which they are evaluated.
enum ShiftArgument { kStartDate, kUnit, kAmount, kShiftZone, kShiftArguments };
constexpr NamedArgument kShiftNames[kShiftArguments] = {
    {"startDate", true}, {"unit", true}, {"amount", true}, {"timezone"}};

enum class Direction { kForward, kBack };

constexpr std::string_view name_of(Direction direction) {
  return direction == Direction::kForward ? "$dateAdd" : "$dateSubtract";
}

Result<int64_t> amount_of(Direction direction, const Value& amount) {
  const auto whole = amount.is_number() ? to_integral(amount) : std::nullopt;
  if (!whole) return Error(ErrorCode{5166405}, "{} expects integer amount of time units", name_of(direction));
  if (direction == Direction::kForward) return *whole;
  if (*whole == std::numeric_limits<int64_t>::min()) {
    return Error(ErrorCode{6045000}, "invalid $dateSubtract 'amount' parameter value: {}", *whole);
  }
  return -*whole;
}

template <Direction kDirection>
Result<Value> evaluate_shift(std::span<const ExpressionPtr> arguments, EvalContext& context) {
  Value values[kShiftZone];
  for (int i = 0; i < kShiftZone; ++i) {
    PS_TRY(values[i], arguments[i]->evaluate(context));
    if (values[i].is_nullish()) return Value::null();
  }
  PS_TRY(const std::optional<TimeZone> zone, evaluate_zone(arguments[kShiftZone], context));
  if (!zone) return Value::null();
  const auto date = instant_of(values[kStartDate]);
  if (!date) {
    return Error(ErrorCode{5166403}, "{} requires startDate to be convertible to a date, but got {}",
                 name_of(kDirection), type_name(values[kStartDate].type()));
  }
  PS_TRY(const TimeUnit unit, unit_of(name_of(kDirection), values[kUnit], ""));
  PS_TRY(const int64_t amount, amount_of(kDirection, values[kAmount]));
  PS_TRY(const EventTime shifted, shift_date(*date, unit, amount, *zone));
  return Value::date(shifted);
}

template <Direction kDirection>
Result<ExpressionPtr> parse_shift(const Value& argument, ParseContext& context) {
  constexpr NamedArgumentErrors kErrors = {
      .not_an_object = ErrorCode{5166400}, .unknown = ErrorCode{5166401}, .missing = ErrorCode{5166402}};
  PS_TRY(auto arguments, parse_named_arguments(name_of(kDirection), kShiftNames, kErrors, argument, context));
  return make_lazy(name_of(kDirection), evaluate_shift<kDirection>, std::move(arguments));
}

// Children of $dateTrunc, in the order in which they are evaluated.
enum TruncArgument { kDate, kTruncUnit, kBinSize, kTruncZone, kStartOfWeek, kTruncArguments };
constexpr NamedArgument kTruncNames[kTruncArguments] = {
    {"date", true}, {"unit", true}, {"binSize"}, {"timezone"}, {"startOfWeek"}};

constexpr std::string_view kTruncZonePrefix = "$dateTrunc parameter 'timezone' value parsing failed :: caused by :: ";
constexpr std::string_view kTruncUnitPrefix = "$dateTrunc parameter 'unit' value parsing failed :: caused by :: ";

Result<int64_t> bin_size_of(const Value& value) {
  const auto size = value.is_number() ? to_integral(value) : std::nullopt;
  if (!size) {
    return Error(ErrorCode{5439017}, "$dateTrunc requires 'binSize' to be a 64-bit integer, but got {}",
                 type_name(value.type()));
  }
  if (*size <= 0) {
    return Error(ErrorCode{5439018}, "$dateTrunc requires 'binSize' to be greater than 0, but got value {}", *size);
  }
  return *size;
}

// No value is nullish; an absent one is missing.
Result<Value> truncate(std::span<const Value> values) {
  TimeZone zone;
  if (!values[kTruncZone].is_missing()) {
    auto found = zone_of(values[kTruncZone]);
    if (!found.ok()) return found.take_error().within(kTruncZonePrefix);
    zone = std::move(*found);
  }
  const auto date = instant_of(values[kDate]);
  if (!date) {
    return Error(ErrorCode{5166307}, "$dateTrunc requires 'date' to be a date, but got {}",
                 type_name(values[kDate].type()));
  }
  PS_TRY(const TimeUnit unit, unit_of("$dateTrunc", values[kTruncUnit], kTruncUnitPrefix));
  int64_t bin_size = 1;
  if (!values[kBinSize].is_missing()) {
    PS_TRY(bin_size, bin_size_of(values[kBinSize]));
  }
  int start_of_week = 0;
  if (!values[kStartOfWeek].is_missing()) {
    PS_TRY(start_of_week, start_of_week_of("$dateTrunc", values[kStartOfWeek]));
  }
  PS_TRY(const EventTime edge, truncate_date(*date, unit, bin_size, zone, start_of_week));
  return Value::date(edge);
}

Result<Value> evaluate_trunc(std::span<const ExpressionPtr> arguments, EvalContext& context) {
  Value values[kTruncArguments];
  for (int i = 0; i < kTruncArguments; ++i) {
    if (arguments[i] == nullptr) continue;
    // The first day of the week is only evaluated when weeks are counted; a constant null counts always (8.2).
    if (i == kStartOfWeek && !is_week(values[kTruncUnit])) {
      const Value* constant = arguments[i]->constant();
      if (constant != nullptr && constant->is_nullish()) return Value::null();
      continue;
    }
    PS_TRY(values[i], arguments[i]->evaluate(context));
    if (values[i].is_nullish()) return Value::null();
  }
  return truncate(values);
}

Result<ExpressionPtr> parse_trunc(const Value& argument, ParseContext& context) {
  const bool has_date = argument.is_object() && argument.as_object().has("date");
  const NamedArgumentErrors errors = {.not_an_object = ErrorCode{5439007},
                                      .unknown = ErrorCode{5439008},
                                      .missing = ErrorCode{has_date ? 5439010 : 5439009}};
  PS_TRY(auto arguments, parse_named_arguments("$dateTrunc", kTruncNames, errors, argument, context));
  return make_lazy("$dateTrunc", evaluate_trunc, std::move(arguments));
}

constexpr Example kDateAddExamples[] = {
    {R"({$dateAdd: {startDate: "$a", unit: "month", amount: 1}})", R"({a: {$date: "2024-01-31T00:00:00Z"}})",
     R"({$date: "2024-02-29T00:00:00Z"})"},
    {R"({$dateAdd: {startDate: "$a", unit: "day", amount: 1, timezone: "Europe/Berlin"}})",
     R"({a: {$date: "2023-10-28T10:00:00Z"}})", R"({$date: "2023-10-29T11:00:00Z"})"},
    {R"({$dateAdd: {startDate: "$a", unit: "hour", amount: 24, timezone: "Europe/Berlin"}})",
     R"({a: {$date: "2023-10-28T10:00:00Z"}})", R"({$date: "2023-10-29T10:00:00Z"})"},
    {R"({$dateAdd: {startDate: "$a", unit: "day", amount: 1.5}})", R"({a: {$date: "2023-10-28T10:00:00Z"}})",
     "error 5166405"},
};
constexpr Example kDateSubtractExamples[] = {
    {R"({$dateSubtract: {startDate: "$a", unit: "month", amount: 1}})", R"({a: {$date: "2024-03-31T00:00:00Z"}})",
     R"({$date: "2024-02-29T00:00:00Z"})"},
    {R"({$dateSubtract: {startDate: "$a", unit: "day", amount: 1}})", R"({})", "null"},
};
constexpr Example kDateTruncExamples[] = {
    {R"({$dateTrunc: {date: "$a", unit: "week", startOfWeek: "monday"}})", R"({a: {$date: "2023-05-17T10:20:00Z"}})",
     R"({$date: "2023-05-15T00:00:00Z"})"},
    {R"({$dateTrunc: {date: "$a", unit: "hour", binSize: 7}})", R"({a: {$date: "2023-05-17T10:20:00Z"}})",
     R"({$date: "2023-05-17T09:00:00Z"})"},
    {R"({$dateTrunc: {date: "$a", unit: "day", timezone: "Europe/Berlin"}})", R"({a: {$date: "2023-10-28T10:00:00Z"}})",
     R"({$date: "2023-10-27T22:00:00Z"})"},
    {R"({$dateTrunc: {date: "$a", unit: "day", binSize: 0}})", R"({a: {$date: "2023-10-28T10:00:00Z"}})",
     "error 5439018"},
};

constexpr Function kDateArithmeticFunctions[] = {
    {.name = "$dateAdd",
     .arity = Arity::exactly(1),
     .summary = "A date some units later; days and more by the calendar of a time zone.",
     .parse = parse_shift<Direction::kForward>,
     .examples = kDateAddExamples},
    {.name = "$dateSubtract",
     .arity = Arity::exactly(1),
     .summary = "A date some units earlier; days and more by the calendar of a time zone.",
     .parse = parse_shift<Direction::kBack>,
     .examples = kDateSubtractExamples},
    {.name = "$dateTrunc",
     .arity = Arity::exactly(1),
     .summary = "The start of the unit, or of the bin of several units, that holds a date.",
     .parse = parse_trunc,
     .examples = kDateTruncExamples},
};

}  // namespace

std::span<const Function> date_arithmetic_functions() { return kDateArithmeticFunctions; }

}  // namespace penstock

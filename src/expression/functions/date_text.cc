// SPDX-License-Identifier: Apache-2.0
// $dateToString and $dateFromString (reference mql-semantics 11.2, 11.3). Arguments and their errors stand here, the
// text itself is time/date_format.h and time/date_parse.h.
#include "bson/ejson.h"
#include "expression/functions/date_arguments.h"
#include "expression/functions/functions.h"
#include "time/date_format.h"
#include "time/date_parse.h"

namespace penstock {
namespace {

// Children of $dateToString.
enum ToArgument { kDate, kFormat, kToZone, kOnNull, kToArguments };
constexpr NamedArgument kToNames[kToArguments] = {{"date", true}, {"format"}, {"timezone"}, {"onNull"}};

constexpr std::string_view kFormatOfUtc = "%Y-%m-%dT%H:%M:%S.%LZ";
constexpr std::string_view kFormatOfZones = "%Y-%m-%dT%H:%M:%S.%L";

Result<void> check_format(const Value& format) {
  if (format.is_nullish()) return {};
  if (!format.is_string()) {
    return Error(ErrorCode{18533}, "$dateToString requires that 'format' be a string, found: {} with value {}",
                 type_name(format.type()), to_text(format));
  }
  return check_date_format(format.as_string());
}

Result<Value> text_of(EventTime date, std::string_view format, const TimeZone& zone, Arena& arena) {
  std::string text;
  PS_TRY(append_date(date, format, zone, text));
  return Value::string(arena.copy(text));
}

Result<Value> evaluate_to_string(std::span<const ExpressionPtr> arguments, EvalContext& context) {
  PS_TRY(const Value date, arguments[kDate]->evaluate(context));
  PS_TRY(const Value format, evaluate_optional(arguments[kFormat], context));
  PS_TRY(check_format(format));
  PS_TRY(const std::optional<TimeZone> zone, evaluate_zone(arguments[kToZone], context));
  if (date.is_nullish()) return arguments[kOnNull] ? arguments[kOnNull]->evaluate(context) : Value::null();
  if (!zone || (arguments[kFormat] != nullptr && format.is_nullish())) return Value::null();
  PS_TRY(const EventTime instant, date_of(date));
  const std::string_view otherwise = zone->is_utc() ? kFormatOfUtc : kFormatOfZones;
  return text_of(instant, format.is_string() ? format.as_string() : otherwise, *zone, context.arena);
}

Result<ExpressionPtr> parse_to_string(const Value& argument, ParseContext& context) {
  constexpr NamedArgumentErrors kErrors = {
      .not_an_object = ErrorCode{18629}, .unknown = ErrorCode{18534}, .missing = ErrorCode{18628}};
  PS_TRY(auto arguments, parse_named_arguments("$dateToString", kToNames, kErrors, argument, context));
  return make_lazy("$dateToString", evaluate_to_string, std::move(arguments));
}

// Children of $dateFromString.
enum FromArgument { kText, kFromFormat, kFromZone, kOnError, kFromOnNull, kFromArguments };
constexpr NamedArgument kFromNames[kFromArguments] = {
    {"dateString", true}, {"format"}, {"timezone"}, {"onError"}, {"onNull"}};

Result<void> check_from_format(const Value& format) {
  if (format.is_nullish()) return {};
  if (!format.is_string()) {
    return Error(ErrorCode{40684}, "$dateFromString requires that 'format' be a string, found: {} with value {}",
                 type_name(format.type()), to_text(format));
  }
  return check_parse_format(format.as_string());
}

Result<Value> date_from(const Value& text, const Value& format, const TimeZone& zone) {
  auto date =
      format.is_string() ? parse_date(text.as_string(), format.as_string(), zone) : parse_date(text.as_string(), zone);
  if (!date.ok()) return date.take_error();
  return Value::date(*date);
}

// Errors of the format and the zone are there whatever the text is; onError is for the text alone.
Result<Value> evaluate_from_string(std::span<const ExpressionPtr> arguments, EvalContext& context) {
  PS_TRY(const Value text, arguments[kText]->evaluate(context));
  PS_TRY(const Value format, evaluate_optional(arguments[kFromFormat], context));
  PS_TRY(check_from_format(format));
  PS_TRY(const std::optional<TimeZone> zone, evaluate_zone(arguments[kFromZone], context));
  if (text.is_nullish()) return arguments[kFromOnNull] ? arguments[kFromOnNull]->evaluate(context) : Value::null();
  Result<Value> date = Value::null();
  if (!text.is_string()) {
    date = Error(ErrorCode::kConversionFailure,
                 "$dateFromString requires that 'dateString' be a string, found: {} with value {}",
                 type_name(text.type()), to_text(text));
  } else if (zone && (arguments[kFromFormat] == nullptr || format.is_string())) {
    date = date_from(text, format, *zone);
  }
  if (!date.ok() && arguments[kOnError] != nullptr) return arguments[kOnError]->evaluate(context);
  return date;
}

Result<ExpressionPtr> parse_from_string(const Value& argument, ParseContext& context) {
  constexpr NamedArgumentErrors kErrors = {
      .not_an_object = ErrorCode{40540}, .unknown = ErrorCode{40541}, .missing = ErrorCode{40542}};
  PS_TRY(auto arguments, parse_named_arguments("$dateFromString", kFromNames, kErrors, argument, context));
  return make_lazy("$dateFromString", evaluate_from_string, std::move(arguments));
}

constexpr Example kFromExamples[] = {
    {R"({$dateFromString: {dateString: "$a"}})", R"({a: "2023-05-17T10:20:30.5Z"})",
     R"({$date: "2023-05-17T10:20:30.500Z"})"},
    {R"({$dateFromString: {dateString: "$a", timezone: "America/Chicago"}})", R"({a: "May 17, 2023 5:20 pm"})",
     R"({$date: "2023-05-17T22:20:00Z"})"},
    {R"({$dateFromString: {dateString: "$a", format: "%d.%m.%Y"}})", R"({a: "17.05.2023"})",
     R"({$date: "2023-05-17T00:00:00Z"})"},
    {R"({$dateFromString: {dateString: "$a", onError: "bad", onNull: "none"}})", R"({a: "2023-02-30"})", R"("bad")"},
    {R"({$dateFromString: {dateString: "$a"}})", R"({a: "x"})", "error 241"},
};
constexpr Example kToExamples[] = {
    {R"({$dateToString: {date: "$a"}})", R"({a: {$date: "2023-05-17T10:20:30.456Z"}})",
     R"("2023-05-17T10:20:30.456Z")"},
    {R"({$dateToString: {date: "$a", format: "%d.%m.%Y %H:%M %z", timezone: "America/Chicago"}})",
     R"({a: {$date: "2023-05-17T10:20:30.456Z"}})", R"("17.05.2023 05:20 -0500")"},
    {R"({$dateToString: {date: "$a", format: "%b %d, %G-W%V-%u"}})", R"({a: {$date: "2023-05-17T10:20:30.456Z"}})",
     R"("May 17, 2023-W20-3")"},
    {R"({$dateToString: {date: "$a", onNull: "never"}})", R"({})", R"("never")"},
    {R"({$dateToString: {date: "$a", format: "%Q"}})", R"({})", "error 18536"},
};

constexpr Function kDateTextFunctions[] = {
    {.name = "$dateFromString",
     .arity = Arity::exactly(1),
     .summary = "A date out of text: as people write it, or by a format such as \"%Y-%m-%d\".",
     .parse = parse_from_string,
     .examples = kFromExamples},
    {.name = "$dateToString",
     .arity = Arity::exactly(1),
     .summary = "A date as text, by a format such as \"%Y-%m-%d\" on a time zone's clocks.",
     .parse = parse_to_string,
     .examples = kToExamples},
};

}  // namespace

std::span<const Function> date_text_functions() { return kDateTextFunctions; }

}  // namespace penstock

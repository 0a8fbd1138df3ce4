// SPDX-License-Identifier: Apache-2.0
// $convert and the $toX operators (reference mql-semantics 10). Arguments and their errors stand here, what happens to
// the value in convert_value.h.
#include "bson/ejson.h"
#include "bson/number.h"
#include "expression/functions/convert_value.h"
#include "expression/functions/functions.h"

namespace penstock {
namespace {

// Children of $convert.
enum Argument { kInput, kTo, kOnError, kOnNull, kFormat, kByteOrder, kArguments };
constexpr NamedArgument kNames[kArguments] = {{"input", true}, {"to", true}, {"onError"},
                                              {"onNull"},      {"format"},   {"byteOrder"}};

// Missing counts as a type: nothing can be converted to it.
bool is_type_number(int64_t n) {
  return (n >= static_cast<int64_t>(Type::kMissing) && n <= static_cast<int64_t>(Type::kDecimal)) || n == 127 ||
         n == -1;
}

Result<Type> type_named(std::string_view name) {
  for (int n = -1; n <= 127; ++n) {
    const auto type = static_cast<Type>(static_cast<uint8_t>(n));  // -1 is stored as 255.
    if (is_type_number(n) && type_name(type) == name) return type;
  }
  return Error(ErrorCode::kBadValue, "Unknown type name: {}", name);
}

Result<Type> type_of(const Value& to) {
  if (to.is_string()) return type_named(to.as_string());
  if (!to.is_number()) {
    return Error(ErrorCode::kFailedToParse, "$convert's 'to' argument must be a string or number, but is {}",
                 type_name(to.type()));
  }
  const auto n = to_integral(to);
  if (!n) {
    return Error(ErrorCode::kFailedToParse, "In $convert, numeric 'to' argument is not an integer: {}", to_text(to));
  }
  if (!is_type_number(*n)) {
    return Error(ErrorCode::kFailedToParse,
                 "In $convert, numeric value for 'to' does not correspond to a BSON type: {}", *n);
  }
  return static_cast<Type>(static_cast<uint8_t>(*n));
}

Result<uint8_t> subtype_of(const Value& subtype) {
  if (!subtype.is_number()) {
    return Error(ErrorCode{4341108}, "$convert's 'subtype' argument must be a number, but is {}",
                 type_name(subtype.type()));
  }
  const auto n = to_integral(subtype);
  if (!n) {
    return Error(ErrorCode{4341106}, "In $convert, numeric 'subtype' argument is not an integer: {}", to_text(subtype));
  }
  constexpr int64_t kSubtypeMax = 9;
  constexpr int64_t kUserDefined = 128;
  if ((*n < 0 || *n > kSubtypeMax) && (*n < kUserDefined || *n > 255)) {
    return Error(ErrorCode{4341107}, "In $convert, numeric value for 'subtype' is no subtype of binData: {}", *n);
  }
  return static_cast<uint8_t>(*n);
}

Result<BinaryFormat> format_of(const Value& format) {
  constexpr std::pair<std::string_view, BinaryFormat> kFormats[] = {
      {"auto", BinaryFormat::kAuto}, {"base64", BinaryFormat::kBase64}, {"base64url", BinaryFormat::kBase64Url},
      {"hex", BinaryFormat::kHex},   {"utf8", BinaryFormat::kUtf8},     {"uuid", BinaryFormat::kUuid}};
  if (!format.is_string()) {
    return Error(ErrorCode{4341114}, "$convert requires that 'format' be a string, found: {}",
                 type_name(format.type()));
  }
  for (const auto& [name, known] : kFormats) {
    if (format.as_string() == name) return known;
  }
  return Error(ErrorCode{4341125}, "Invalid 'format' argument for $convert: {}", format.as_string());
}

Result<bool> is_big_endian(const Value& byte_order) {
  if (!byte_order.is_string()) {
    return Error(ErrorCode{9130001}, "$convert requires that 'byteOrder' be a string, found: {}",
                 type_name(byte_order.type()));
  }
  if (byte_order.as_string() == "big") return true;
  if (byte_order.as_string() == "little") return false;
  return Error(ErrorCode{9130002}, "Invalid 'byteOrder' argument for $convert: {}; it is \"little\" or \"big\"",
               byte_order.as_string());
}

// The type to convert to, as a name, a number or {type, subtype}.
Result<Conversion> target_of(const Value& to) {
  Conversion conversion;
  Value type = to;
  if (to.is_object()) {
    for (const Element& element : to.as_object()) {
      if (element.name != "type" && element.name != "subtype") {
        return Error(ErrorCode::kFailedToParse, "$convert found an unknown argument in 'to': {}", element.name);
      }
    }
    type = to.as_object().get("type");
    if (type.is_nullish()) return Error(ErrorCode::kFailedToParse, "Missing 'type' in the 'to' argument of $convert");
    const Value subtype = to.as_object().get("subtype");
    if (!subtype.is_nullish()) {
      PS_TRY(conversion.subtype, subtype_of(subtype));
    }
  }
  PS_TRY(conversion.to, type_of(type));
  return conversion;
}

Result<Value> evaluate_or(const ExpressionPtr& handler, EvalContext& context) {
  return handler == nullptr ? Value::null() : handler->evaluate(context);
}

Result<Value> evaluate_convert(std::span<const ExpressionPtr> arguments, EvalContext& context) {
  Value values[kArguments];
  for (const Argument i : {kInput, kTo, kFormat, kByteOrder}) {
    if (arguments[i] != nullptr) {
      PS_TRY(values[i], arguments[i]->evaluate(context));
    }
  }
  if (values[kInput].is_nullish()) return evaluate_or(arguments[kOnNull], context);
  if (values[kTo].is_nullish()) return Value::null();
  PS_TRY(Conversion conversion, target_of(values[kTo]));
  if (!values[kFormat].is_nullish()) {
    PS_TRY(conversion.format, format_of(values[kFormat]));
  }
  if (!values[kByteOrder].is_nullish()) {
    PS_TRY(conversion.big_endian, is_big_endian(values[kByteOrder]));
  }
  auto converted = convert_value(values[kInput], conversion, context.arena);
  const bool handled =
      !converted.ok() && arguments[kOnError] != nullptr && converted.error().code() == ErrorCode::kConversionFailure;
  return handled ? arguments[kOnError]->evaluate(context) : std::move(converted);
}

Result<ExpressionPtr> parse_convert(const Value& argument, ParseContext& context) {
  constexpr NamedArgumentErrors kErrors = {.not_an_object = ErrorCode::kFailedToParse,
                                           .unknown = ErrorCode::kFailedToParse,
                                           .missing = ErrorCode::kFailedToParse};
  PS_TRY(auto arguments, parse_named_arguments("$convert", kNames, kErrors, argument, context));
  return make_lazy("$convert", evaluate_convert, std::move(arguments));
}

struct Shorthand {
  std::string_view name;
  Conversion conversion;
};

template <const Shorthand& kShorthand>
Result<Value> evaluate_shorthand(std::span<const ExpressionPtr> arguments, EvalContext& context) {
  PS_TRY(const Value value, arguments[0]->evaluate(context));
  if (value.is_nullish()) return Value::null();
  return convert_value(value, kShorthand.conversion, context.arena);
}

template <const Shorthand& kShorthand>
Result<ExpressionPtr> parse_shorthand(const Value& argument, ParseContext& context) {
  Value input = argument;
  if (argument.is_array()) {
    if (const size_t count = argument.as_array().count(); count != 1) {
      return Error(ErrorCode{50723}, "{} requires a single argument, got {}", kShorthand.name, count);
    }
    input = argument.as_array().begin()->value;
  }
  std::vector<ExpressionPtr> arguments(1);
  PS_TRY(arguments[0], parse_expression(input, context));
  return make_lazy(kShorthand.name, evaluate_shorthand<kShorthand>, std::move(arguments));
}

constexpr Shorthand kToBool{"$toBool", {.to = Type::kBool}};
constexpr Shorthand kToDate{"$toDate", {.to = Type::kDate}};
constexpr Shorthand kToDecimal{"$toDecimal", {.to = Type::kDecimal}};
constexpr Shorthand kToDouble{"$toDouble", {.to = Type::kDouble}};
constexpr Shorthand kToInt{"$toInt", {.to = Type::kInt}};
constexpr Shorthand kToLong{"$toLong", {.to = Type::kLong}};
constexpr Shorthand kToObjectId{"$toObjectId", {.to = Type::kObjectId}};
constexpr Shorthand kToString{"$toString", {.to = Type::kString, .format = BinaryFormat::kAuto}};
constexpr Shorthand kToUuid{"$toUUID", {.to = Type::kBinData, .subtype = 4, .format = BinaryFormat::kUuid}};

constexpr Example kConvertExamples[] = {
    {R"({$convert: {input: "$a", to: "int"}})", R"({a: "12"})", "12"},
    {R"({$convert: {input: "$a", to: "int", onError: -1}})", R"({a: "x"})", "-1"},
    {R"({$convert: {input: "$a", to: "int", onNull: 0}})", R"({})", "0"},
    {R"({$convert: {input: "$a", to: "binData", format: "hex"}})", R"({a: "00FF"})",
     R"({$binary: {base64: "AP8=", subType: "00"}})"},
    {R"({$convert: {input: "$a", to: "int"}})", R"({a: "x"})", "error 241"},
    {R"({$convert: {input: "$a", to: "nothing", onError: 0}})", R"({a: "x"})", "error BadValue"},
};
constexpr Example kToBoolExamples[] = {
    {R"({$toBool: "$a"})", R"({a: 0})", "false"},
    {R"({$toBool: "$a"})", R"({a: "false"})", "true"},
};
constexpr Example kToDateExamples[] = {
    {R"({$toDate: "$a"})", R"({a: "2023-05-17T10:20:00Z"})", R"({$date: "2023-05-17T10:20:00Z"})"},
    {R"({$toDate: "$a"})", R"({a: {$numberLong: "5"}})", R"({$date: "1970-01-01T00:00:00.005Z"})"},
    {R"({$toDate: "$a"})", R"({a: 5})", "error 241"},
};
constexpr Example kToDecimalExamples[] = {
    {R"({$toDecimal: "$a"})", R"({a: 0.5})", R"({$numberDecimal: "0.500000000000000"})"},
    {R"({$toDecimal: "$a"})", R"({a: "1.50"})", R"({$numberDecimal: "1.50"})"},
};
constexpr Example kToDoubleExamples[] = {
    {R"({$toDouble: "$a"})", R"({a: "1e3"})", "1000.0"},
    {R"({$toDouble: "$a"})", R"({a: true})", "1.0"},
};
constexpr Example kToIntExamples[] = {
    {R"({$toInt: "$a"})", R"({a: -7.9})", "-7"},
    {R"({$toInt: "$a"})", R"({a: "12.0"})", "error 241"},
    {R"({$toInt: "$a"})", R"({})", "null"},
};
constexpr Example kToLongExamples[] = {
    {R"({$toLong: "$a"})", R"({a: {$date: "1970-01-01T00:00:01Z"}})", R"({$numberLong: "1000"})"},
};
constexpr Example kToObjectIdExamples[] = {
    {R"({$toObjectId: "$a"})", R"({a: "64641900aabbccddeeff0011"})", R"({$oid: "64641900aabbccddeeff0011"})"},
    {R"({$toObjectId: "$a"})", R"({a: "12"})", "error 241"},
};
constexpr Example kToStringExamples[] = {
    {R"({$toString: "$a"})", R"({a: 2.50})", R"("2.5")"},
    {R"({$toString: "$a"})", R"({a: {$date: "2023-05-17T10:20:00Z"}})", R"("2023-05-17T10:20:00.000Z")"},
    {R"({$toString: "$a"})", R"({a: []})", "error 241"},
};
constexpr Example kToUuidExamples[] = {
    {R"({$toUUID: "$a"})", R"({a: "00112233-4455-6677-8899-aabbccddeeff"})",
     R"({$binary: {base64: "ABEiM0RVZneImaq7zN3u/w==", subType: "04"}})"},
};

template <const Shorthand& kShorthand>
constexpr Function row(std::string_view summary, std::span<const Example> examples) {
  return {.name = kShorthand.name,
          .arity = Arity::exactly(1),
          .summary = summary,
          .parse = parse_shorthand<kShorthand>,
          .examples = examples};
}

constexpr Function kConversionFunctions[] = {
    {.name = "$convert",
     .arity = Arity::exactly(1),
     .summary = "A value as another type; `onError` and `onNull` stand in for what has none.",
     .parse = parse_convert,
     .examples = kConvertExamples},
    row<kToBool>("The value as a bool; every string is true.", kToBoolExamples),
    row<kToDate>("The value as a date: text, milliseconds (not as an int), objectId, timestamp.", kToDateExamples),
    row<kToDecimal>("The value as a decimal; doubles with 15 digits.", kToDecimalExamples),
    row<kToDouble>("The value as a double.", kToDoubleExamples),
    row<kToInt>("The value as an int, cut toward zero.", kToIntExamples),
    row<kToLong>("The value as a long, cut toward zero; dates as milliseconds.", kToLongExamples),
    row<kToObjectId>("24 hexadecimal digits as an objectId.", kToObjectIdExamples),
    row<kToString>("The value as text.", kToStringExamples),
    row<kToUuid>("The text of a UUID as binary data.", kToUuidExamples),
};

}  // namespace

std::span<const Function> conversion_functions() { return kConversionFunctions; }

}  // namespace penstock

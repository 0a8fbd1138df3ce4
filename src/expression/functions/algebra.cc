// SPDX-License-Identifier: Apache-2.0
// Powers, roots, exponentials and logarithms (reference mql-semantics 4). A decimal argument gives a decimal, every
// other number a double; $pow alone keeps whole numbers whole.
#include <algorithm>
#include <cmath>

#include "bson/decimal.h"
#include "bson/ejson.h"
#include "bson/number.h"
#include "expression/functions/functions.h"

namespace penstock {
namespace {

Error not_numeric(std::string_view function, const Value& found) {
  return Error(ErrorCode{28765}, "{} only supports numeric types, not {}", function, type_name(found.type()));
}

Value decimal_in(Arena& arena, Decimal d) { return Value::decimal(arena.make(d)); }

constexpr Decimal kZeroDecimal{0, 0x3040000000000000};
constexpr Decimal kOneDecimal{1, 0x3040000000000000};

// -1, 0, 1 by the number's sign; NaN counts as positive: it passes every check of a range.
int sign_of(const Value& number) {
  if (is_nan(number)) return 1;
  if (is_zero(number)) return 0;
  if (number.type() == Type::kDecimal) return compare_decimals(number.as_decimal(), kZeroDecimal);
  return to_double(number) < 0 ? -1 : 1;
}

// One argument, checked by a least sign.
struct Curve {
  std::string_view name;
  double (*of_double)(double);
  Decimal (*of_decimal)(Decimal);
  int sign_min = -1;
  ErrorCode out_of_range = {};
};

Error out_of_range(const Curve& curve, const Value& number) {
  if (curve.sign_min == 0) {
    return Error(curve.out_of_range, "{}'s argument must be greater than or equal to 0", curve.name);
  }
  return Error(curve.out_of_range, "{}'s argument must be a positive number, but is {}", curve.name, to_text(number));
}

template <const Curve& kCurve>
Result<Value> on_curve(std::span<const Value> arguments, EvalContext& context) {
  const Value& number = arguments[0];
  if (number.is_nullish()) return Value::null();
  if (!number.is_number()) return not_numeric(kCurve.name, number);
  if (sign_of(number) < kCurve.sign_min) return out_of_range(kCurve, number);
  // A logarithm of NaN is a double even if the NaN is a decimal: so it was measured.
  const bool as_double = number.type() != Type::kDecimal || (kCurve.sign_min == 1 && is_nan(number));
  if (as_double) return Value::number(kCurve.of_double(to_double(number)));
  return decimal_in(context.arena, kCurve.of_decimal(number.as_decimal()));
}

constexpr Curve kExp{"$exp", std::exp, exp_decimal};
constexpr Curve kLn{"$ln", std::log, ln_decimal, 1, ErrorCode{28766}};
constexpr Curve kLog10{"$log10", std::log10, log10_decimal, 1, ErrorCode{28761}};
constexpr Curve kSqrt{"$sqrt", std::sqrt, sqrt_decimal, 0, ErrorCode{28714}};

bool is_one(const Value& number) {
  if (number.type() == Type::kDecimal) return compare_decimals(number.as_decimal(), kOneDecimal) == 0;
  return to_double(number) == 1;
}

// Both are positive and finite or infinite.
Decimal log_of_decimal(Decimal number, Decimal base) {
  constexpr Decimal kTen{10, 0x3040000000000000};
  if (compare_decimals(number, kOneDecimal) == 0) return kZeroDecimal;
  if (compare_decimals(base, kTen) == 0) return log10_decimal(number);
  return divide_decimals(ln_decimal(number), ln_decimal(base));
}

Result<Value> log(std::span<const Value> arguments, EvalContext& context) {
  const Value& number = arguments[0];
  const Value& base = arguments[1];
  if (number.is_nullish() || base.is_nullish()) return Value::null();
  if (!number.is_number()) {
    return Error(ErrorCode{28756}, "$log's argument must be numeric, not {}", type_name(number.type()));
  }
  if (!base.is_number()) {
    return Error(ErrorCode{28757}, "$log's base must be numeric, not {}", type_name(base.type()));
  }
  if (sign_of(number) <= 0) {
    return Error(ErrorCode{28758}, "$log's argument must be a positive number, but is {}", to_text(number));
  }
  if (sign_of(base) <= 0 || is_one(base)) {
    return Error(ErrorCode{28759}, "$log's base must be a positive number not equal to 1, but is {}", to_text(base));
  }
  const bool any_decimal = number.type() == Type::kDecimal || base.type() == Type::kDecimal;
  if (any_decimal && !is_nan(number) && !is_nan(base)) {
    return decimal_in(context.arena, log_of_decimal(to_decimal(number, true), to_decimal(base, true)));
  }
  return Value::number(std::log(to_double(number)) / std::log(to_double(base)));
}

// base^exponent as a long by squaring; empty when it does not fit. exponent >= 0.
std::optional<int64_t> whole_power(int64_t base, int64_t exponent) {
  int64_t power = 1;
  while (exponent > 0) {
    if ((exponent & 1) != 0 && __builtin_mul_overflow(power, base, &power)) return std::nullopt;
    exponent >>= 1;
    // The square may be too large and never needed.
    if (exponent > 0 && __builtin_mul_overflow(base, base, &base)) return std::nullopt;
  }
  return power;
}

Value power_of_integers(int64_t base, int64_t exponent, bool any_long) {
  // With a negative exponent only 1 and -1 stay whole.
  if (exponent < 0 && (base == 1 || base == -1)) exponent = exponent % 2 == 0 ? 0 : 1;
  const auto power = exponent < 0 ? std::nullopt : whole_power(base, exponent);
  if (!power) return Value::number(std::pow(static_cast<double>(base), static_cast<double>(exponent)));
  return any_long ? Value::int64(*power) : int_or_long(*power);
}

// With all 34 digits written out, as MongoDB has it; a zero with the least exponent.
Decimal power_of_decimals(Decimal base, Decimal exponent) {
  const Decimal power = pow_decimal(base, exponent);
  const DecimalParts parts = unpack_decimal(power);
  if (parts.kind != DecimalKind::kFinite) return power;
  if (parts.coefficient == 0) return pack_decimal({.negative = parts.negative, .exponent = kDecimalExponentMin});
  const int lowest = parts.exponent + count_digits(parts.coefficient) - kDecimalDigitsMax;
  return quantize_decimal(power, std::max(lowest, kDecimalExponentMin), DecimalRounding::kHalfEven);
}

Result<Value> pow(std::span<const Value> arguments, EvalContext& context) {
  const Value& base = arguments[0];
  const Value& exponent = arguments[1];
  if (base.is_nullish() || exponent.is_nullish()) return Value::null();
  if (!base.is_number()) {
    return Error(ErrorCode{28762}, "$pow's base must be numeric, not {}", type_name(base.type()));
  }
  if (!exponent.is_number()) {
    return Error(ErrorCode{28763}, "$pow's exponent must be numeric, not {}", type_name(exponent.type()));
  }
  if (is_zero(base) && sign_of(exponent) < 0) {
    return Error(ErrorCode{28764}, "$pow cannot take a base of 0 and a negative exponent");
  }
  if (base.type() == Type::kDecimal || exponent.type() == Type::kDecimal) {
    return decimal_in(context.arena, power_of_decimals(to_decimal(base, true), to_decimal(exponent, true)));
  }
  if (base.type() == Type::kDouble || exponent.type() == Type::kDouble) {
    return Value::number(std::pow(to_double(base), to_double(exponent)));
  }
  const bool any_long = base.type() == Type::kLong || exponent.type() == Type::kLong;
  return power_of_integers(base.as_integer(), exponent.as_integer(), any_long);
}

// 1 / (1 + e^-x)
Result<Value> evaluate_sigmoid(std::span<const ExpressionPtr> arguments, EvalContext& context) {
  PS_TRY(const Value number, arguments[0]->evaluate(context));
  if (number.is_nullish()) return Value::null();
  if (!number.is_number()) {
    return Error(ErrorCode::kTypeMismatch, "$sigmoid only supports numeric types, not {}", type_name(number.type()));
  }
  if (number.type() != Type::kDecimal) return Value::number(1 / (1 + std::exp(-to_double(number))));
  const Decimal power = exp_decimal(multiply_decimals(decimal_from_integer(-1), number.as_decimal()));
  return decimal_in(context.arena, divide_decimals(kOneDecimal, add_decimals(kOneDecimal, power)));
}

// An array is the argument itself here, not a list of one.
Result<ExpressionPtr> parse_sigmoid(const Value& argument, ParseContext& context) {
  std::vector<ExpressionPtr> arguments(1);
  PS_TRY(arguments[0], parse_expression(argument, context));
  return make_lazy("$sigmoid", evaluate_sigmoid, std::move(arguments));
}

constexpr Example kExpExamples[] = {
    {R"({$exp: "$a"})", R"({a: 0})", "1.0"},
    {R"({$exp: "$a"})", R"({})", "null"},
    {R"({$exp: "$a"})", R"({a: "x"})", "error 28765"},
};
constexpr Example kLnExamples[] = {
    {R"({$ln: "$a"})", R"({a: 1})", "0.0"},
    {R"({$ln: "$a"})", R"({a: 0})", "error 28766"},
};
constexpr Example kLogExamples[] = {
    {R"({$log: ["$a", 2]})", R"({a: 8})", "3.0"},
    {R"({$log: ["$a", 1]})", R"({a: 8})", "error 28759"},
};
constexpr Example kLog10Examples[] = {
    {R"({$log10: "$a"})", R"({a: 1000})", "3.0"},
    {R"({$log10: "$a"})", R"({a: -1})", "error 28761"},
};
constexpr Example kPowExamples[] = {
    {R"({$pow: ["$a", 4]})", R"({a: 3})", "81"},
    {R"({$pow: ["$a", 25]})", R"({a: 3})", R"({$numberLong: "847288609443"})"},
    {R"({$pow: ["$a", -2]})", R"({a: 2})", "0.25"},
    {R"({$pow: ["$a", -1]})", R"({a: 0})", "error 28764"},
};
constexpr Example kSigmoidExamples[] = {
    {R"({$sigmoid: "$a"})", R"({a: 0})", "0.5"},
    {R"({$sigmoid: "$a"})", R"({a: "x"})", "error TypeMismatch"},
};
constexpr Example kSqrtExamples[] = {
    {R"({$sqrt: "$a"})", R"({a: 25})", "5.0"},
    {R"({$sqrt: "$a"})", R"({a: -1})", "error 28714"},
};

constexpr Function kAlgebraFunctions[] = {
    {.name = "$exp",
     .arity = Arity::exactly(1),
     .summary = "e to the power of the argument.",
     .evaluate = on_curve<kExp>,
     .examples = kExpExamples},
    {.name = "$ln",
     .arity = Arity::exactly(1),
     .summary = "The natural logarithm.",
     .evaluate = on_curve<kLn>,
     .examples = kLnExamples},
    {.name = "$log",
     .arity = Arity::exactly(2),
     .summary = "The logarithm of the first number to the base of the second.",
     .evaluate = log,
     .examples = kLogExamples},
    {.name = "$log10",
     .arity = Arity::exactly(1),
     .summary = "The logarithm to base 10.",
     .evaluate = on_curve<kLog10>,
     .examples = kLog10Examples},
    {.name = "$pow",
     .arity = Arity::exactly(2),
     .summary = "The first number to the power of the second; whole numbers stay whole while they fit.",
     .evaluate = pow,
     .examples = kPowExamples},
    {.name = "$sigmoid",
     .arity = Arity::exactly(1),
     .summary = "1 / (1 + e^-x).",
     .parse = parse_sigmoid,
     .examples = kSigmoidExamples},
    {.name = "$sqrt",
     .arity = Arity::exactly(1),
     .summary = "The square root.",
     .evaluate = on_curve<kSqrt>,
     .examples = kSqrtExamples},
};

}  // namespace

std::span<const Function> algebra_functions() { return kAlgebraFunctions; }

}  // namespace penstock

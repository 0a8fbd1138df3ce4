// SPDX-License-Identifier: Apache-2.0
// Trigonometry (reference mql-semantics 12), angles in radians. A decimal gives a decimal, every other number a double.
#include <cmath>
#include <limits>
#include <numbers>

#include "bson/decimal.h"
#include "bson/ejson.h"
#include "bson/number.h"
#include "expression/functions/functions.h"

namespace penstock {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// One argument in [low, high], or strictly between them when `open`. NaN passes.
struct Curve {
  std::string_view name;
  double (*of_double)(double);
  Decimal (*of_decimal)(Decimal);
  double low = -kInfinity;
  double high = kInfinity;
  bool open = false;
  std::string_view interval = "";
};

bool within(const Curve& curve, const Value& number) {
  if (is_nan(number)) return true;
  if (number.type() == Type::kDecimal) {
    // The bounds are whole or infinite, so nothing is lost.
    const int low = compare_decimals(number.as_decimal(), decimal_from_double(curve.low));
    const int high = compare_decimals(number.as_decimal(), decimal_from_double(curve.high));
    return curve.open ? low > 0 && high < 0 : low >= 0 && high <= 0;
  }
  const double d = to_double(number);
  return curve.open ? d > curve.low && d < curve.high : d >= curve.low && d <= curve.high;
}

template <const Curve& kCurve>
Result<Value> on_curve(std::span<const Value> arguments, EvalContext& context) {
  const Value& number = arguments[0];
  if (number.is_nullish()) return Value::null();
  if (!number.is_number()) {
    return Error(ErrorCode{28765}, "{} only supports numeric types, not {}", kCurve.name, type_name(number.type()));
  }
  if (!within(kCurve, number)) {
    return Error(ErrorCode{50989}, "cannot apply {} to {}, value must be in {}", kCurve.name, to_text(number),
                 kCurve.interval);
  }
  if (number.type() != Type::kDecimal) return Value::number(kCurve.of_double(to_double(number)));
  return Value::decimal(context.arena.make(kCurve.of_decimal(number.as_decimal())));
}

// 180 / pi and pi / 180 to 34 digits.
Decimal degrees_decimal(Decimal radians) {
  static const Decimal kFactor = *decimal_from_text("57.29577951308232087679815481410517");
  return multiply_decimals(radians, kFactor);
}
Decimal radians_decimal(Decimal degrees) {
  static const Decimal kFactor = *decimal_from_text("0.01745329251994329576923690768488613");
  return multiply_decimals(degrees, kFactor);
}
double degrees_double(double radians) { return radians * (180 / std::numbers::pi); }
double radians_double(double degrees) { return degrees * (std::numbers::pi / 180); }

constexpr Curve kAcos{"$acos", std::acos, acos_decimal, -1, 1, false, "[-1,1]"};
constexpr Curve kAcosh{"$acosh", std::acosh, acosh_decimal, 1, kInfinity, false, "[1,inf]"};
constexpr Curve kAsin{"$asin", std::asin, asin_decimal, -1, 1, false, "[-1,1]"};
constexpr Curve kAsinh{"$asinh", std::asinh, asinh_decimal};
constexpr Curve kAtan{"$atan", std::atan, atan_decimal};
constexpr Curve kAtanh{"$atanh", std::atanh, atanh_decimal, -1, 1, false, "[-1,1]"};
constexpr Curve kCos{"$cos", std::cos, cos_decimal, -kInfinity, kInfinity, true, "(-inf,inf)"};
constexpr Curve kCosh{"$cosh", std::cosh, cosh_decimal};
constexpr Curve kDegreesToRadians{"$degreesToRadians", radians_double, radians_decimal};
constexpr Curve kRadiansToDegrees{"$radiansToDegrees", degrees_double, degrees_decimal};
constexpr Curve kSin{"$sin", std::sin, sin_decimal, -kInfinity, kInfinity, true, "(-inf,inf)"};
constexpr Curve kSinh{"$sinh", std::sinh, sinh_decimal};
constexpr Curve kTan{"$tan", std::tan, tan_decimal, -kInfinity, kInfinity, true, "(-inf,inf)"};
constexpr Curve kTanh{"$tanh", std::tanh, tanh_decimal};

Result<Value> atan2(std::span<const Value> arguments, EvalContext& context) {
  const Value& y = arguments[0];
  const Value& x = arguments[1];
  if (y.is_nullish() || x.is_nullish()) return Value::null();
  if (!y.is_number()) {
    return Error(ErrorCode{51044}, "$atan2 only supports numeric types, not {}", type_name(y.type()));
  }
  if (!x.is_number()) {
    return Error(ErrorCode{51045}, "$atan2 only supports numeric types, not {}", type_name(x.type()));
  }
  if (y.type() == Type::kDecimal || x.type() == Type::kDecimal) {
    return Value::decimal(context.arena.make(atan2_decimal(to_decimal(y, true), to_decimal(x, true))));
  }
  return Value::number(std::atan2(to_double(y), to_double(x)));
}

constexpr Example kAcosExamples[] = {
    {R"({$acos: "$a"})", R"({a: 1})", "0.0"},
    {R"({$acos: "$a"})", R"({a: 2})", "error 50989"},
};
constexpr Example kAcoshExamples[] = {
    {R"({$acosh: "$a"})", R"({a: 1})", "0.0"},
    {R"({$acosh: "$a"})", R"({a: 0})", "error 50989"},
};
constexpr Example kAsinExamples[] = {
    {R"({$asin: "$a"})", R"({a: 0})", "0.0"},
    {R"({$asin: "$a"})", R"({a: -2})", "error 50989"},
};
constexpr Example kAsinhExamples[] = {{R"({$asinh: "$a"})", R"({a: 0})", "0.0"}};
constexpr Example kAtanExamples[] = {{R"({$atan: "$a"})", R"({a: 0})", "0.0"}};
constexpr Example kAtan2Examples[] = {
    {R"({$atan2: ["$y", "$x"]})", R"({y: 0, x: 1})", "0.0"},
    {R"({$atan2: ["$y", "$x"]})", R"({y: "a", x: 1})", "error 51044"},
};
constexpr Example kAtanhExamples[] = {
    {R"({$atanh: "$a"})", R"({a: 0})", "0.0"},
    {R"({$atanh: "$a"})", R"({a: 2})", "error 50989"},
};
constexpr Example kCosExamples[] = {
    {R"({$cos: "$a"})", R"({a: 0})", "1.0"},
    {R"({$cos: "$a"})", R"({})", "null"},
};
constexpr Example kCoshExamples[] = {{R"({$cosh: "$a"})", R"({a: 0})", "1.0"}};
constexpr Example kDegreesExamples[] = {{R"({$degreesToRadians: "$a"})", R"({a: 180})", "3.141592653589793"}};
constexpr Example kRadiansExamples[] = {{R"({$radiansToDegrees: "$a"})", R"({a: 3.141592653589793})", "180.0"}};
constexpr Example kSinExamples[] = {
    {R"({$sin: "$a"})", R"({a: 0})", "0.0"},
    {R"({$sin: "$a"})", R"({a: "x"})", "error 28765"},
};
constexpr Example kSinhExamples[] = {{R"({$sinh: "$a"})", R"({a: 0})", "0.0"}};
constexpr Example kTanExamples[] = {{R"({$tan: "$a"})", R"({a: 0})", "0.0"}};
constexpr Example kTanhExamples[] = {{R"({$tanh: "$a"})", R"({a: 0})", "0.0"}};

template <const Curve& kCurve>
constexpr Function row(std::string_view summary, std::span<const Example> examples) {
  return {.name = kCurve.name,
          .arity = Arity::exactly(1),
          .summary = summary,
          .evaluate = on_curve<kCurve>,
          .examples = examples};
}

constexpr Function kTrigonometryFunctions[] = {
    row<kAcos>("The angle whose cosine the argument is, in radians.", kAcosExamples),
    row<kAcosh>("The inverse hyperbolic cosine.", kAcoshExamples),
    row<kAsin>("The angle whose sine the argument is, in radians.", kAsinExamples),
    row<kAsinh>("The inverse hyperbolic sine.", kAsinhExamples),
    row<kAtan>("The angle whose tangent the argument is, in radians.", kAtanExamples),
    {.name = "$atan2",
     .arity = Arity::exactly(2),
     .summary = "The angle of the point with the coordinates y (first) and x (second), in radians.",
     .evaluate = atan2,
     .examples = kAtan2Examples},
    row<kAtanh>("The inverse hyperbolic tangent.", kAtanhExamples),
    row<kCos>("The cosine of an angle in radians.", kCosExamples),
    row<kCosh>("The hyperbolic cosine.", kCoshExamples),
    row<kDegreesToRadians>("Degrees as radians.", kDegreesExamples),
    row<kRadiansToDegrees>("Radians as degrees.", kRadiansExamples),
    row<kSin>("The sine of an angle in radians.", kSinExamples),
    row<kSinh>("The hyperbolic sine.", kSinhExamples),
    row<kTan>("The tangent of an angle in radians.", kTanExamples),
    row<kTanh>("The hyperbolic tangent.", kTanhExamples),
};

}  // namespace

std::span<const Function> trigonometry_functions() { return kTrigonometryFunctions; }

}  // namespace penstock

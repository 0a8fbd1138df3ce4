// SPDX-License-Identifier: Apache-2.0
// Arithmetic operators (reference mql-semantics 4). What to do with nulls, wrong types and dates stands here; the
// numbers themselves are bson/number.h.
#include <cmath>

#include "bson/decimal.h"
#include "bson/number.h"
#include "expression/functions/functions.h"

namespace penstock {
namespace {

constexpr int kPlaceMin = -20;
constexpr int kPlaceMax = 100;

Error not_numeric(std::string_view function, const Value& found) {
  return Error(ErrorCode{28765}, "{} only supports numeric types, not {}", function, type_name(found.type()));
}

Error date_overflow(std::string_view function) { return Error(ErrorCode::kOverflow, "date overflow in {}", function); }

// Half away from zero; empty when it does not fit.
std::optional<int64_t> rounded_milliseconds(const Value& number) {
  if (number.type() == Type::kDouble) {
    const double d = std::round(number.as_double());
    if (!(d >= -0x1p63 && d < 0x1p63)) return std::nullopt;
    return static_cast<int64_t>(d);
  }
  if (number.type() != Type::kDecimal) return number.as_integer();
  const Decimal d = number.as_decimal();
  if (unpack_decimal(d).kind != DecimalKind::kFinite) return std::nullopt;
  Decimal whole = quantize_decimal(d, 0, DecimalRounding::kTowardZero);
  const Decimal rest = abs_decimal(subtract_decimals(d, whole));
  constexpr Decimal kHalf{5, 0x303E000000000000};
  if (compare_decimals(rest, kHalf) >= 0) {
    const bool negative = unpack_decimal(d).negative;
    whole = add_decimals(whole, decimal_from_integer(negative ? -1 : 1));
  }
  return to_integral(Value::decimal(&whole));
}

// The running total of $add: whole numbers exactly, until another type comes.
class Total {
 public:
  explicit Total(Arena& arena) : arena_(arena) {}

  void add(const Value& number) {
    const bool whole = number.type() == Type::kInt || number.type() == Type::kLong;
    if (exact_ && whole) {
      integers_ += number.as_integer();
      any_long_ |= number.type() == Type::kLong;
      return;
    }
    const Value before = value();
    exact_ = false;
    other_ = add_numbers(before, number, arena_);
  }

  Value value() const {
    if (!exact_) return other_;
    const auto n = static_cast<int64_t>(integers_);
    if (n != integers_) return Value::number(static_cast<double>(integers_));
    return any_long_ ? Value::int64(n) : int_or_long(n);
  }

 private:
  Arena& arena_;
  __int128 integers_ = 0;
  bool any_long_ = false;
  bool exact_ = true;
  Value other_;
};

// From the date on, everything is milliseconds: each operand is rounded for itself.
Result<Value> add_to_date(const Value& before, std::span<const Value> rest) {
  bool seen = false;
  auto total = rounded_milliseconds(before);
  for (const Value& argument : rest) {
    if (argument.is_nullish()) return Value::null();
    if (argument.type() == Type::kDate) {
      if (seen) return Error(ErrorCode{16612}, "only one date allowed in an $add expression");
      seen = true;
    } else if (!argument.is_number()) {
      return Error(ErrorCode::kTypeMismatch, "$add only supports numeric or date types, not {}",
                   type_name(argument.type()));
    }
    const auto more =
        argument.type() == Type::kDate ? std::optional(argument.as_date().ms) : rounded_milliseconds(argument);
    int64_t sum = 0;
    if (!total || !more || __builtin_add_overflow(*total, *more, &sum)) return date_overflow("$add");
    total = sum;
  }
  return Value::date({*total});
}

Result<Value> add(std::span<const Value> arguments, EvalContext& context) {
  if (arguments.size() == 2 && arguments[0].type() == Type::kInt && arguments[1].type() == Type::kInt) {
    return int_or_long(int64_t{arguments[0].as_int()} + arguments[1].as_int());
  }
  Total total(context.arena);
  for (size_t i = 0; i < arguments.size(); ++i) {
    const Value& argument = arguments[i];
    if (argument.is_nullish()) return Value::null();
    if (argument.type() == Type::kDate) return add_to_date(total.value(), arguments.subspan(i));
    if (!argument.is_number()) {
      return Error(ErrorCode::kTypeMismatch, "$add only supports numeric or date types, not {}",
                   type_name(argument.type()));
    }
    total.add(argument);
  }
  return total.value();
}

// Doubles are cut to whole milliseconds here, decimals rounded half to even: so it was measured.
std::optional<int64_t> milliseconds_to_subtract(const Value& number, Arena& arena) {
  if (number.type() == Type::kDouble) return to_integral(Value::number(std::trunc(number.as_double())));
  if (number.type() != Type::kDecimal) return number.as_integer();
  const auto rounded = round_number(number, 0, arena);
  return rounded.ok() ? to_integral(*rounded) : std::nullopt;
}

Result<Value> subtract_from_date(EventTime left, const Value& right, EvalContext& context) {
  if (right.type() == Type::kDate) {
    // Wraps beyond 292 million years, as MongoDB does.
    return Value::int64(
        static_cast<int64_t>(static_cast<uint64_t>(left.ms) - static_cast<uint64_t>(right.as_date().ms)));
  }
  if (!right.is_number()) {
    return Error(ErrorCode::kTypeMismatch, "can't $subtract {} from Date", type_name(right.type()));
  }
  const auto less = milliseconds_to_subtract(right, context.arena);
  int64_t ms = 0;
  if (!less || __builtin_sub_overflow(left.ms, *less, &ms)) return date_overflow("$subtract");
  return Value::date({ms});
}

Result<Value> subtract(std::span<const Value> arguments, EvalContext& context) {
  const Value& left = arguments[0];
  const Value& right = arguments[1];
  if (left.is_number() && right.is_number()) return subtract_numbers(left, right, context.arena);
  if (left.is_nullish() || right.is_nullish()) return Value::null();
  if (left.type() == Type::kDate) return subtract_from_date(left.as_date(), right, context);
  return Error(ErrorCode::kTypeMismatch, "can't $subtract {} from {}", type_name(right.type()), type_name(left.type()));
}

Result<Value> multiply(std::span<const Value> arguments, EvalContext& context) {
  if (arguments.size() == 2 && arguments[0].is_number() && arguments[1].is_number()) {
    return multiply_numbers(arguments[0], arguments[1], context.arena);
  }
  Value product = Value::int32(1);
  bool all_ints = true;
  for (const Value& argument : arguments) {
    if (argument.is_nullish()) return Value::null();
    if (!argument.is_number()) {
      return Error(ErrorCode::kTypeMismatch, "$multiply only supports numeric types, not {}",
                   type_name(argument.type()));
    }
    all_ints &= argument.type() == Type::kInt;
    product = multiply_numbers(product, argument, context.arena);
  }
  // Only the end decides whether ints need a long: [2147483647, 2, 0] is the int 0.
  if (all_ints && product.type() == Type::kLong) return int_or_long(product.as_long());
  return product;
}

Result<Value> divide(std::span<const Value> arguments, EvalContext& context) {
  const Value& left = arguments[0];
  const Value& right = arguments[1];
  if (left.is_number() && right.is_number()) return divide_numbers(left, right, context.arena);
  if (left.is_nullish() || right.is_nullish()) return Value::null();
  return Error(ErrorCode::kTypeMismatch, "$divide only supports numeric types, not {} and {}", type_name(left.type()),
               type_name(right.type()));
}

Result<Value> mod(std::span<const Value> arguments, EvalContext& context) {
  const Value& left = arguments[0];
  const Value& right = arguments[1];
  if (left.is_number() && right.is_number()) return mod_numbers(left, right, context.arena);
  if (left.is_nullish() || right.is_nullish()) return Value::null();
  return Error(ErrorCode{16611}, "$mod only supports numeric types, not {} and {}", type_name(left.type()),
               type_name(right.type()));
}

Result<Value> abs(std::span<const Value> arguments, EvalContext& context) {
  if (arguments[0].is_nullish()) return Value::null();
  if (!arguments[0].is_number()) return not_numeric("$abs", arguments[0]);
  return abs_number(arguments[0], context.arena);
}

Result<Value> ceil(std::span<const Value> arguments, EvalContext& context) {
  if (arguments[0].is_nullish()) return Value::null();
  if (!arguments[0].is_number()) return not_numeric("$ceil", arguments[0]);
  return ceil_number(arguments[0], context.arena);
}

Result<Value> floor(std::span<const Value> arguments, EvalContext& context) {
  if (arguments[0].is_nullish()) return Value::null();
  if (!arguments[0].is_number()) return not_numeric("$floor", arguments[0]);
  return floor_number(arguments[0], context.arena);
}

Result<int> place_of(std::string_view function, const Value& place) {
  if (!place.is_number()) {
    return Error(ErrorCode{16004}, "can't convert from BSON type {} to long", type_name(place.type()));
  }
  if (place.type() == Type::kDouble && !(std::fabs(place.as_double()) < 0x1p63)) {
    return Error(ErrorCode{31109}, "Can't coerce out of range value {} to long", double_to_text(place.as_double()));
  }
  const auto n = to_integral(place);
  if (!n || *n != static_cast<int32_t>(*n)) {
    return Error(ErrorCode{51082}, "precision argument to  {} must be a integral value", function);
  }
  if (*n < kPlaceMin || *n > kPlaceMax) {
    return Error(ErrorCode{51083}, "cannot apply {} with precision value {} value must be in [{}, {}]", function, *n,
                 kPlaceMin, kPlaceMax);
  }
  return static_cast<int>(*n);
}

using Rounding = Result<Value> (*)(const Value& number, int place, Arena& arena);

Result<Value> to_place(std::string_view function, Rounding rounding, std::span<const Value> arguments,
                       EvalContext& context) {
  const Value& number = arguments[0];
  if (number.is_nullish()) return Value::null();
  if (!number.is_number()) {
    return Error(ErrorCode{51081}, "{} only supports numeric types, not {}", function, type_name(number.type()));
  }
  if (arguments.size() == 1) return rounding(number, 0, context.arena);
  if (arguments[1].is_nullish()) return Value::null();
  PS_TRY(const int place, place_of(function, arguments[1]));
  return rounding(number, place, context.arena);
}

Result<Value> round(std::span<const Value> arguments, EvalContext& context) {
  return to_place("$round", round_number, arguments, context);
}

Result<Value> trunc(std::span<const Value> arguments, EvalContext& context) {
  constexpr Rounding kTrunc = [](const Value& number, int place, Arena& arena) -> Result<Value> {
    return trunc_number(number, place, arena);
  };
  return to_place("$trunc", kTrunc, arguments, context);
}

constexpr Example kAbsExamples[] = {
    {R"({$abs: "$a"})", R"({a: -3})", "3"},
    {R"({$abs: "$a"})", R"({a: -2147483648})", R"({$numberLong: "2147483648"})"},
    {R"({$abs: "$a"})", R"({})", "null"},
    {R"({$abs: "$a"})", R"({a: "x"})", "error 28765"},
};
constexpr Example kAddExamples[] = {
    {R"({$add: ["$a", "$b", 1]})", R"({a: 2, b: 3})", "6"},
    {R"({$add: ["$a", 1]})", R"({a: 2147483647})", R"({$numberLong: "2147483648"})"},
    {R"({$add: ["$ts", 1500]})", R"({ts: {$date: "2023-05-17T10:20:00Z"}})", R"({$date: "2023-05-17T10:20:01.500Z"})"},
    {R"({$add: ["$a", null]})", R"({a: 2})", "null"},
    {R"({$add: ["$a", 1]})", R"({a: "x"})", "error TypeMismatch"},
};
constexpr Example kCeilExamples[] = {
    {R"({$ceil: "$a"})", R"({a: 7.2})", "8.0"},
    {R"({$ceil: "$a"})", R"({a: 7})", "7"},
    {R"({$ceil: "$a"})", R"({a: "x"})", "error 28765"},
};
constexpr Example kDivideExamples[] = {
    {R"({$divide: ["$a", "$b"]})", R"({a: 6, b: 4})", "1.5"},
    {R"({$divide: ["$a", "$b"]})", R"({a: 6, b: 3})", "2.0"},
    {R"({$divide: ["$a", "$b"]})", R"({a: 6, b: 0})", "error BadValue"},
};
constexpr Example kFloorExamples[] = {
    {R"({$floor: "$a"})", R"({a: -7.2})", "-8.0"},
    {R"({$floor: "$a"})", R"({})", "null"},
    {R"({$floor: "$a"})", R"({a: "x"})", "error 28765"},
};
constexpr Example kModExamples[] = {
    {R"({$mod: ["$a", 3]})", R"({a: 8})", "2"},
    {R"({$mod: ["$a", 3]})", R"({a: -7})", "-1"},
    {R"({$mod: ["$a", 0]})", R"({a: 8})", "error 16610"},
};
constexpr Example kMultiplyExamples[] = {
    {R"({$multiply: ["$price", "$quantity"]})", R"({price: 2.5, quantity: 4})", "10.0"},
    {R"({$multiply: ["$a", "$a"]})", R"({a: 65536})", R"({$numberLong: "4294967296"})"},
    {R"({$multiply: ["$a", 2]})", R"({a: null})", "null"},
    {R"({$multiply: ["$a", 2]})", R"({a: "x"})", "error TypeMismatch"},
};
constexpr Example kRoundExamples[] = {
    {R"({$round: "$a"})", R"({a: 6.5})", "6.0"},
    {R"({$round: ["$a", 2]})", R"({a: 2.675})", "2.67"},
    {R"({$round: ["$a", -1]})", R"({a: 35})", "40"},
    {R"({$round: ["$a", 101]})", R"({a: 1.5})", "error 51083"},
};
constexpr Example kSubtractExamples[] = {
    {R"({$subtract: ["$a", "$b"]})", R"({a: 7, b: 2.5})", "4.5"},
    {R"({$subtract: ["$end", "$start"]})",
     R"({start: {$date: "2023-05-17T10:20:00Z"}, end: {$date: "2023-05-17T10:20:01Z"}})", R"({$numberLong: "1000"})"},
    {R"({$subtract: ["$end", 1000]})", R"({end: {$date: "2023-05-17T10:20:01Z"}})",
     R"({$date: "2023-05-17T10:20:00Z"})"},
    {R"({$subtract: ["$a", 1]})", R"({a: "x"})", "error TypeMismatch"},
};
constexpr Example kTruncExamples[] = {
    {R"({$trunc: "$a"})", R"({a: -7.89})", "-7.0"},
    {R"({$trunc: ["$a", 1]})", R"({a: -7.89})", "-7.8"},
    {R"({$trunc: ["$a", 0.5]})", R"({a: 1.5})", "error 51082"},
};

constexpr Function kArithmeticFunctions[] = {
    {.name = "$abs",
     .arity = Arity::exactly(1),
     .summary = "The number without its sign.",
     .evaluate = abs,
     .examples = kAbsExamples},
    {.name = "$add",
     .arity = Arity::at_least(0),
     .summary = "The sum of numbers; with one date among them a date, the numbers being milliseconds.",
     .evaluate = add,
     .examples = kAddExamples},
    {.name = "$ceil",
     .arity = Arity::exactly(1),
     .summary = "The least whole number that is not below the argument; keeps the type.",
     .evaluate = ceil,
     .examples = kCeilExamples},
    {.name = "$divide",
     .arity = Arity::exactly(2),
     .summary = "The first number divided by the second, as a double or decimal.",
     .evaluate = divide,
     .examples = kDivideExamples},
    {.name = "$floor",
     .arity = Arity::exactly(1),
     .summary = "The greatest whole number that is not above the argument; keeps the type.",
     .evaluate = floor,
     .examples = kFloorExamples},
    {.name = "$mod",
     .arity = Arity::exactly(2),
     .summary = "The remainder of a division, with the sign of the dividend.",
     .evaluate = mod,
     .examples = kModExamples},
    {.name = "$multiply",
     .arity = Arity::at_least(0),
     .summary = "The product of numbers.",
     .evaluate = multiply,
     .examples = kMultiplyExamples},
    {.name = "$round",
     .arity = Arity::between(1, 2),
     .summary = "Rounds to a decimal place, by default to a whole number; a half goes to the even neighbour.",
     .evaluate = round,
     .examples = kRoundExamples},
    {.name = "$subtract",
     .arity = Arity::exactly(2),
     .summary = "The first minus the second; two dates give milliseconds, a date minus a number a date.",
     .evaluate = subtract,
     .examples = kSubtractExamples},
    {.name = "$trunc",
     .arity = Arity::between(1, 2),
     .summary = "Cuts at a decimal place, by default to a whole number.",
     .evaluate = trunc,
     .examples = kTruncExamples},
};

}  // namespace

std::span<const Function> arithmetic_functions() { return kArithmeticFunctions; }

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
// $sum, $avg, $min, $max, $stdDevPop, $stdDevSamp as expressions (reference mql-semantics 13.2, 13.3). They take a list
// or one array, which is then entered one level. In $group they are accumulators.
#include <cmath>

#include "bson/compare.h"
#include "bson/number.h"
#include "expression/functions/functions.h"

namespace penstock {
namespace {

template <typename Visit>
void visit_values(std::span<const Value> arguments, Visit visit) {
  if (arguments.size() == 1 && arguments[0].is_array()) {
    for (const Element& element : arguments[0].as_array())
      visit(element.value);
  } else {
    for (const Value& argument : arguments)
      visit(argument);
  }
}

Result<Value> sum(std::span<const Value> arguments, EvalContext& context) {
  NumberSum total;
  visit_values(arguments, [&](const Value& value) {
    if (value.is_number()) total.add(value);
  });
  return total.sum(context.arena);
}

Result<Value> avg(std::span<const Value> arguments, EvalContext& context) {
  NumberSum total;
  int64_t count = 0;
  visit_values(arguments, [&](const Value& value) {
    if (!value.is_number()) return;
    total.add(value);
    ++count;
  });
  return total.average(count, context.arena);
}

// `sign`: 1 for the greatest. Of equal values the first one.
Value extreme(std::span<const Value> arguments, int sign) {
  Value best = Value::null();
  visit_values(arguments, [&](const Value& value) {
    if (value.is_nullish()) return;
    if (best.is_nullish() || compare(value, best) * sign > 0) best = value;
  });
  return best;
}

Result<Value> max(std::span<const Value> arguments, EvalContext&) { return extreme(arguments, 1); }
Result<Value> min(std::span<const Value> arguments, EvalContext&) { return extreme(arguments, -1); }

// Welford's method: one pass, and no difference of large squares.
class Deviation {
 public:
  void add(double value) {
    ++count_;
    const double distance = value - mean_;
    mean_ += distance / static_cast<double>(count_);
    squares_ += distance * (value - mean_);
  }
  // Null for fewer values than `least`; `sample` divides by one less.
  Value result(int64_t least, int64_t sample) const {
    if (count_ < least) return Value::null();
    return Value::number(std::sqrt(squares_ / static_cast<double>(count_ - sample)));
  }

 private:
  int64_t count_ = 0;
  double mean_ = 0;
  double squares_ = 0;
};

Deviation deviation_of(std::span<const Value> arguments) {
  Deviation deviation;
  visit_values(arguments, [&](const Value& value) {
    if (value.is_number()) deviation.add(to_double(value));
  });
  return deviation;
}

Result<Value> std_dev_pop(std::span<const Value> arguments, EvalContext&) {
  return deviation_of(arguments).result(1, 0);
}
Result<Value> std_dev_samp(std::span<const Value> arguments, EvalContext&) {
  return deviation_of(arguments).result(2, 1);
}

constexpr Example kAvgExamples[] = {
    {R"({$avg: "$scores"})", R"({scores: [1, 2, "x", null]})", "1.5"},
    {R"({$avg: ["$a", "$b"]})", R"({})", "null"},
};
constexpr Example kMaxExamples[] = {
    {R"({$max: ["$a", "$b", 3]})", R"({a: 5})", "5"},
    {R"({$max: "$a"})", R"({a: [4, 9.5, null]})", "9.5"},
    {R"({$max: ["$a", 3]})", R"({a: [1]})", "[1]"},
};
constexpr Example kMinExamples[] = {
    {R"({$min: ["$a", "$b", 3]})", R"({a: 5})", "3"},
    {R"({$min: "$a"})", R"({a: []})", "null"},
};
constexpr Example kStdDevPopExamples[] = {
    {R"({$stdDevPop: "$a"})", R"({a: [1, 2, 4]})", "1.247219128924647"},
    {R"({$stdDevPop: "$a"})", R"({a: 3})", "0.0"},
    {R"({$stdDevPop: "$a"})", R"({a: "x"})", "null"},
};
constexpr Example kStdDevSampExamples[] = {
    {R"({$stdDevSamp: "$a"})", R"({a: [1, 2, 4]})", "1.5275252316519465"},
    {R"({$stdDevSamp: "$a"})", R"({a: 3})", "null"},
};
constexpr Example kSumExamples[] = {
    {R"({$sum: "$scores"})", R"({scores: [1, 2.5, "x"]})", "3.5"},
    {R"({$sum: ["$a", "$b"]})", R"({a: 2147483647, b: 1})", R"({$numberLong: "2147483648"})"},
    {R"({$sum: ["$scores", 1]})", R"({scores: [1, 2]})", "1"},
};

constexpr Function kStatisticsFunctions[] = {
    {.name = "$avg",
     .arity = Arity::at_least(0),
     .summary = "The mean of the numbers in a list or in one array; null if there are none.",
     .evaluate = avg,
     .examples = kAvgExamples},
    {.name = "$max",
     .arity = Arity::at_least(0),
     .summary = "The greatest value in a list or in one array; null and missing do not count.",
     .evaluate = max,
     .examples = kMaxExamples},
    {.name = "$min",
     .arity = Arity::at_least(0),
     .summary = "The least value in a list or in one array; null and missing do not count.",
     .evaluate = min,
     .examples = kMinExamples},
    {.name = "$stdDevPop",
     .arity = Arity::at_least(0),
     .summary = "The standard deviation of the numbers in a list or in one array as a whole population.",
     .evaluate = std_dev_pop,
     .examples = kStdDevPopExamples},
    {.name = "$stdDevSamp",
     .arity = Arity::at_least(0),
     .summary = "The standard deviation of the numbers in a list or in one array as a sample; null for fewer than two.",
     .evaluate = std_dev_samp,
     .examples = kStdDevSampExamples},
    {.name = "$sum",
     .arity = Arity::at_least(0),
     .summary = "The sum of the numbers in a list or in one array; other values do not count.",
     .evaluate = sum,
     .examples = kSumExamples},
};

}  // namespace

std::span<const Function> statistics_functions() { return kStatisticsFunctions; }

}  // namespace penstock

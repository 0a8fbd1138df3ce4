// SPDX-License-Identifier: Apache-2.0
#include "bson/number.h"

#include <gtest/gtest.h>

#include <bit>
#include <charconv>
#include <cmath>
#include <fstream>
#include <limits>
#include <sstream>
#include <vector>

#include "base/random.h"
#include "bson/decimal.h"

namespace penstock {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

// The notation of reference mql-semantics 0: 7, 7L, 7.0, D"7.0".
Value number_from(std::string_view text, Arena& arena) {
  if (text.starts_with("D\"")) {
    std::optional<Decimal> d = decimal_from_text(text.substr(2, text.size() - 3));
    EXPECT_TRUE(d.has_value()) << text;
    return Value::decimal(arena.make(d.value_or(Decimal{})));
  }
  if (text == "NaN") return Value::number(kNan);
  if (text == "Infinity") return Value::number(kInfinity);
  if (text == "-Infinity") return Value::number(-kInfinity);
  const char* end = text.data() + text.size();
  if (text.find_first_of(".e") != std::string_view::npos) {
    double d = 0;
    EXPECT_EQ(std::from_chars(text.data(), end, d).ptr, end) << text;
    return Value::number(d);
  }
  bool is_long = text.ends_with('L');
  int64_t n = 0;
  EXPECT_EQ(std::from_chars(text.data(), end, n).ptr, end - (is_long ? 1 : 0)) << text;
  return is_long ? Value::int64(n) : Value::int32(static_cast<int32_t>(n));
}

std::string text_of(const Value& v) {
  switch (v.type()) {
    case Type::kInt: return std::to_string(v.as_int());
    case Type::kLong: return std::to_string(v.as_long()) + "L";
    case Type::kDouble: return double_to_text(v.as_double());
    case Type::kDecimal: return "D\"" + decimal_to_text(v.as_decimal()) + "\"";
    default: return "null";
  }
}

std::string text_of(const Result<Value>& result) {
  return result.ok() ? text_of(*result) : "error " + std::to_string(static_cast<int>(result.error().code()));
}

NumberSum sum_of(const std::vector<Value>& numbers) {
  NumberSum sum;
  for (const Value& v : numbers)
    sum.add(v);
  return sum;
}

std::string evaluate(std::string_view op, const std::vector<Value>& args, Arena& arena) {
  auto place = [&] { return args.size() < 2 ? 0 : args[1].as_int(); };
  if (op == "$add") {
    Value total = Value::int32(0);
    for (const Value& v : args)
      total = add_numbers(total, v, arena);
    return text_of(total);
  }
  if (op == "$subtract") return text_of(subtract_numbers(args[0], args[1], arena));
  if (op == "$multiply") return text_of(multiply_numbers(args[0], args[1], arena));
  if (op == "$divide") return text_of(divide_numbers(args[0], args[1], arena));
  if (op == "$mod") return text_of(mod_numbers(args[0], args[1], arena));
  if (op == "$round") return text_of(round_number(args[0], place(), arena));
  if (op == "$trunc") return text_of(trunc_number(args[0], place(), arena));
  if (op == "$floor") return text_of(floor_number(args[0], arena));
  if (op == "$ceil") return text_of(ceil_number(args[0], arena));
  if (op == "$abs") return text_of(abs_number(args[0], arena));
  if (op == "$toDecimal") return text_of(Value::decimal(arena.make(to_decimal(args[0], true))));
  if (op == "$sum") return text_of(sum_of(args).sum(arena));
  if (op == "$avg") return text_of(sum_of(args).average(static_cast<int64_t>(args.size()), arena));
  return "unknown operator";
}

TEST(Number, AnswersAsMongod) {
  std::ifstream file(PENSTOCK_SOURCE_DIR "/src/bson/number.cases");
  ASSERT_TRUE(file.is_open());
  Arena arena;
  int cases = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line.starts_with('#')) continue;
    size_t arrow = line.find(" => ");
    ASSERT_NE(arrow, std::string::npos) << line;
    std::istringstream words(line.substr(0, arrow));
    std::string op;
    words >> op;
    std::vector<std::string> texts;
    for (std::string word; words >> word;)
      texts.push_back(word);
    std::vector<Value> args;
    for (const std::string& text : texts)
      args.push_back(number_from(text, arena));
    EXPECT_EQ(evaluate(op, args, arena), line.substr(arrow + 4)) << line;
    ++cases;
    arena.reset();
  }
  EXPECT_GT(cases, 500);
}

// Where 8.x answers otherwise than the version that number.cases was recorded from.
TEST(Number, AnswersAsVersion8) {
  struct Case {
    std::string_view op, a, b, result;
  };
  Arena arena;
  for (const Case& c : {
           Case{"$add", "0.1", "D\"0\"", "D\"0.100000000000000\""},
           Case{"$add", "D\"1.5\"", "2.5", "D\"4.00000000000000\""},
           Case{"$mod", "10L", "3.0", "1.0"},
           Case{"$mod", "7", "2.0", "1.0"},
       }) {
    std::vector<Value> args = {number_from(c.a, arena), number_from(c.b, arena)};
    EXPECT_EQ(evaluate(c.op, args, arena), c.result) << c.op << c.a << c.b;
  }
}

TEST(Number, ErrorsSayWhat) {
  Arena arena;
  Value zero = Value::int32(0), one = Value::int32(1);
  EXPECT_EQ(divide_numbers(one, zero, arena).error().message(), "can't $divide by zero");
  EXPECT_EQ(mod_numbers(one, zero, arena).error().message(), "can't $mod by zero");
  EXPECT_EQ(abs_number(Value::int64(INT64_MIN), arena).error().message(), "can't take $abs of long long min");
  EXPECT_EQ(round_number(Value::int64(INT64_MAX), -1, arena).error().message(),
            "invalid conversion from Decimal128 result in $round resulting from arguments: [9223372036854775807, -1]");
}

double random_double(Random& random) {
  double fraction = static_cast<double>(random.next() >> 11) * 0x1p-53;
  double d = (fraction - 0.5) * std::pow(10, static_cast<double>(random.below(30)) - 10);
  // Often a short decimal or a binary fraction, so that ties occur.
  if (random.below(3) == 0) d = std::nearbyint(d * 16) / 16;
  if (random.below(3) == 0) d = std::nearbyint(d * 1000) / 1000;
  return d;
}

TEST(Number, RoundsDoublesAsTheirDecimals) {
  constexpr uint64_t kSeed = 20240517;
  SCOPED_TRACE(kSeed);
  SeededRandom random(kSeed);
  Arena arena;
  for (int i = 0; i < 200'000; ++i) {
    double d = random_double(random);
    int place = static_cast<int>(random.below(25)) - 5;
    Value decimal = Value::decimal(arena.make(to_decimal(Value::number(d), false)));
    double rounded = to_double(*round_number(decimal, place, arena));
    double truncated = to_double(trunc_number(decimal, place, arena));
    ASSERT_EQ(text_of(round_number(Value::number(d), place, arena)), double_to_text(rounded)) << d << " " << place;
    ASSERT_EQ(text_of(trunc_number(Value::number(d), place, arena)), double_to_text(truncated)) << d << " " << place;
    if (i % 1000 == 0) arena.reset();
  }
}

TEST(Number, Conversions) {
  struct Case {
    std::string_view number, integral;  // "-": none
    double as_double;
    bool zero;
  };
  Arena arena;
  for (const Case& c : {
           Case{"0", "0", 0, true},
           Case{"-7", "-7", -7, false},
           Case{"9223372036854775807L", "9223372036854775807", 0x1p63, false},
           Case{"-0.0", "0", -0.0, true},
           Case{"2.0", "2", 2, false},
           Case{"2.5", "-", 2.5, false},
           Case{"9223372036854775808.0", "-", 0x1p63, false},
           Case{"-9223372036854775808.0", "-9223372036854775808", -0x1p63, false},
           Case{"Infinity", "-", kInfinity, false},
           Case{"D\"0E+10\"", "0", 0, true},
           Case{"D\"-0\"", "0", -0.0, true},
           Case{"D\"2.00\"", "2", 2, false},
           Case{"D\"2.01\"", "-", 2.01, false},
           Case{"D\"1E+3\"", "1000", 1000, false},
           Case{"D\"9223372036854775807\"", "9223372036854775807", 0x1p63, false},
           Case{"D\"9223372036854775808\"", "-", 0x1p63, false},
           Case{"D\"-9223372036854775808.0\"", "-9223372036854775808", -0x1p63, false},
           Case{"D\"-9223372036854775809\"", "-", -0x1p63, false},
           Case{"D\"1E+19\"", "-", 1e19, false},
           Case{"D\"1E+6000\"", "-", kInfinity, false},
           Case{"D\"1E-6000\"", "-", 0, false},
           Case{"D\"-Infinity\"", "-", -kInfinity, false},
           Case{"D\"0.1\"", "-", 0.1, false},
       }) {
    Value v = number_from(c.number, arena);
    std::optional<int64_t> integral = to_integral(v);
    EXPECT_EQ(integral ? std::to_string(*integral) : "-", c.integral) << c.number;
    EXPECT_EQ(to_double(v), c.as_double) << c.number;
    EXPECT_EQ(is_zero(v), c.zero) << c.number;
    EXPECT_FALSE(is_nan(v)) << c.number;
  }
  for (std::string_view nan : {"NaN", "D\"NaN\""}) {
    Value v = number_from(nan, arena);
    EXPECT_TRUE(is_nan(v));
    EXPECT_TRUE(std::isnan(to_double(v)));
    EXPECT_FALSE(is_zero(v));
    EXPECT_EQ(to_integral(v), std::nullopt);
  }
}

TEST(NumberSum, IsSmallAndPlain) {
  EXPECT_LE(sizeof(NumberSum), 64u);
  EXPECT_TRUE(std::is_trivially_copyable_v<NumberSum>);
}

Value random_whole(Random& random, uint64_t kinds, Arena& arena) {
  int64_t n = static_cast<int64_t>(random.next()) >> random.below(64);
  switch (random.below(kinds)) {
    case 0: return Value::int32(static_cast<int32_t>(n));
    case 1: return Value::int64(n);
    case 2: return Value::number(static_cast<double>(n >> 20));
    default: return Value::decimal(arena.make(decimal_from_integer(n)));
  }
}

// A sum of integers, or one that ends as a decimal, is exact in every order and cut, saved or not; a sum of doubles to
// some ulp of what was added.
TEST(NumberSum, MergesInAnyCut) {
  constexpr uint64_t kSeed = 7;
  SCOPED_TRACE(kSeed);
  SeededRandom random(kSeed);
  Arena arena;
  for (int round = 0; round < 5000; ++round) {
    uint64_t kinds = random.below(4) + 1;
    NumberSum whole, parts[3];
    double magnitude = 0;
    __int128 exact = 0;
    for (uint64_t i = 0, count = random.below(20); i < count; ++i) {
      Value v = random_whole(random, kinds, arena);
      magnitude += std::fabs(to_double(v));
      exact += to_integral(v).value_or(0);
      whole.add(v);
      NumberSum& part = parts[random.below(3)];
      part.add(v);
      std::string saved;
      part.save(saved);
      part = NumberSum();
      std::string_view from = saved;
      ASSERT_TRUE(part.restore(from).ok());
      ASSERT_TRUE(from.empty());
    }
    parts[0].merge(parts[1]);
    parts[0].merge(parts[2]);
    Value sum = whole.sum(arena), merged = parts[0].sum(arena);
    ASSERT_EQ(sum.type(), merged.type());
    EXPECT_NEAR(to_double(sum), static_cast<double>(exact), magnitude * 0x1p-50);
    EXPECT_NEAR(to_double(merged), static_cast<double>(exact), magnitude * 0x1p-50);
    if (sum.type() != Type::kDouble) {
      EXPECT_EQ(text_of(merged), text_of(sum));
      auto n = static_cast<int64_t>(exact);
      if (n == exact) {
        EXPECT_EQ(to_integral(sum), n);
      }
    }
    arena.reset();
  }
}

TEST(NumberSum, MergesSpecialValues) {
  struct Case {
    std::string_view a, b, sum;
  };
  Arena arena;
  for (const Case& c : {
           Case{"Infinity", "1", "Infinity"},
           Case{"1.5", "-Infinity", "-Infinity"},
           Case{"Infinity", "-Infinity", "NaN"},
           Case{"NaN", "D\"1\"", "D\"NaN\""},
           Case{"1e+308", "1.7e+308", "Infinity"},
           Case{"D\"1.50\"", "2", "D\"3.50\""},
           Case{"0.5", "2L", "2.5"},
       }) {
    NumberSum a = sum_of({number_from(c.a, arena)}), b = sum_of({number_from(c.b, arena)});
    NumberSum ab = a, ba = b;
    ab.merge(b);
    ba.merge(a);
    EXPECT_EQ(text_of(ab.sum(arena)), c.sum) << c.a << " " << c.b;
    EXPECT_EQ(text_of(ba.sum(arena)), c.sum) << c.b << " " << c.a;
  }
}

TEST(NumberSum, RefusesForeignBytes) {
  Arena arena;
  std::string saved;
  sum_of({Value::int32(3), Value::number(0.5)}).save(saved);
  for (size_t size = 0; size < saved.size(); ++size) {
    NumberSum sum = sum_of({Value::int32(1)});
    std::string_view from(saved.data(), size);
    Result<void> result = sum.restore(from);
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().code(), ErrorCode::kStateRefused);
    EXPECT_EQ(text_of(sum.sum(arena)), "1");
  }
  saved[saved.size() - 2] = 5;  // The width.
  std::string_view from = saved;
  EXPECT_FALSE(NumberSum().restore(from).ok());
}

TEST(DoubleText, ShortestThatReadsBack) {
  struct Case {
    double d;
    std::string_view text;
  };
  for (const Case& c : {
           Case{0.0, "0.0"},
           Case{-0.0, "-0.0"},
           Case{1.0, "1.0"},
           Case{-12.5, "-12.5"},
           Case{0.1, "0.1"},
           Case{0.1 + 0.2, "0.30000000000000004"},
           Case{0.0001, "0.0001"},
           Case{0.00001, "1e-05"},
           Case{0.000123, "0.000123"},
           Case{123456789012345680.0, "1.2345678901234568e+17"},
           Case{1e15, "1000000000000000.0"},
           Case{9999999999999998.0, "9999999999999998.0"},
           Case{1e16, "1e+16"},
           Case{-1.5e300, "-1.5e+300"},
           Case{5e-324, "5e-324"},
           Case{1.7976931348623157e308, "1.7976931348623157e+308"},
           Case{kInfinity, "Infinity"},
           Case{-kInfinity, "-Infinity"},
           Case{kNan, "NaN"},
           Case{-kNan, "NaN"},
       }) {
    EXPECT_EQ(double_to_text(c.d), c.text);
  }
}

TEST(DoubleText, ReadsBack) {
  constexpr uint64_t kSeed = 11;
  SCOPED_TRACE(kSeed);
  SeededRandom random(kSeed);
  for (int i = 0; i < 100'000; ++i) {
    double d = i % 2 == 0 ? random_double(random) : std::bit_cast<double>(random.next());
    if (!std::isfinite(d)) continue;
    std::string text = double_to_text(d);
    double back = 0;
    const char* end = text.data() + text.size();
    ASSERT_EQ(std::from_chars(text.data(), end, back).ptr, end) << text;
    ASSERT_EQ(std::bit_cast<uint64_t>(back), std::bit_cast<uint64_t>(d)) << text;
  }
}

}  // namespace
}  // namespace penstock

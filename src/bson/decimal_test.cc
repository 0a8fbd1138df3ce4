// SPDX-License-Identifier: Apache-2.0
// libbson is the judge of the text form, in both directions.
#include "bson/decimal.h"

#include <bson/bson.h>
#include <gtest/gtest.h>

#include <vector>

#include "base/random.h"

namespace penstock {
namespace {

std::string text_by_libbson(Decimal d) {
  bson_decimal128_t b{.low = d.low, .high = d.high};
  char text[BSON_DECIMAL128_STRING];
  bson_decimal128_to_string(&b, text);
  return text;
}

std::optional<Decimal> decimal_by_libbson(const std::string& text) {
  bson_decimal128_t b;
  if (!bson_decimal128_from_string(text.c_str(), &b)) return std::nullopt;
  return Decimal{b.low, b.high};
}

Decimal decimal_of(std::string_view text) {
  std::optional<Decimal> d = decimal_from_text(text);
  EXPECT_TRUE(d.has_value()) << text;
  return d.value_or(Decimal{});
}

void expect_same_parse(const std::string& text) {
  std::optional<Decimal> ours = decimal_from_text(text), theirs = decimal_by_libbson(text);
  ASSERT_EQ(ours.has_value(), theirs.has_value()) << text;
  if (!ours) return;
  EXPECT_EQ(ours->low, theirs->low) << text;
  EXPECT_EQ(ours->high, theirs->high) << text;
}

constexpr uint64_t kCoefficientMask = 0x0001ffffffffffff;

unsigned __int128 coefficient_of(Random& random) {
  auto bits = static_cast<unsigned __int128>(random.next()) << 64 | random.next();
  return (bits >> random.below(128)) % kPowersOf10.at[34];
}

TEST(DecimalText, WritesAsLibbson) {
  constexpr uint64_t kSeed = 42;
  SCOPED_TRACE(kSeed);
  SeededRandom random(kSeed);
  for (int i = 0; i < 200'000; ++i) {
    Decimal d{random.next(), random.next()};  // Any bits: also NaNs and infinities.
    if (i % 2 == 0) {
      d = pack_decimal({.negative = random.below(2) == 1,
                        .exponent = static_cast<int>(random.below(60)) - 50,
                        .coefficient = coefficient_of(random)});
    } else if ((static_cast<unsigned __int128>(d.high & kCoefficientMask) << 64 | d.low) >= kPowersOf10.at[34]) {
      continue;  // Zeros by IEEE 754, in Intel's library and in MongoDB; libbson 1.23 prints their digits.
    }
    ASSERT_EQ(decimal_to_text(d), text_by_libbson(d)) << d.high << " " << d.low;
  }
}

TEST(DecimalText, CoefficientsBeyond34DigitsAreZeros) {
  Decimal first{0x378d8e6400000000, 0x3041ed09bead87c0};  // 10^34
  EXPECT_EQ(decimal_to_text(first), "0");
  EXPECT_TRUE(is_zero(Value::decimal(&first)));
  Decimal other_layout{1, 0x6c10000000000000};
  EXPECT_EQ(decimal_to_text(other_layout), "0");
}

TEST(DecimalText, ReadsAsLibbson) {
  for (const char* text : {"0",
                           "-0",
                           "+1",
                           "1.",
                           ".5",
                           "-.5",
                           ".",
                           "",
                           "+",
                           "-",
                           "E5",
                           "1E",
                           "1E+",
                           "1e5",
                           "1E-5",
                           "1E+5",
                           "1.5E3",
                           "0x1",
                           " 1",
                           "1 ",
                           "1,5",
                           "1.2.3",
                           "--1",
                           "1e5.0",
                           "1e--5",
                           "NaN",
                           "nan",
                           "+NaN",
                           "-NaN",
                           "sNaN",
                           "NaN1",
                           "Infinity",
                           "infinity",
                           "-Inf",
                           "+inf",
                           "infinit",
                           "INFINITY",
                           "i",
                           "1E+6144",
                           "1E+6145",
                           "10E+6144",
                           "1E-6176",
                           "1E-6177",
                           "10E-6177",
                           "0E+9999",
                           "0E-9999",
                           "-0E+6112",
                           "1E+6111",
                           "1E+6112",
                           "100E-6178",
                           "9999999999999999999999999999999999",
                           "99999999999999999999999999999999999",
                           "10000000000000000000000000000000000",
                           "1000000000000000000000000000000000000000000",
                           "0.0000000000000000000000000000000000000001",
                           "0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
                           "00000000000000001.5",
                           "1.0000000000000000000000000000000000000000",
                           "1.00000000000000000000000000000000000000001",

                           "1E-2147483"}) {
    expect_same_parse(text);
  }
}

TEST(DecimalText, ReadsRandomTextsAsLibbson) {
  constexpr uint64_t kSeed = 43;
  SCOPED_TRACE(kSeed);
  SeededRandom random(kSeed);
  auto append_digits = [&](std::string& to, uint64_t count) {
    for (; count > 0; --count)
      to += static_cast<char>('0' + (random.below(3) == 0 ? 0 : random.below(10)));
  };
  for (int i = 0; i < 100'000; ++i) {
    std::string text = random.below(3) == 0 ? "-" : "";
    append_digits(text, random.below(18));
    if (random.below(2) == 0) append_digits(text.append("."), random.below(18));
    if (random.below(3) == 0) {
      text += random.below(2) == 0 ? "E-" : "E+";
      text += std::to_string(random.below(random.below(2) == 0 ? 40 : 6300));
    }
    expect_same_parse(text);
    if (HasFatalFailure() || HasFailure()) return;
  }
}

// Zeros at the end beyond 34 digits are no loss (libbson refuses some of them).
TEST(DecimalText, ReadsManyZeros) {
  EXPECT_EQ(decimal_to_text(decimal_of("5550036382509636.0374704103030701430")), "5550036382509636.037470410303070143");
  EXPECT_EQ(decimal_to_text(decimal_of("1" + std::string(40, '0'))), "1.000000000000000000000000000000000E+40");
}

TEST(DecimalText, CutsWhereAsked) {
  struct Case {
    std::string_view text, result;  // "-": refused
  };
  for (const Case& c : {
           Case{"1234567890123456789012345678901234567890", "1.234567890123456789012345678901234E+39"},
           Case{"0.12345678901234567890123456789012345678", "0.1234567890123456789012345678901234"},
           Case{"99999999999999999999999999999999999", "9.999999999999999999999999999999999E+34"},
           Case{"-12345678901234567890123456789012349", "-1.234567890123456789012345678901234E+34"},
           Case{"9.9999999999999999999999999999999999E+6144", "9.999999999999999999999999999999999E+6144"},
           Case{"1.00000000000000000000000000000000009E-6176", "-"},
           Case{"1.9E-6176", "-"},
           Case{"0.1E-6175", "1E-6176"},
           Case{"0E+2147483648", "0E+6111"},
           Case{"1E+6144", "1.000000000000000000000000000000000E+6144"},
           Case{"1E+6145", "-"},
           Case{"1E-6177", "-"},
           Case{"1E-99999999999999999999", "-"},
           Case{"1E99999999999999999999", "-"},
           Case{"0E+9999", "0E+6111"},
           Case{"1_0", "-"},
       }) {
    std::optional<Decimal> d = decimal_from_text_cut(c.text);
    EXPECT_EQ(d ? decimal_to_text(*d) : "-", c.result) << c.text;
  }
}

TEST(Decimal, PartsComeBack) {
  for (std::string_view text : {"0", "-0E-10", "1.50", "-9.999999999999999999999999999999999E+6144", "1E-6176"}) {
    Decimal d = decimal_of(text);
    Decimal back = pack_decimal(unpack_decimal(d));
    EXPECT_EQ(back.low, d.low) << text;
    EXPECT_EQ(back.high, d.high) << text;
  }
  EXPECT_EQ(unpack_decimal(decimal_of("-Infinity")).kind, DecimalKind::kInfinity);
  EXPECT_EQ(unpack_decimal(decimal_of("NaN")).kind, DecimalKind::kNaN);
}

TEST(Decimal, CountsDigits) {
  unsigned __int128 power = 1;
  for (int digits = 1; digits <= 38; ++digits, power *= 10) {
    EXPECT_EQ(count_digits(power), digits);
    EXPECT_EQ(count_digits(power - 1), digits == 1 ? 1 : digits - 1);
  }
}

TEST(Decimal, Order) {
  // Each is below the next group; within a group they are equal.
  const std::vector<std::vector<std::string_view>> groups = {{"NaN", "-NaN"}, {"-Infinity"},
                                                             {"-1E+6144"},    {"-1.5", "-1.50"},
                                                             {"-1E-6176"},    {"-0", "0", "0E+10", "0E-6176"},
                                                             {"1E-6176"},     {"0.1"},
                                                             {"1", "1.0"},    {"1000", "1E+3", "1.000E+3"},
                                                             {"1E+6144"},     {"Infinity"}};
  for (size_t i = 0; i < groups.size(); ++i) {
    for (size_t j = 0; j < groups.size(); ++j) {
      for (std::string_view a : groups[i]) {
        for (std::string_view b : groups[j]) {
          EXPECT_EQ(compare_decimals(decimal_of(a), decimal_of(b)), i < j ? -1 : i > j ? 1 : 0) << a << " " << b;
        }
      }
    }
  }
}

// As mongod 6.0.5 gives them.
TEST(Decimal, Functions) {
  struct Case {
    const char* why;
    Decimal result;
    std::string_view text;
  };
  Decimal two = decimal_of("2"), half = decimal_of("0.5"), one = decimal_of("1"), zero = decimal_of("0");
  for (const Case& c : {
           Case{"sqrt", sqrt_decimal(two), "1.414213562373095048801688724209698"},
           Case{"sqrt of a negative", sqrt_decimal(decimal_of("-1")), "NaN"},
           Case{"exp", exp_decimal(one), "2.718281828459045235360287471352662"},
           Case{"ln", ln_decimal(two), "0.6931471805599453094172321214581766"},
           Case{"log10", log10_decimal(decimal_of("1000")), "3"},
           Case{"pow", pow_decimal(two, half), "1.414213562373095048801688724209698"},
           Case{"sin", sin_decimal(one), "0.8414709848078965066525023216302991"},
           Case{"cos", cos_decimal(zero), "1.000000000000000000000000000000000"},
           Case{"atan2", atan2_decimal(one, one), "0.7853981633974483096156608458198757"},
           Case{"negate", negate_decimal(half), "-0.5"},
           Case{"quantize", quantize_decimal(half, -3, DecimalRounding::kHalfEven), "0.500"},
           Case{"quantize too far", quantize_decimal(decimal_of("1E+40"), 0, DecimalRounding::kHalfEven), "NaN"},
       }) {
    EXPECT_EQ(decimal_to_text(c.result), c.text) << c.why;
  }
}

}  // namespace
}  // namespace penstock

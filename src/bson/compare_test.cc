// SPDX-License-Identifier: Apache-2.0
#include "bson/compare.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <span>
#include <string>
#include <vector>

#include "bson/any_value.h"
#include "bson/ejson.h"

namespace penstock {
namespace {

std::string key_of(const Value& value) {
  std::string key;
  append_equality_key(value, key);
  return key;
}

// Lines in ascending order; the values of a line are equal to each other.
void expect_order(std::span<const std::string_view> lines) {
  struct Item {
    size_t line;
    Value value;
  };
  std::vector<ParsedJson> parsed;
  for (std::string_view line : lines) {
    auto result = parse_ejson(line);
    ASSERT_TRUE(result.ok()) << line << ": " << result.error().message();
    parsed.push_back(std::move(*result));
  }
  std::vector<Item> items;
  for (size_t i = 0; i < parsed.size(); i++) {
    for (const Element& element : parsed[i].document.view())
      items.push_back({i, element.value});
  }
  for (const Item& a : items) {
    for (const Item& b : items) {
      int order = a.line < b.line ? -1 : a.line > b.line ? 1 : 0;
      EXPECT_EQ(compare(a.value, b.value), order) << to_json(a.value) << " against " << to_json(b.value);
      EXPECT_EQ(key_of(a.value) == key_of(b.value), order == 0)
          << "keys of " << to_json(a.value) << " and " << to_json(b.value);
    }
  }
}

TEST(Compare, EveryTypeInOrder) {
  constexpr std::string_view kLines[] = {
      R"([{"$minKey":1}])",
      R"([{"$undefined":true}])",
      R"([null])",
      R"([{"$numberDouble":"NaN"},{"$numberDecimal":"NaN"},{"$numberDecimal":"-NaN"}])",
      R"([-1])",
      R"([0,-0.0,{"$numberLong":"0"},{"$numberDecimal":"0"},{"$numberDecimal":"-0E+3"}])",
      R"([1,1.0,{"$numberLong":"1"},{"$numberDecimal":"1"},{"$numberDecimal":"1.00"},{"$numberDecimal":"0.1E+1"}])",
      R"(["",{"$symbol":""}])",
      R"(["B"])",
      R"(["a",{"$symbol":"a"}])",
      "[\"a\\u0000\"]",
      R"(["ab"])",
      R"(["ä"])",
      R"([{}])",
      R"([{"a":{"$undefined":true}}])",
      R"([{"b":1},{"b":1.0},{"b":{"$numberDecimal":"1.0"}}])",
      R"([{"b":1,"a":0}])",
      R"([{"b":2}])",
      R"([{"a":"x"}])",
      R"([{"b":""}])",
      R"([[]])",
      R"([[{"$undefined":true}]])",
      R"([[9],[9.0]])",
      R"([[9,0],[{"$numberLong":"9"},-0.0]])",
      R"([[{"a":1}],[{"a":{"$numberDecimal":"1"}}]])",
      R"([{"$binary":{"base64":"","subType":"00"}}])",
      R"([{"$binary":{"base64":"","subType":"80"}}])",
      R"([{"$binary":{"base64":"AA==","subType":"00"}}])",
      R"([{"$binary":{"base64":"/w==","subType":"00"}}])",
      R"([{"$binary":{"base64":"AA==","subType":"04"}}])",
      R"([{"$oid":"000000000000000000000001"}])",
      R"([{"$oid":"ff0000000000000000000000"}])",
      R"([false])",
      R"([true])",
      R"([{"$date":{"$numberLong":"-1"}}])",
      R"([{"$date":"1970-01-01T00:00:00Z"}])",
      R"([{"$timestamp":{"t":0,"i":4294967295}}])",
      R"([{"$timestamp":{"t":4294967295,"i":0}}])",
      R"([{"$regularExpression":{"pattern":"","options":""}}])",
      R"([{"$regularExpression":{"pattern":"a","options":""}}])",
      R"([{"$regularExpression":{"pattern":"a","options":"i"}}])",
      R"([{"$regularExpression":{"pattern":"ab","options":""}}])",
      R"([{"$dbPointer":{"$ref":"z","$id":{"$oid":"000000000000000000000001"}}}])",
      R"([{"$dbPointer":{"$ref":"aa","$id":{"$oid":"000000000000000000000001"}}}])",
      R"([{"$code":"a"}])",
      R"([{"$code":"b"}])",
      R"([{"$code":"a","$scope":{}}])",
      R"([{"$code":"a","$scope":{"x":1}},{"$code":"a","$scope":{"x":1.0}}])",
      R"([{"$code":"b","$scope":{}}])",
      R"([{"$maxKey":1}])",
  };
  expect_order(kLines);
}

TEST(Compare, NumbersByExactValue) {
  constexpr std::string_view kLines[] = {
      R"([{"$numberDouble":"NaN"},{"$numberDecimal":"NaN"}])",
      R"([{"$numberDouble":"-Infinity"},{"$numberDecimal":"-Infinity"}])",
      R"([{"$numberDecimal":"-1E+6000"}])",
      R"([{"$numberDouble":"-1.7976931348623157E308"}])",
      R"([-1e19,{"$numberDecimal":"-1E+19"}])",
      R"([{"$numberDecimal":"-9223372036854775809"}])",
      R"([{"$numberLong":"-9223372036854775808"},-9223372036854775808.0,{"$numberDecimal":"-9223372036854775808"}])",
      R"([{"$numberDecimal":"-9223372036854775807.5"}])",
      R"([{"$numberLong":"-9223372036854775807"}])",
      R"([{"$numberDouble":"-2147483648.5"},{"$numberDecimal":"-2147483648.5"}])",
      R"([-2147483648,-2147483648.0])",
      R"([{"$numberDouble":"-4.9E-324"}])",
      R"([{"$numberDecimal":"-1E-6176"}])",
      R"([0,{"$numberDecimal":"0E-6176"}])",
      R"([{"$numberDecimal":"1E-6176"}])",
      R"([{"$numberDecimal":"4.940656458412465441765687928682213E-324"}])",
      R"([{"$numberDouble":"4.9E-324"}])",
      R"([{"$numberDecimal":"4.940656458412465441765687928682214E-324"}])",
      R"([{"$numberDecimal":"0.1"}])",
      R"([{"$numberDecimal":"0.1000000000000000055511151231257827"}])",
      R"([0.1])",
      R"([{"$numberDecimal":"0.1000000000000000055511151231257828"}])",
      R"([0.5,{"$numberDecimal":"0.5"},{"$numberDecimal":"0.50000"}])",
      R"([{"$numberDecimal":"0.5000000000000000000000000000000001"}])",
      R"([{"$numberDouble":"1.1"}])",
      R"([{"$numberDecimal":"1.100000000000000088817841970012524"}])",
      R"([2,2.0])",
      R"([{"$numberLong":"9007199254740992"},9007199254740992.0])",
      R"([{"$numberLong":"9007199254740993"},{"$numberDecimal":"9007199254740993"}])",
      R"([{"$numberLong":"9007199254740994"},9007199254740994.0])",
      R"([{"$numberLong":"9223372036854774784"},9223372036854774784.0])",
      R"([{"$numberLong":"9223372036854775807"},{"$numberDecimal":"9223372036854775807"}])",
      R"([9223372036854775808.0,{"$numberDecimal":"9223372036854775808"}])",
      R"([{"$numberDecimal":"9223372036854775809"}])",
      R"([1e22,{"$numberDecimal":"1E+22"},{"$numberDecimal":"10000000000000000000000"}])",
      R"([{"$numberDecimal":"99999999999999991611392"},1e23])",
      R"([{"$numberDecimal":"1E+23"}])",
      R"([{"$numberDouble":"1.7976931348623157E308"}])",
      R"([{"$numberDecimal":"1.797693134862315708145274237317044E+308"}])",
      R"([{"$numberDecimal":"9.999999999999999999999999999999999E+6144"}])",
      R"([{"$numberDouble":"Infinity"},{"$numberDecimal":"Infinity"}])",
  };
  expect_order(kLines);
}

TEST(Compare, MissingIsUndefinedAndBelowNull) {
  EXPECT_EQ(compare(Value::missing(), Value::undefined()), 0);
  EXPECT_EQ(compare(Value::missing(), Value::null()), -1);
  EXPECT_EQ(compare(Value::missing(), Value::min_key()), 1);
  EXPECT_EQ(key_of(Value::missing()), key_of(Value::undefined()));
  EXPECT_NE(key_of(Value::missing()), key_of(Value::null()));
}

TEST(Compare, ArrayNamesDoNotCount) {
  DocumentBuilder odd;
  odd.append("x", Value::int32(1));
  DocumentBuilder even;
  even.append("0", Value::int64(1));
  Value a = Value::array(odd.finish());
  Value b = Value::array(even.finish());
  EXPECT_EQ(compare(a, b), 0);
  EXPECT_EQ(key_of(a), key_of(b));
}

RC_GTEST_PROP(EqualityKey, SameBytesExactlyIfEqual, (const AnyDocument& a, const AnyDocument& b)) {
  RC_ASSERT((key_of(a.first()) == key_of(b.first())) == equal(a.first(), b.first()));
  RC_ASSERT((key_of(Value::object(a.view())) == key_of(Value::object(b.view()))) ==
            (compare_documents(a.view(), b.view()) == 0));
}

RC_GTEST_PROP(EqualityKey, NumbersSameBytesExactlyIfEqual, ()) {
  Arena arena;
  for (int i = 0; i < 50; i++) {
    Value a = any_value::any_number(arena);
    Value b = any_value::any_number(arena);
    RC_ASSERT((key_of(a) == key_of(b)) == equal(a, b));
  }
}

RC_GTEST_PROP(EqualityKey, NoKeyBeginsAnother, (const AnyDocument& a, const AnyDocument& b)) {
  std::string left = key_of(a.first());
  std::string right = key_of(b.first());
  RC_ASSERT(left == right || (!left.starts_with(right) && !right.starts_with(left)));
}

RC_GTEST_PROP(Compare, IsATotalOrder, (const AnyDocument& a, const AnyDocument& b, const AnyDocument& c)) {
  Value x = a.first(), y = b.first(), z = c.first();
  RC_ASSERT(compare(x, x) == 0);
  RC_ASSERT(compare(x, y) == -compare(y, x));
  if (compare(x, y) <= 0 && compare(y, z) <= 0) RC_ASSERT(compare(x, z) <= 0);
}

// Numbers meet most often at the borders of their types: three of them at a time.
RC_GTEST_PROP(Compare, NumbersAreTransitive, ()) {
  Arena arena;
  for (int i = 0; i < 50; i++) {
    Value x = any_value::any_number(arena), y = any_value::any_number(arena), z = any_value::any_number(arena);
    RC_ASSERT(compare(x, y) == -compare(y, x));
    if (compare(x, y) <= 0 && compare(y, z) <= 0) RC_ASSERT(compare(x, z) <= 0);
  }
}

}  // namespace
}  // namespace penstock

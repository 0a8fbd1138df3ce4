// SPDX-License-Identifier: Apache-2.0
#include "bson/document.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "bson/any_value.h"
#include "bson/ejson.h"

namespace penstock {
namespace {

TEST(Document, TheEmptyOne) {
  Document d;
  EXPECT_TRUE(d.empty());
  EXPECT_EQ(d.size(), 5u);
  EXPECT_EQ(d.count(), 0u);
  EXPECT_EQ(d.begin(), d.end());
  EXPECT_TRUE(d.get("a").is_missing());
  EXPECT_EQ(OwnedDocument().bytes(), DocumentBuilder().take());
}

TEST(Document, TheFirstOfEqualNamesIsRead) {
  DocumentBuilder b;
  b.append("aa", Value::int32(0));
  b.append("a", Value::int32(1));
  b.append("a", Value::int32(2));
  b.append("", Value::int32(3));
  Document d = b.finish();
  EXPECT_EQ(d.get("a").as_int(), 1);
  EXPECT_EQ(d.get("").as_int(), 3);
  EXPECT_TRUE(d.get("aaa").is_missing());
  EXPECT_TRUE(d.get(std::string_view("a\0", 2)).is_missing());
  EXPECT_EQ(d.count(), 4u);
}

RC_GTEST_PROP(Document, IteratingAndAppendingGivesTheSameBytes, (const AnyDocument& any)) {
  DocumentBuilder copy;
  for (const Element& e : any.view())
    copy.append(e.name, e.value);
  RC_ASSERT(copy.take() == any.bytes);
  copy.append_all(any.view());
  RC_ASSERT(copy.take() == any.bytes);
  for (const Element& e : any.view())
    RC_ASSERT(any.view().has(e.name));
  Arena arena;
  Value owned = any.first().copied_to(arena);
  copy.append("v", owned);
  DocumentBuilder expected;
  expected.append("v", any.first());
  RC_ASSERT(copy.take() == expected.take());
}

TEST(DocumentBuilder, NestedInPlace) {
  DocumentBuilder b;
  b.append("a", Value::int32(1));
  size_t object = b.begin_object("o");
  b.append("gone", Value::missing());
  size_t array = b.begin_array("l");
  b.append("0", Value::string("x"));
  b.end(array);
  b.end(object);
  b.append("z", Value::null());
  size_t size = b.size();
  std::string bytes = b.take();
  EXPECT_EQ(bytes.size(), size);
  EXPECT_TRUE(validate_bson(bytes).ok());
  EXPECT_EQ(to_json(Document(bytes.data())), R"({"a":1,"o":{"l":["x"]},"z":null})");
  EXPECT_EQ(b.size(), 5u);
}

TEST(DocumentBuilder, GrowsAndKeepsContent) {
  DocumentBuilder b;
  std::string long_text(1000, 'x');
  for (int i = 0; i < 100; i++) {
    char scratch[12];
    b.append(index_name(static_cast<uint32_t>(i), scratch), Value::string(long_text));
  }
  Arena arena;
  Document d = b.finish_in(arena);
  EXPECT_TRUE(validate_bson(d.bytes()).ok());
  EXPECT_EQ(d.count(), 100u);
  EXPECT_EQ(d.get("99").as_string(), long_text);
  DocumentBuilder moved = std::move(b);
  moved.append("a", Value::boolean(true));
  EXPECT_EQ(to_json(moved.finish()), R"({"a":true})");
}

TEST(ArrayBuilder, MissingBecomesNull) {
  ArrayBuilder b;
  b.append(Value::int32(1));
  b.append(Value::missing());
  EXPECT_EQ(b.count(), 2u);
  Arena arena;
  EXPECT_EQ(to_json(Value::array(b.finish_in(arena))), "[1,null]");
  EXPECT_EQ(b.count(), 0u);
}

TEST(IndexName, IsTheNumber) {
  char scratch[12];
  for (uint32_t i : {0u, 9u, 10u, 99u, 100u, 999u, 1000u, 4294967295u}) {
    EXPECT_EQ(index_name(i, scratch), std::to_string(i));
  }
}

TEST(Value, TypesAndTruth) {
  struct Case {
    std::string_view json, type;
    bool truth;
  };
  for (const Case& c : {
           Case{"1", "int", true},
           Case{"0", "int", false},
           Case{R"({"$numberLong":"0"})", "long", false},
           Case{R"({"$numberLong":"-1"})", "long", true},
           Case{"-0.0", "double", false},
           Case{R"({"$numberDouble":"NaN"})", "double", true},
           Case{R"({"$numberDecimal":"-0E+3"})", "decimal", false},
           Case{R"({"$numberDecimal":"NaN"})", "decimal", true},
           Case{R"({"$numberDecimal":"1E-6176"})", "decimal", true},
           Case{"true", "bool", true},
           Case{"false", "bool", false},
           Case{"null", "null", false},
           Case{R"({"$undefined":true})", "undefined", false},
           Case{R"("")", "string", true},
           Case{"[]", "array", true},
           Case{"{}", "object", true},
           Case{R"({"$date":0})", "date", true},
           Case{R"({"$timestamp":{"t":0,"i":0}})", "timestamp", true},
           Case{R"({"$minKey":1})", "minKey", true},
           Case{R"({"$maxKey":1})", "maxKey", true},
           Case{R"({"$oid":"000000000000000000000000"})", "objectId", true},
           Case{R"({"$regularExpression":{"pattern":"","options":""}})", "regex", true},
           Case{R"({"$binary":{"base64":"","subType":"00"}})", "binData", true},
           Case{R"({"$symbol":""})", "symbol", true},
           Case{R"({"$code":""})", "javascript", true},
           Case{R"({"$code":"","$scope":{}})", "javascriptWithScope", true},
           Case{R"({"$dbPointer":{"$ref":"","$id":{"$oid":"000000000000000000000000"}}})", "dbPointer", true},
       }) {
    auto parsed = parse_ejson("[" + std::string(c.json) + "]");
    ASSERT_TRUE(parsed.ok()) << c.json << parsed.error().message();
    Value value = parsed->document.view().get("0");
    EXPECT_EQ(type_name(value.type()), c.type) << c.json;
    EXPECT_EQ(is_true(value), c.truth) << c.json;
  }
  EXPECT_FALSE(is_true(Value::missing()));
  EXPECT_EQ(type_name(Type::kMissing), "missing");
}

}  // namespace
}  // namespace penstock

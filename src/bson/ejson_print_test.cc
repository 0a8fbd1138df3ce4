// SPDX-License-Identifier: Apache-2.0
#include <bson/bson.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

#include "bson/any_value.h"
#include "bson/ejson.h"

namespace penstock {
namespace {

TEST(ToJson, BothStyles) {
  struct Case {
    std::string_view canonical, relaxed;
  };
  for (const Case& c : {
           Case{R"({"$numberInt":"-5"})", "-5"},
           Case{R"({"$numberLong":"9223372036854775807"})", "9223372036854775807"},
           Case{R"({"$numberDouble":"1.0"})", "1.0"},
           Case{R"({"$numberDouble":"-0.0"})", "-0.0"},
           Case{R"({"$numberDouble":"0.1"})", "0.1"},
           Case{R"({"$numberDouble":"NaN"})", R"({"$numberDouble":"NaN"})"},
           Case{R"({"$numberDouble":"-Infinity"})", R"({"$numberDouble":"-Infinity"})"},
           Case{R"({"$numberDecimal":"1.00"})", R"({"$numberDecimal":"1.00"})"},
           Case{R"("q\"b\\s/\b\f\n\r\t\u0001ä")", R"("q\"b\\s/\b\f\n\r\t\u0001ä")"},
           Case{"[]", "[]"},
           Case{"{}", "{}"},
           Case{R"([{"a":[null,true]},false])", R"([{"a":[null,true]},false])"},
           Case{R"({"$date":{"$numberLong":"0"}})", R"({"$date":"1970-01-01T00:00:00.000Z"})"},
           Case{R"({"$date":{"$numberLong":"1684318830005"}})", R"({"$date":"2023-05-17T10:20:30.005Z"})"},
           Case{R"({"$date":{"$numberLong":"253402300799999"}})", R"({"$date":"9999-12-31T23:59:59.999Z"})"},
           Case{R"({"$date":{"$numberLong":"253402300800000"}})", R"({"$date":{"$numberLong":"253402300800000"}})"},
           Case{R"({"$date":{"$numberLong":"-1"}})", R"({"$date":{"$numberLong":"-1"}})"},
           Case{R"({"$oid":"64641900aabbccddeeff0011"})", R"({"$oid":"64641900aabbccddeeff0011"})"},
           Case{R"({"$binary":{"base64":"AAECAw==","subType":"80"}})",
                R"({"$binary":{"base64":"AAECAw==","subType":"80"}})"},
           Case{R"({"$binary":{"base64":"AAE=","subType":"02"}})", R"({"$binary":{"base64":"AAE=","subType":"02"}})"},
           Case{R"({"$timestamp":{"t":4294967295,"i":1}})", R"({"$timestamp":{"t":4294967295,"i":1}})"},
           Case{R"({"$regularExpression":{"pattern":"^a\"","options":"im"}})",
                R"({"$regularExpression":{"pattern":"^a\"","options":"im"}})"},
           Case{R"({"$code":"f","$scope":{"x":{"$numberInt":"1"}}})", R"({"$code":"f","$scope":{"x":1}})"},
           Case{R"({"$minKey":1})", R"({"$minKey":1})"},
           Case{R"({"$dbPointer":{"$ref":"c","$id":{"$oid":"64641900aabbccddeeff0011"}}})",
                R"({"$dbPointer":{"$ref":"c","$id":{"$oid":"64641900aabbccddeeff0011"}}})"},
       }) {
    auto parsed = parse_ejson("[" + std::string(c.canonical) + "]");
    ASSERT_TRUE(parsed.ok()) << c.canonical << ": " << parsed.error().message();
    Value value = parsed->document.view().get("0");
    EXPECT_EQ(to_json(value, JsonStyle::kCanonical), c.canonical);
    EXPECT_EQ(to_json(value, JsonStyle::kRelaxed), c.relaxed);
  }
}

TEST(ToText, AsMongoDbShowsValues) {
  struct Case {
    std::string_view json, text;
  };
  for (const Case& c : {
           Case{R"({"a":1,"b":"x","c":[1,2.5],"d":{},"e":[]})", R"({ a: 1, b: "x", c: [ 1, 2.5 ], d: {}, e: [] })"},
           Case{R"({"$date":5})", "new Date(5)"},
           Case{R"({"$oid":"64641900aabbccddeeff0011"})", "ObjectId('64641900aabbccddeeff0011')"},
           Case{R"({"$regularExpression":{"pattern":"ab","options":"i"}})", "/ab/i"},
           Case{R"({"$timestamp":{"t":1,"i":2}})", "Timestamp(1, 2)"},
           Case{R"({"$binary":{"base64":"q80=","subType":"00"}})", "BinData(0, ABCD)"},
           Case{R"({"$uuid":"00112233-4455-6677-8899-aabbccddeeff"})",
                R"(UUID("00112233-4455-6677-8899-aabbccddeeff"))"},
           Case{"1.0", "1.0"},
           Case{"null", "null"},
           Case{R"({"$maxKey":1})", "MaxKey"},
       }) {
    auto parsed = parse_ejson("[" + std::string(c.json) + "]");
    ASSERT_TRUE(parsed.ok()) << c.json << ": " << parsed.error().message();
    EXPECT_EQ(to_text(parsed->document.view().get("0")), c.text);
  }
  EXPECT_EQ(to_text(Value::missing()), "missing");
}

TEST(ToText, IsCutBetweenCharacters) {
  EXPECT_EQ(to_text(Value::string("abcdef"), 4), "\"abc...");
  EXPECT_EQ(to_text(Value::string("abäöü"), 4), "\"ab...");
  EXPECT_EQ(to_text(Value::string("abcdef"), 8), "\"abcdef\"");
  std::string large(1'000'000, 'x');
  EXPECT_EQ(to_text(Value::string(large)).size(), 203u);
}

RC_GTEST_PROP(ToText, NeverLongerThanAsked, (const AnyDocument& any, uint8_t chars_max)) {
  RC_ASSERT(to_text(any.first(), chars_max).size() <= chars_max + size_t{3});
}

// The key sets of wrappers cannot be told from the wrappers themselves; the generator does not write them.
RC_GTEST_PROP(ToJson, CanonicalTextGivesTheSameBytes, (const AnyDocument& any)) {
  std::string text = to_json(any.view(), JsonStyle::kCanonical);
  auto parsed = parse_ejson(text);
  RC_ASSERT(parsed.ok());
  // One NaN only can be written.
  RC_ASSERT(to_json(parsed->document.view(), JsonStyle::kCanonical) == text);
  if (text.find("NaN") == std::string::npos && text.find("$numberDecimal") == std::string::npos) {
    RC_ASSERT(parsed->document.bytes() == any.bytes);
  }
}

RC_GTEST_PROP(ToJson, RelaxedTextReadsAsTheSameValues, (const AnyDocument& any)) {
  auto parsed = parse_ejson(to_json(any.view()));
  RC_ASSERT(parsed.ok());
  std::string again = to_json(parsed->document.view());
  RC_ASSERT(again == to_json(any.view()));
}

// The bytes that libbson makes of a text, or its error.
std::string libbson_reads(std::string_view json) {
  bson_error_t error;
  bson_t* read =
      bson_new_from_json(reinterpret_cast<const uint8_t*>(json.data()), static_cast<ssize_t>(json.size()), &error);
  if (read == nullptr) return error.message;
  std::string bytes(reinterpret_cast<const char*>(bson_get_data(read)), read->len);
  bson_destroy(read);
  return bytes;
}

std::string libbson_prints(std::string_view bytes) {
  bson_t document;
  if (!bson_init_static(&document, reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size())) return {};
  char* text = bson_as_canonical_extended_json(&document, nullptr);
  std::string json = text == nullptr ? "" : text;
  bson_free(text);
  return json;
}

// Against libbson: it reads our text, and we read its, with the same bytes as the result.
RC_GTEST_PROP(ToJson, AgreesWithLibbson, (const AnyDocument& any)) {
  auto has = [&](auto&& self, Document d, auto wanted) -> bool {
    for (const Element& e : d) {
      if (wanted(e) || ((e.value.is_object() || e.value.is_array()) && self(self, e.value.as_container(), wanted)))
        return true;
    }
    return false;
  };
  // libbson loses a NaN's sign, reads "\u0000" in a string only partly and writes its own form of symbols and pointers.
  RC_PRE(!has(has, any.view(), [](const Element& e) {
    Type type = e.value.type();
    bool nul = type == Type::kString && e.value.bytes().find('\0') != std::string_view::npos;
    bool nan = type == Type::kDouble && e.value.as_double() != e.value.as_double();
    return nul || nan || type == Type::kDecimal || type == Type::kSymbol || type == Type::kDbPointer ||
           type == Type::kJavaScript || type == Type::kJavaScriptWithScope;
  }));
  std::string ours = to_json(any.view(), JsonStyle::kCanonical);
  RC_ASSERT(libbson_reads(ours) == any.bytes);
  auto parsed = parse_ejson(libbson_prints(any.bytes));
  RC_ASSERT(parsed.ok());
  RC_ASSERT(parsed->document.bytes() == any.bytes);
}

}  // namespace
}  // namespace penstock

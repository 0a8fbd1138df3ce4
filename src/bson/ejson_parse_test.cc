// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

#include "bson/ejson.h"

namespace penstock {
namespace {

// The value in canonical form, or the error's text.
std::string read_value(std::string_view json) {
  auto parsed = parse_ejson("[" + std::string(json) + "]");
  if (!parsed.ok()) return parsed.error().message();
  return to_json(parsed->document.view().get("0"), JsonStyle::kCanonical);
}

std::string message_of(std::string_view json) {
  auto parsed = parse_ejson(json);
  if (parsed.ok()) return "accepted";
  EXPECT_EQ(parsed.error().code(), ErrorCode::kFailedToParse) << json;
  return parsed.error().message();
}

TEST(ParseEjson, Values) {
  struct Case {
    std::string_view json, canonical;
  };
  for (const Case& c : {
           Case{"0", R"({"$numberInt":"0"})"},
           Case{"-2147483648", R"({"$numberInt":"-2147483648"})"},
           Case{"2147483648", R"({"$numberLong":"2147483648"})"},
           Case{"9223372036854775807", R"({"$numberLong":"9223372036854775807"})"},
           Case{"9223372036854775808", R"({"$numberDouble":"9.223372036854776e+18"})"},
           Case{"1.0", R"({"$numberDouble":"1.0"})"},
           Case{"1e2", R"({"$numberDouble":"100.0"})"},
           Case{"1E-400", R"({"$numberDouble":"0.0"})"},
           Case{R"("\u00e4\ud83d\ude00\/\"")", "\"\u00e4\U0001F600/\\\"\""},
           Case{R"({"$numberDouble":"1"})", R"({"$numberDouble":"1.0"})"},
           Case{R"({"$numberDouble":"-Infinity"})", R"({"$numberDouble":"-Infinity"})"},
           Case{R"({"$date":"2023-05-17T10:20:30.005Z"})", R"({"$date":{"$numberLong":"1684318830005"}})"},
           Case{R"({"$date":"2023-05-17T12:20:30.0059+02:00"})", R"({"$date":{"$numberLong":"1684318830005"}})"},
           Case{R"({"$date":"2023-05-17T10:20Z"})", R"({"$date":{"$numberLong":"1684318800000"}})"},
           Case{R"({"$date":"1969-12-31"})", R"({"$date":{"$numberLong":"-86400000"}})"},
           Case{R"({"$date":-5})", R"({"$date":{"$numberLong":"-5"}})"},
           Case{R"({"$date":{"$numberLong":"7"}})", R"({"$date":{"$numberLong":"7"}})"},
           Case{R"({"$uuid":"00112233-4455-6677-8899-aabbccddeeff"})",
                R"({"$binary":{"base64":"ABEiM0RVZneImaq7zN3u/w==","subType":"04"}})"},
           Case{R"({"$binary":"AQI=","$type":"0"})", R"({"$binary":{"base64":"AQI=","subType":"00"}})"},
           Case{R"({"$type":"80","$binary":"AQI="})", R"({"$binary":{"base64":"AQI=","subType":"80"}})"},
           Case{R"({"$regularExpression":{"pattern":"a","options":"mi"}})",
                R"({"$regularExpression":{"pattern":"a","options":"im"}})"},
           Case{R"({"$undefined":true})", R"({"$undefined":true})"},
           Case{R"({"$symbol":"a"})", R"({"$symbol":"a"})"},
           Case{R"({"$scope":{},"$code":"a"})", R"({"$code":"a","$scope":{}})"},
           // Not a wrapper's shape: stays as it is.
           Case{R"({"$type":"string"})", R"({"$type":"string"})"},
           Case{R"({"$type":["string","null"]})", R"({"$type":["string","null"]})"},
           Case{R"({"$regex":"^a","$options":"i"})", R"({"$regex":"^a","$options":"i"})"},
           Case{R"({"$date":"$a","timezone":"x"})", R"({"$date":"$a","timezone":"x"})"},
           Case{R"({"$date":null})", R"({"$date":null})"},
           Case{R"({"$timestamp":{"t":"$a","i":1}})", R"({"$timestamp":{"t":"$a","i":{"$numberInt":"1"}}})"},
           Case{R"({"$timestamp":{"t":1,"i":-1}})",
                R"({"$timestamp":{"t":{"$numberInt":"1"},"i":{"$numberInt":"-1"}}})"},
           Case{R"({"$minKey":2})", R"({"$minKey":{"$numberInt":"2"}})"},
           Case{R"({"$sum":{"$numberLong":"1"}})", R"({"$sum":{"$numberLong":"1"}})"},
           Case{R"({"$ref":"c","$id":1})", R"({"$ref":"c","$id":{"$numberInt":"1"}})"},
           // A wrapper's shape with a wrong content.
           Case{R"({"$oid":"12"})", R"(line 1, column 2: found $oid "12", expected 24 hexadecimal digits)"},
           Case{R"({"$numberInt":"2147483648"})",
                R"(line 1, column 2: found $numberInt "2147483648", expected a whole number of 32 bits)"},
           Case{R"({"$date":"17 May 2023"})",
                R"(line 1, column 2: found $date "17 May 2023", expected a date like 2024-05-17T10:20:30Z)"},
           Case{R"({"$date":"2023-02-29"})",
                R"(line 1, column 2: found $date "2023-02-29", expected a date like 2024-05-17T10:20:30Z)"},
           Case{R"({"$binary":{"base64":"A","subType":"00"}})",
                R"(line 1, column 2: found $binary "A", expected base64 text)"},
           Case{R"({"$numberDecimal":"x"})",
                R"(line 1, column 2: found $numberDecimal "x", expected a decimal number of at most 34 digits)"},
       }) {
    EXPECT_EQ(read_value(c.json), c.canonical) << c.json;
  }
}

TEST(ParseEjson, SyntaxErrors) {
  struct Case {
    std::string_view json, message;
  };
  for (const Case& c : {
           Case{"", R"(line 1, column 1: found the end of the text, expected "{" or "[": the text is empty)"},
           Case{" \n 5", R"(line 2, column 2: found "5", expected "{" or "[")"},
           Case{"{\"a\": 1,\n}", R"(line 2, column 1: found "}", expected a key in double quotes: there is no comma )"
                                 "behind the last member of an object"},
           Case{"[1, ]", R"(line 1, column 5: found "]", expected a value: there is no comma behind the last element )"
                         "of an array"},
           Case{"[1, 2", R"(line 1, column 6: found the end of the text, expected "," or "]": the "[" of line 1, )"
                         "column 1 is not closed"},
           Case{"[1,", R"(line 1, column 4: found the end of the text, expected a value: the "[" of line 1, )"
                       "column 1 is not closed"},
           Case{"{\"a\": {\n\"b\": 1\n]", R"(line 3, column 1: found "]", expected "," or "}": the "{" of line 1, )"
                                          "column 7 is not closed"},
           Case{"{", R"(line 1, column 2: found the end of the text, expected a key in double quotes: the "{" of )"
                     "line 1, column 1 is not closed"},
           Case{"{\"a\" 1}", R"(line 1, column 6: found "1", expected ":" behind the key "a")"},
           Case{"{\"a\" = 1}", R"(line 1, column 6: found "=", expected ":" behind the key "a": a colon stands )"
                               "between key and value"},
           Case{"{\"a\": 1 \"b\": 2}",
                R"(line 1, column 9: found a string, expected "," or "}": a comma is missing before it)"},
           Case{"[1 2]", R"(line 1, column 4: found "2", expected "," or "]": a comma is missing before it)"},
           Case{"{a: 1}",
                R"(line 1, column 2: found "a", expected a key in double quotes: keys stand in double quotes)"},
           Case{"{'a': 1}",
                "line 1, column 2: found a single quote, expected a key in double quotes: JSON strings "
                "stand in double quotes"},
           Case{"['a']",
                "line 1, column 2: found a single quote, expected a string in double quotes: JSON strings "
                "stand in double quotes"},
           Case{"[\u201Ca\u201D]",
                "line 1, column 2: found a typographic quote \u201C, expected a value: use the plain "
                "double quote"},
           Case{"[abc]", R"(line 1, column 2: found "abc", expected a value: strings stand in double quotes)"},
           Case{"[True]", R"(line 1, column 2: found "True", expected a value: write true)"},
           Case{"[ISODate(\"x\")]",
                R"(line 1, column 2: found "ISODate", expected a value: write {"$date": "2024-05-17T10:20:00Z"})"},
           Case{"[-Infinity]",
                R"(line 1, column 2: found "-Infinity", expected a number: write {"$numberDouble": "-Infinity"})"},
           Case{"[1, // one\n2]",
                "line 1, column 5: found a comment, expected a value: JSON has no comments, take it out"},
           Case{"/* x */ []",
                R"(line 1, column 1: found a comment, expected "{" or "[": JSON has no comments, take it out)"},
           Case{"[\"a\n\"]",
                R"(line 1, column 2: found a string that is not closed, expected " before the end of the line)"},
           Case{"[\"a",
                R"(line 1, column 2: found a string that is not closed, expected " before the end of the line)"},
           Case{"[\"a\tb\"]", R"(line 1, column 4: found a tab in a string, expected it escaped, as \u0009)"},
           Case{"[\"a\\x\"]", R"(line 1, column 4: found a backslash, expected one of \" \\ \/ \b \f \n \r \t \uXXXX: )"
                              R"(a backslash itself is written \\)"},
           Case{"[\"\\u12\"]", R"(line 1, column 3: found \u, expected four hexadecimal digits behind it)"},
           Case{"[\"\\ud800\"]", "line 1, column 3: found half of a surrogate pair, expected both halves"},
           Case{"[01]", R"(line 1, column 2: found "01", expected a number: JSON numbers have no leading zeros)"},
           Case{"[+1]", R"(line 1, column 2: found "+1", expected a number: JSON numbers have no plus sign)"},
           Case{"[.5]", R"(line 1, column 2: found ".5", expected a number: digits stand on both sides of the point)"},
           Case{"[7L]", R"(line 1, column 2: found "7L", expected a number)"},
           Case{"[1e999]", R"(line 1, column 2: found "1e999", expected a number that fits a double)"},
           Case{"[,]", R"(line 1, column 2: found ",", expected a value)"},
           Case{"{} x", R"(line 1, column 4: found "x", expected nothing more: the text is complete before it)"},
           Case{"{\"a\": 1,\n \"a\": 2}",
                R"(line 2, column 2: found the key "a" again, expected each key once per object)"},
           Case{"{\"a\\u0000\": 1}", "line 1, column 2: found a key with a NUL character, expected a key without"},
           Case{"[\n\"\xFF\"]", "line 2, column 2: found the byte 0xff, expected UTF-8"},
           Case{"[\n /a/]",
                "line 2, column 2: found \"/\", expected a value: a regular expression is written "
                R"({"$regularExpression": {"pattern": "^a", "options": "i"}})"},
       }) {
    EXPECT_EQ(message_of(c.json), c.message) << c.json;
  }
}

TEST(ParseEjson, PlacesOfValues) {
  auto parsed = parse_ejson(R"({
  "name": "p",
  "pipeline": [
    {"$source": {"connectionName": "k"}},
    {"$merge": {
      "into": {"coll": "c"},
      "when": {"$date": "2023-05-17T10:20Z"}}}
  ]
})");
  ASSERT_TRUE(parsed.ok()) << parsed.error().message();
  struct Case {
    std::string_view path;
    uint32_t line, column;
  };
  for (const Case& c : {
           Case{"", 1, 1},
           Case{"name", 2, 3},
           Case{"pipeline", 3, 3},
           Case{"pipeline[1]", 5, 5},
           Case{"pipeline[1].$merge", 5, 6},
           Case{"pipeline[1].$merge.into", 6, 7},
           Case{"pipeline[1].$merge.into.coll", 6, 16},
           Case{"pipeline[1].$merge.when", 7, 7},
           Case{"pipeline[1].$merge.into.gone.deeper[3].x", 6, 7},
           Case{"pipeline[7].$merge", 3, 3},
           Case{"gone", 1, 1},
       }) {
    TextPosition position = parsed->position_of(c.path);
    EXPECT_EQ(position.line, c.line) << c.path;
    EXPECT_EQ(position.column, c.column) << c.path;
  }
}

TEST(ParseEjson, TopLevel) {
  auto array = parse_ejson("\xEF\xBB\xBF [{\"a\": 1}, 2] \n");
  ASSERT_TRUE(array.ok()) << array.error().message();
  EXPECT_EQ(array->type, Type::kArray);
  EXPECT_EQ(to_json(Value::array(array->document.view())), R"([{"a":1},2])");
  EXPECT_EQ(array->position_of("[0].a").column, 4u);
  auto object = parse_ejson(R"({"b": {}, "a": []})");
  ASSERT_TRUE(object.ok());
  EXPECT_EQ(object->type, Type::kObject);
  EXPECT_EQ(to_json(object->document.view()), R"({"b":{},"a":[]})");
  ASSERT_TRUE(parse_ejson("{}").ok());
  ASSERT_TRUE(parse_ejson("[]").ok());
}

TEST(ParseEjson, DepthIsBounded) {
  auto nested = [](size_t levels) { return std::string(levels, '[') + std::string(levels, ']'); };
  EXPECT_TRUE(parse_ejson(nested(kTextDepthMax)).ok());
  EXPECT_EQ(message_of(nested(kTextDepthMax + 1)),
            "line 1, column 221: found more than 220 levels of objects and arrays, expected at most that");
  EXPECT_NE(message_of(std::string(1'000'000, '[')), "accepted");
  std::string objects;
  for (int i = 0; i < 100'000; i++)
    objects += "{\"a\":";
  EXPECT_NE(message_of(objects), "accepted");
}

TEST(ParseFilter, RelaxedRules) {
  auto filter = parse_filter(R"({symbol: 'it\'s', "n": {$gte: 5}, _id: {$oid: "64641900aabbccddeeff0011"}})");
  ASSERT_TRUE(filter.ok()) << filter.error().message();
  EXPECT_EQ(to_json(filter->view()), R"({"symbol":"it's","n":{"$gte":5},"_id":{"$oid":"64641900aabbccddeeff0011"}})");
  for (std::string_view wrong : {"", "[]", "5", "{a}", "{a: b}", "{a: 1} {", "{a: \"x'}", "{a-b: 1}"}) {
    EXPECT_FALSE(parse_filter(wrong).ok()) << wrong;
  }
}

// Whatever a text is cut to or changed to: an answer, never a crash, and what is accepted is valid.
RC_GTEST_PROP(ParseEjson, AnyTextHasAnAnswer, ()) {
  constexpr std::string_view kText =
      R"({"a": [1, -2.5e3, "x\u00e4\n"], "$date": {"$numberLong": "5"}, 'b': true, c: null})";
  std::string text(kText);
  int changes = *rc::gen::inRange(0, 4);
  for (int i = 0; i < changes; i++) {
    auto at = *rc::gen::inRange<size_t>(0, text.size());
    text[at] = *rc::gen::element('"', '{', '}', '[', ']', ',', ':', '\\', '\'', '\n', '/', '0', 'u', '\0', '\xC3');
  }
  text.resize(*rc::gen::inRange<size_t>(0, text.size() + 1));
  auto strict = parse_ejson(text);
  if (strict.ok()) RC_ASSERT(validate_bson(strict->document.bytes()).ok());
  auto relaxed = parse_filter(text);
  if (relaxed.ok()) RC_ASSERT(validate_bson(relaxed->bytes()).ok());
}

}  // namespace
}  // namespace penstock

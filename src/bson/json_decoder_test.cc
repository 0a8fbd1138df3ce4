// SPDX-License-Identifier: Apache-2.0
#include "bson/json_decoder.h"

#include <bson/bson.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "bson/padded_text.h"

namespace penstock {
namespace {

// Canonical Extended JSON by libbson, which also checks the bytes.
std::string canonical(std::string_view bytes) {
  bson_t bson;
  if (!bson_init_static(&bson, reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size())) return "not BSON";
  bson_error_t error;
  if (!bson_validate_with_error(&bson, BSON_VALIDATE_UTF8_ALLOW_NULL, &error)) return error.message;
  size_t size = 0;
  char* text = bson_as_canonical_extended_json(&bson, &size);
  std::string answer = text == nullptr ? "no text" : std::string(text, size);
  bson_free(text);
  return answer;
}

// The document as text, or "error: ...", the same whatever lies in the padding and whatever was learnt before.
std::string decode(std::string_view text) {
  JsonDecoder used;
  std::string first;
  for (std::string_view filler : kFillers) {
    JsonDecoder fresh;
    const Decoded once = decode_padded(fresh, text, filler);
    const Decoded again = decode_padded(used, text, filler);
    EXPECT_EQ(once.document, again.document) << text;
    EXPECT_EQ(once.error, again.error) << text;
    EXPECT_EQ(once.document.has_value(), decode_fields_padded(used, {}, text, filler).has_value()) << text;
    std::string answer = once.document ? canonical(*once.document) : "error: " + once.error;
    if (first.empty()) first = answer;
    EXPECT_EQ(first, answer) << text;
  }
  return first;
}

TEST(JsonDecoder, GivesTypesToNumbers) {
  struct Case {
    std::string_view text, type_and_value;
  };
  for (const Case& c : {
           Case{"0", R"({ "$numberInt" : "0" })"},
           Case{"7", R"({ "$numberInt" : "7" })"},
           Case{"-1", R"({ "$numberInt" : "-1" })"},
           Case{"-0", R"({ "$numberInt" : "0" })"},  // As libbson reads it.
           Case{"12345678", R"({ "$numberInt" : "12345678" })"},
           Case{"123456789", R"({ "$numberInt" : "123456789" })"},
           Case{"2147483647", R"({ "$numberInt" : "2147483647" })"},
           Case{"2147483648", R"({ "$numberLong" : "2147483648" })"},
           Case{"-2147483648", R"({ "$numberInt" : "-2147483648" })"},
           Case{"-2147483649", R"({ "$numberLong" : "-2147483649" })"},
           Case{"1700000000000", R"({ "$numberLong" : "1700000000000" })"},
           Case{"123456789012345", R"({ "$numberLong" : "123456789012345" })"},
           Case{"1234567890123456", R"({ "$numberLong" : "1234567890123456" })"},
           Case{"9223372036854775807", R"({ "$numberLong" : "9223372036854775807" })"},
           Case{"9223372036854775808", R"({ "$numberDouble" : "9223372036854775808.0" })"},
           Case{"-9223372036854775808", R"({ "$numberLong" : "-9223372036854775808" })"},
           Case{"-9223372036854775809", R"({ "$numberDouble" : "-9223372036854775808.0" })"},
           Case{"18446744073709551617", R"({ "$numberDouble" : "18446744073709551616.0" })"},
           Case{"36893488147419103232", R"({ "$numberDouble" : "36893488147419103232.0" })"},
           Case{"1.0", R"({ "$numberDouble" : "1.0" })"},
           Case{"-0.0", R"({ "$numberDouble" : "-0.0" })"},
           Case{"0.1", R"({ "$numberDouble" : "0.10000000000000000555" })"},
           Case{"417.25", R"({ "$numberDouble" : "417.25" })"},
           Case{"1e0", R"({ "$numberDouble" : "1.0" })"},
           Case{"1E+2", R"({ "$numberDouble" : "100.0" })"},
           Case{"25e-1", R"({ "$numberDouble" : "2.5" })"},
           Case{"1e-400", R"({ "$numberDouble" : "0.0" })"},
           Case{"-0.000000001e-999999999999999999999", R"({ "$numberDouble" : "-0.0" })"},
           Case{"0e999999999999999999999", R"({ "$numberDouble" : "0.0" })"},
       }) {
    EXPECT_EQ(decode(fmt::format(R"({{"a":{}}})", c.text)), fmt::format(R"({{ "a" : {} }})", c.type_and_value));
    EXPECT_EQ(decode(fmt::format(R"({{"a":[{}]}})", c.text)), fmt::format(R"({{ "a" : [ {} ] }})", c.type_and_value));
  }
}

TEST(JsonDecoder, RoundsDoublesCorrectly) {
  for (const char* text : {"0.1", "0.3", "1.7976931348623157e308", "2.2250738585072014e-308", "4.9406564584124654e-324",
                           "9007199254740993.0", "9007199254740992.5", "123456789012345.6789", "0.000001234567",
                           "1.00000000000000011102230246251565404236316680908203125", "8.41e21", "5e-324", "3e-324",
                           "100000000000000000000000000000000000000", "1.8446744073709551616", "179.76931348623157e306",
                           "0.12345678901234567890123456789", "6929495644600919.5", "3.141592653589793"}) {
    JsonDecoder decoder;
    const Decoded got = decode_padded(decoder, fmt::format(R"({{"a":{}}})", text), "0");
    ASSERT_TRUE(got.document) << text << ": " << got.error;
    EXPECT_EQ(Document(got.document->data()).get("a").as_double(), std::strtod(text, nullptr)) << text;
  }
}

TEST(JsonDecoder, ReadsStringsAndStructure) {
  struct Case {
    std::string_view text, document;
  };
  for (const Case& c : {
           Case{"{}", "{ }"},
           Case{" \t\r\n{ } \n", "{ }"},
           Case{"[]", "{ }"},
           Case{"[1,[2],{}]", R"({ "0" : { "$numberInt" : "1" }, "1" : [ { "$numberInt" : "2" } ], "2" : {  } })"},
           Case{"\xef\xbb\xbf{\"a\":true}", R"({ "a" : true })"},
           Case{std::string_view("\0\0\0\0\x07{\"a\":false}", 16), R"({ "a" : false })"},
           Case{R"({"a":null,"b":"","":""})", R"({ "a" : null, "b" : "", "" : "" })"},
           Case{"{\n  \"a\" : \"x\" ,\n  \"b\" : [ ] ,\"c\":{ }\n}\n", R"({ "a" : "x", "b" : [  ], "c" : {  } })"},
           Case{R"({"a":"x","a":"y"})", R"({ "a" : "x", "a" : "y" })"},
           Case{R"({"a":"\"\\\/\b\f\n\r\t"})", R"({ "a" : "\"\\/\b\f\n\r\t" })"},
           Case{R"({"a":"\u0041\u00e4\u20AC\ud83d\ude00"})", "{ \"a\" : \"A\u00e4\u20ac\U0001f600\" }"},
           Case{R"({"a":"x\u0000y"})", R"({ "a" : "x\u0000y" })"},
           Case{"{\"a\":\"\u00e4\u20ac\U0001f600 and more than sixteen bytes \u00e4\"}",
                "{ \"a\" : \"\u00e4\u20ac\U0001f600 and more than sixteen bytes \u00e4\" }"},
           Case{"{\"\u00e4\\u00e4\":\"\x7f\"}", "{ \"\u00e4\u00e4\" : \"\x7f\" }"},
           Case{R"({"a long name of more than thirty-two bytes":"0123456789abcdef"})",
                R"({ "a long name of more than thirty-two bytes" : "0123456789abcdef" })"},
           Case{R"({"a name that is too long to be remembered because it has more than sixty-four bytes":"0"})",
                R"({ "a name that is too long to be remembered because it has more than sixty-four bytes" : "0" })"},
           Case{R"({"$oid":"5f43a1b2c3d4e5f60718293a"})", R"({ "$oid" : "5f43a1b2c3d4e5f60718293a" })"},
           Case{R"({"a":[[[{"b":[{}]}]]]})", R"({ "a" : [ [ [ { "b" : [ {  } ] } ] ] ] })"},
       }) {
    EXPECT_EQ(decode(c.text), c.document);
  }
}

TEST(JsonDecoder, SaysWhatIsWrongAndWhere) {
  struct Case {
    std::string_view text, error;
  };
  for (const Case& c : {
           Case{"", "the record is empty"},
           Case{" \n", "the record holds nothing but white space"},
           Case{"\xef\xbb\xbf", "the record holds nothing but white space"},
           Case{"\"x\"", "a record must be a JSON object or array, found a string"},
           Case{"-1", "a record must be a JSON object or array, found a number"},
           Case{"true", "a record must be a JSON object or array, found a boolean"},
           Case{"null", "a record must be a JSON object or array, found null"},
           Case{"hello", "invalid JSON at byte 0: expected an object or an array, found 'h'"},
           Case{"{\"a\":1} x", "invalid JSON at byte 8: expected nothing more after the record's end, found 'x'"},
           Case{"{\"a\":1}}", "invalid JSON at byte 7: expected nothing more after the record's end, found '}'"},
           Case{"{\"a\":1", "invalid JSON: the text ends too early, at byte 6: expected ',' or '}'"},
           Case{"{\"a\":12345678901234567890",
                "invalid JSON: the text ends too early, at byte 25: expected ',', '}' or "
                "']' after a number"},
           Case{"{", "invalid JSON: the text ends too early, at byte 1: expected a name in quotes"},
           Case{"{\"a", "invalid JSON: the text ends too early, at byte 3: a string is not closed"},
           Case{"{\"a\"", "invalid JSON: the text ends too early, at byte 4: expected ':'"},
           Case{"{\"a\":", "invalid JSON: the text ends too early, at byte 5: expected a value"},
           Case{"{\"a\":\"x", "invalid JSON: the text ends too early, at byte 7: a string is not closed"},
           Case{"{\"a\":1,}", "invalid JSON at byte 7: expected a name in quotes, found '}'"},
           Case{"{\"a\" 1}", "invalid JSON at byte 5: expected ':', found '1'"},
           Case{"{a:1}", "invalid JSON at byte 1: expected a name in quotes, found 'a'"},
           Case{"{\"a\":x}", "invalid JSON at byte 5: expected a value, found 'x'"},
           Case{"{\"a\":NaN}", "invalid JSON at byte 5: expected a value, found 'N'"},
           Case{"{\"a\":-Infinity}", "invalid JSON at byte 6: expected a digit, found 'I'"},
           Case{"{\"a\":01}", "invalid JSON at byte 5: a number must not start with 0"},
           Case{"{\"a\":-01}", "invalid JSON at byte 6: a number must not start with 0"},
           Case{"{\"a\":0000000000000001}", "invalid JSON at byte 5: a number must not start with 0"},
           Case{"{\"a\":1.}", "invalid JSON at byte 7: expected a digit after the decimal point, found '}'"},
           Case{"{\"a\":.5}", "invalid JSON at byte 5: expected a value, found '.'"},
           Case{"{\"a\":1e}", "invalid JSON at byte 7: expected a digit in the exponent, found '}'"},
           Case{"{\"a\":1e400}", "invalid JSON at byte 5: the number is too large for a double"},
           Case{"{\"a\":-}", "invalid JSON at byte 6: expected a digit, found '}'"},
           Case{"{\"a\":+1}", "invalid JSON at byte 5: expected a value, found '+'"},
           Case{"{\"a\":\"\x01\"}", "invalid JSON at byte 6: a control character inside a string must be escaped"},
           Case{"{\"a\":\"\\x\"}", "invalid JSON at byte 6: unknown escape sequence in a string"},
           Case{"{\"a\":\"\\u12g4\"}", "invalid JSON at byte 6: \\u must be followed by four hexadecimal digits"},
           Case{"{\"a\":\"\\ud800\"}", "invalid JSON at byte 6: a high surrogate without the low one after it"},
           Case{"{\"a\":\"\\ud800\\ud800\"}", "invalid JSON at byte 6: a high surrogate without the low one after it"},
           Case{"{\"a\":\"\\udc00\"}", "invalid JSON at byte 6: a low surrogate without the high one before it"},
           Case{"{\"a\":\"\xff\"}", "invalid JSON at byte 6: a string is not valid UTF-8"},
           Case{"{\"a\":\"\xed\xa0\x80\"}", "invalid JSON at byte 6: a string is not valid UTF-8"},
           Case{"{\"a\":\"\xc0\x80\"}", "invalid JSON at byte 6: a string is not valid UTF-8"},
           Case{"{\"a\":\"\xf4\x90\x80\x80\"}", "invalid JSON at byte 6: a string is not valid UTF-8"},
           Case{"{\"a\\u0000b\":1}", "invalid JSON at byte 1: a name must not contain \\u0000"},
           Case{"{\"x\":{\"a\\u0000b\":1}}", "invalid JSON at byte 6: a name must not contain \\u0000"},
           Case{"{\"a\":[1 2]}", "invalid JSON at byte 8: expected ',' or ']', found '2'"},
           Case{"{\"a\":[1,]}", "invalid JSON at byte 8: expected a value, found ']'"},
           Case{"{\"a\":{\"b\":1]}", "invalid JSON at byte 11: expected ',' or '}', found ']'"},
           Case{"{\"a\":1\v}", "invalid JSON at byte 6: expected ',' or '}', found byte 0x0b"},
       }) {
    EXPECT_EQ(decode(c.text), "error: " + std::string(c.error));
  }
}

TEST(JsonDecoder, BoundsTheDepth) {
  const auto nested = [](std::string_view open, size_t levels, std::string_view close) {
    std::string text = R"({"a":)";
    for (size_t i = 0; i < levels; ++i)
      text += open;
    text += '1';
    for (size_t i = 0; i < levels && !close.empty(); ++i)
      text += close;
    return text + (close.empty() ? "" : "}");
  };
  JsonDecoder decoder({"b"});
  const Decoded deepest = decode_padded(decoder, nested("[", kDepthMax - 1, "]"), "]");
  ASSERT_TRUE(deepest.document) << deepest.error;
  EXPECT_TRUE(validate_bson(*deepest.document).ok());
  EXPECT_TRUE(decode_padded(decoder, nested(R"({"x":)", kDepthMax - 1, "}"), "}").document);
  for (size_t levels : {kDepthMax, kDepthMax + 1, size_t{10'000}, size_t{1'000'000}}) {
    for (std::string_view open : {"[", R"({"x":)"}) {
      for (std::string_view close : {"", open == "[" ? "]" : "}"}) {
        const std::string text = nested(open, levels, close);
        EXPECT_NE(decode_padded(decoder, text, "]").error.find("more than 180 levels"), std::string::npos);
        EXPECT_FALSE(decode_fields_padded(decoder, {"b"}, text, "]"));
      }
    }
    EXPECT_FALSE(decode_padded(decoder, std::string(levels, '['), "]").document);
  }
}

TEST(JsonDecoder, BoundsTheSize) {
  JsonDecoder decoder({"a"});
  const auto string_of = [](size_t size) { return fmt::format(R"({{"a":"{}"}})", std::string(size, 'x')); };
  constexpr size_t kFrame = 4 + 1 + 2 + 4 + 1 + 1;
  EXPECT_TRUE(decode_padded(decoder, string_of(kDocumentBytesMax - kFrame), "0").document);
  EXPECT_TRUE(decode_fields_padded(decoder, {"a"}, string_of(kDocumentBytesMax - kFrame), "0"));
  EXPECT_FALSE(decode_padded(decoder, string_of(kDocumentBytesMax - kFrame + 1), "0").document);
  EXPECT_FALSE(decode_fields_padded(decoder, {"a"}, string_of(kDocumentBytesMax - kFrame + 1), "0"));
  std::string list = R"({"b":[1)";
  for (int i = 0; i < 2'000'000; ++i)
    list += ",1";
  list += "]}";
  EXPECT_NE(decode_padded(decoder, list, "0").error.find("16777216"), std::string::npos);
  EXPECT_FALSE(decode_fields_padded(decoder, {"a"}, list, "0"));
}

TEST(JsonDecoder, GivesTheWantedFields) {
  const std::vector<std::string> wanted = {"symbol", "quantity", "price", "side", "absent"};
  JsonDecoder decoder(wanted);
  struct Case {
    std::string_view text, fields;
  };
  for (const Case& c : {
           Case{R"({"side":"SELL","quantity":3021,"symbol":"ZVZZT","price":417,"account":"XYZ789","userid":"User_4"})",
                R"({ "symbol" : "ZVZZT", "quantity" : { "$numberInt" : "3021" }, "price" : { "$numberInt" : "417" }, )"
                R"("side" : "SELL" })"},
           Case{R"({"side":"BUY","quantity":7,"symbol":null,"price":4.5,"account":"XYZ789","userid":"User_4"})",
                R"({ "symbol" : null, "quantity" : { "$numberInt" : "7" }, "price" : { "$numberDouble" : "4.5" }, )"
                R"("side" : "BUY" })"},
           Case{R"({"side":{"a":[1]},"quantity":[],"price":-3,"price":4,"x":{"$date":"what"}})",
                R"({ "quantity" : [  ], "price" : { "$numberInt" : "-3" }, "side" : { "a" : [ )"
                R"({ "$numberInt" : "1" } ] } })"},
           Case{R"({"s\u0079mbol":"\u0041", "side":"a\nb" , "quantity": {"$numberLong":"5"} })",
                R"({ "symbol" : "A", "quantity" : { "$numberLong" : "5" }, "side" : "a\nb" })"},
           Case{R"({"price":{"$date":"2026-01-01T00:00:00Z"},"symbol":{"$oid":"5f43a1b2c3d4e5f60718293a"}})",
                R"({ "symbol" : { "$oid" : "5f43a1b2c3d4e5f60718293a" }, "price" : { "$date" : )"
                R"({ "$numberLong" : "1767225600000" } } })"},
           Case{"{}", "{ }"},
           Case{"[{}]", "{ }"},
           Case{R"({"quantity"   :true})", R"({ "quantity" : true })"},
       }) {
    for (int round = 0; round < 2; ++round) {
      for (std::string_view filler : kFillers) {
        const auto got = decode_fields_padded(decoder, wanted, c.text, filler);
        ASSERT_TRUE(got) << c.text;
        EXPECT_EQ(canonical(*got), c.fields) << c.text;
      }
    }
  }
}

TEST(JsonDecoder, StringsWithoutEscapesPointIntoTheText) {
  const PaddedText text(R"({"a":"in the text","b":"co\u0070ied"})", "0");
  const std::string_view view = text;
  JsonDecoder decoder({"a", "b"});
  Arena arena;
  Value slots[2];
  ASSERT_TRUE(decoder.decode_fields(text, arena, slots).ok());
  EXPECT_EQ(slots[0].as_string().data(), view.data() + 6);
  EXPECT_EQ(slots[1].as_string(), "copied");
}

TEST(JsonDecoder, ReadsFieldsOfATopLevelArray) {
  const std::vector<std::string> wanted = {"1", "7"};
  JsonDecoder decoder(wanted);
  const auto got = decode_fields_padded(decoder, wanted, R"(["a", "b"])", "0");
  ASSERT_TRUE(got);
  EXPECT_EQ(canonical(*got), R"({ "1" : "b" })");
}

TEST(JsonDecoder, EveryCutOfARecordIsAnError) {
  const std::string_view records[] = {
      R"({"side":"SELL","quantity":3021,"symbol":"ZVZZT","price":417.5,"account":"XYZ789","userid":"User_4"})",
      R"({"a":{"$date":{"$numberLong":"5"}},"b":[true,false,null,-1.5e10,"\ud83d\ude00äöü"],"c":12345678901234567890})",
      R"([ { "a" : 1 } , [ ] , "a string of more than thirty-two bytes in all" ])",
  };
  for (std::string_view record : records) {
    JsonDecoder decoder({"side", "a", "price"});
    ASSERT_TRUE(decode_padded(decoder, record, "0").document);
    for (size_t size = 0; size < record.size(); ++size) {
      for (std::string_view filler : kFillers) {
        EXPECT_FALSE(decode_padded(decoder, record.substr(0, size), filler).document) << record.substr(0, size);
        EXPECT_FALSE(decode_fields_padded(decoder, {"side", "a", "price"}, record.substr(0, size), filler));
      }
      // The rest of the record itself lies behind the cut.
      std::string rest(record.substr(size));
      EXPECT_FALSE(decode_padded(decoder, record.substr(0, size), rest).document) << record.substr(0, size);
      EXPECT_FALSE(decode_fields_padded(decoder, {"side", "a", "price"}, record.substr(0, size), rest));
    }
  }
}

TEST(JsonDecoder, ForgetsWhenNamesNeverRepeat) {
  JsonDecoder decoder({"n"});
  for (int i = 0; i < 5000; ++i) {
    const std::string text = fmt::format(R"({{"k{}":1,"x{}":"y","n":{}}})", i, i * 7, i);
    const auto got = decode_fields_padded(decoder, {"n"}, text, "0");
    ASSERT_TRUE(got);
    EXPECT_EQ(Document(got->data()).get("n").as_int(), i);
  }
  std::string wide = "{";
  for (int i = 0; i < 1000; ++i)
    wide += fmt::format(R"({}"wide{}":{})", i == 0 ? "" : ",", i, i);
  wide += R"(,"n":7})";
  for (int round = 0; round < 3; ++round) {
    const auto got = decode_fields_padded(decoder, {"n"}, wide, "0");
    ASSERT_TRUE(got);
    EXPECT_EQ(Document(got->data()).get("n").as_int(), 7);
    EXPECT_EQ(Document(decode_padded(decoder, wide, "0").document->data()).count(), 1001u);
  }
}

}  // namespace
}  // namespace penstock

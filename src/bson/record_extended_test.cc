// SPDX-License-Identifier: Apache-2.0
// Extended JSON in records, through the decoder. What libbson reads too must give the same bytes.
#include <bson/bson.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "bson/json_decoder.h"
#include "bson/padded_text.h"

namespace penstock {
namespace {

std::optional<std::string> by_libbson(std::string_view text) {
  bson_error_t error;
  bson_t* bson =
      bson_new_from_json(reinterpret_cast<const uint8_t*>(text.data()), static_cast<ssize_t>(text.size()), &error);
  if (bson == nullptr) return {};
  std::string bytes(reinterpret_cast<const char*>(bson_get_data(bson)), bson->len);
  bson_destroy(bson);
  return bytes;
}

// The value of the field "x" in a record, at the top level, nested and in an array: always the same type.
std::string decode(std::string_view value) {
  const std::vector<std::string> wanted = {"x"};
  JsonDecoder decoder(wanted);
  const std::string text = fmt::format(R"({{"x": {}}})", value);
  const Decoded got = decode_padded(decoder, text, "0");
  EXPECT_TRUE(got.document) << text << got.error;
  const std::string document = got.document.value_or(std::string("\5\0\0\0\0", 5));
  EXPECT_TRUE(validate_bson(document).ok()) << text;
  EXPECT_EQ(decode_fields_padded(decoder, wanted, text, "0"), document) << text;
  const Decoded nested = decode_padded(decoder, fmt::format(R"({{"a": [{{"x": {}}}]}})", value), "0");
  EXPECT_TRUE(nested.document && nested.document->find(document) != std::string::npos) << text;
  return document;
}

TEST(RecordExtendedJson, ReadsAllFormsAsLibbsonDoes) {
  struct Case {
    std::string_view text;
    Type type;
  };
  for (const Case& c : {
           Case{R"({"$oid":"5f43a1b2c3d4e5f60718293A"})", Type::kObjectId},
           Case{R"({"$numberInt":"-5"})", Type::kInt},
           Case{R"({"$numberLong":"5"})", Type::kLong},
           Case{R"({"$numberLong":"-9223372036854775808"})", Type::kLong},
           Case{R"({"$numberDouble":"-1.5"})", Type::kDouble},
           Case{R"({"$numberDouble":"1e10"})", Type::kDouble},
           Case{R"({"$numberDouble":"Infinity"})", Type::kDouble},
           Case{R"({"$numberDouble":"-Infinity"})", Type::kDouble},
           Case{R"({"$numberDecimal":"1.50"})", Type::kDecimal},
           Case{R"({"$numberDecimal":"-1E+6111"})", Type::kDecimal},
           Case{R"({"$numberDecimal":"Infinity"})", Type::kDecimal},
           Case{R"({"$date":"2026-01-01T00:00:00Z"})", Type::kDate},
           Case{R"({"$date":"2026-01-01T12:30:15.123Z"})", Type::kDate},
           Case{R"({"$date":"1969-12-31T23:59:59.999+0000"})", Type::kDate},
           Case{R"({"$date":"2026-01-01T00:00:00.5+0530"})", Type::kDate},
           Case{R"({"$date":{"$numberLong":"-1"}})", Type::kDate},
           Case{R"({"$date":1767225600000})", Type::kDate},
           Case{R"({"$binary":{"base64":"AAECAw==","subType":"00"}})", Type::kBinData},
           Case{R"({"$binary":{"subType":"80","base64":""}})", Type::kBinData},
           Case{R"({"$binary":{"base64":"//8=","subType":"02"}})", Type::kBinData},
           Case{R"({"$binary":"AAE=","$type":"05"})", Type::kBinData},
           Case{R"({"$uuid":"00112233-4455-6677-8899-aabbccddeeff"})", Type::kBinData},
           Case{R"({"$timestamp":{"t":1,"i":4294967295}})", Type::kTimestamp},
           Case{R"({"$timestamp":{"i":7,"t":4294967295}})", Type::kTimestamp},
           Case{R"({"$regularExpression":{"pattern":"^a.*b$","options":"xi"}})", Type::kRegex},
           Case{R"({"$regularExpression":{"options":"","pattern":""}})", Type::kRegex},
           Case{R"({"$regex":"a","$options":"i"})", Type::kRegex},
           Case{R"({"$symbol":"s\u00e4"})", Type::kSymbol},
           Case{R"({"$code":"f(1);"})", Type::kJavaScript},
           Case{R"({"$code":"f(1);","$scope":{"x":1}})", Type::kJavaScriptWithScope},
           Case{R"({"$dbPointer":{"$ref":"c","$id":{"$oid":"5f43a1b2c3d4e5f60718293a"}}})", Type::kDbPointer},
           Case{R"({"$minKey":1})", Type::kMinKey},
           Case{R"({"$maxKey":1})", Type::kMaxKey},
           Case{R"({"$undefined":true})", Type::kUndefined},
       }) {
    const std::string document = decode(c.text);
    EXPECT_EQ(Document(document.data()).get("x").type(), c.type) << c.text;
    EXPECT_EQ(document, by_libbson(fmt::format(R"({{"x": {}}})", c.text)).value_or("refused")) << c.text;
  }
}

TEST(RecordExtendedJson, ReadsNotANumber) {
  EXPECT_TRUE(std::isnan(Document(decode(R"({"$numberDouble":"NaN"})").data()).get("x").as_double()));
  EXPECT_EQ(Document(decode(R"({"$numberDecimal":"NaN"})").data()).get("x").type(), Type::kDecimal);
}

TEST(RecordExtendedJson, LeavesWhatIsNoFormAnObject) {
  for (std::string_view text : {
           R"({"$date":"yesterday"})",
           R"({"$date":"2026-02-30T00:00:00Z"})",
           R"({"$date":true})",
           R"({"$date":1.5})",
           R"({"$date":"2026-01-01T00:00:00Z","more":1})",
           R"({"$date":1,"$date":2})",
           R"({"$oid":"5f43a1b2c3d4e5f60718293"})",
           R"({"$oid":"5f43a1b2c3d4e5f60718293g"})",
           R"({"$oid":5})",
           R"({"$numberInt":"2147483648"})",
           R"({"$numberInt":"1.0"})",
           R"({"$numberInt":" 1"})",
           R"({"$numberInt":1})",
           R"({"$numberLong":"9223372036854775808"})",
           R"({"$numberLong":""})",
           R"({"$numberLong":"-"})",
           R"({"$numberDouble":"nan"})",
           R"({"$numberDouble":"1e999"})",
           R"({"$numberDouble":"inf"})",
           R"({"$numberDecimal":"one"})",
           R"({"$binary":{"base64":"AAE","subType":"00"}})",
           R"({"$binary":{"base64":"AAE=","subType":"000"}})",
           R"({"$binary":{"base64":"AAE="}})",
           R"({"$binary":{"base64":"AAE=","subType":"00","x":1}})",
           R"({"$binary":"AAE="})",
           R"({"$uuid":"00112233445566778899aabbccddeeff"})",
           R"({"$timestamp":{"t":-1,"i":1}})",
           R"({"$timestamp":{"t":1,"i":4294967296}})",
           R"({"$timestamp":{"t":1,"t":1}})",
           R"({"$timestamp":5})",
           R"({"$regularExpression":{"pattern":"a\u0000","options":""}})",
           R"({"$regularExpression":{"pattern":"a"}})",
           R"({"$symbol":1})",
           R"({"$code":1,"$scope":{}})",
           R"({"$dbPointer":{"$ref":"c","$id":"x"}})",
           R"({"$minKey":2})",
           R"({"$maxKey":true})",
           R"({"$undefined":false})",
           R"({"$foo":1})",
           R"({"$":1})",
           R"({"a":1,"$date":5})",
           R"({"$ref":"c","$id":1})",
       }) {
    const std::string document = decode(text);
    const Value value = Document(document.data()).get("x");
    EXPECT_EQ(value.type(), Type::kObject) << text;
    JsonDecoder decoder;  // At the top level nothing is Extended JSON.
    EXPECT_EQ(decode_padded(decoder, text, "0").document, std::string(value.bytes())) << text;
  }
}

TEST(RecordExtendedJson, EscapedNamesCountToo) {
  EXPECT_EQ(Document(decode(R"({"\u0024oid":"5f43a1b2c3d4e5f60718293a"})").data()).get("x").type(), Type::kObjectId);
}

}  // namespace
}  // namespace penstock

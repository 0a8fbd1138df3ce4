// SPDX-License-Identifier: Apache-2.0
// The decoder against simdjson (what is accepted, which values) and libbson (which bytes), on hand-made nasty texts, on
// random records and on random damage.
#include <bson/bson.h>
#include <gtest/gtest.h>
#include <simdjson.h>

#include <string>

#include "base/random.h"
#include "bson/json_decoder.h"
#include "bson/padded_text.h"

namespace penstock {
namespace {

constexpr uint64_t kSeed = 20260117;
const std::vector<std::string> kWanted = {"side", "a", "b", "price", "c", "", "äö"};

Value number_of(simdjson::dom::element element) {
  if (element.is<int64_t>()) {
    const int64_t n = element.get_int64();
    return n == static_cast<int32_t>(n) ? Value::int32(static_cast<int32_t>(n)) : Value::int64(n);
  }
  return Value::number(element.get_double());
}

void append(DocumentBuilder& to, std::string_view name, simdjson::dom::element element);

void append_container(DocumentBuilder& to, simdjson::dom::element element) {
  if (element.is_object()) {
    for (const auto& field : simdjson::dom::object(element))
      append(to, field.key, field.value);
    return;
  }
  size_t index = 0;
  for (const simdjson::dom::element item : simdjson::dom::array(element))
    append(to, std::to_string(index++), item);
}

void append(DocumentBuilder& to, std::string_view name, simdjson::dom::element element) {
  switch (element.type()) {
    case simdjson::dom::element_type::STRING: to.append(name, Value::string(std::string_view(element))); break;
    case simdjson::dom::element_type::BOOL: to.append(name, Value::boolean(bool(element))); break;
    case simdjson::dom::element_type::NULL_VALUE: to.append(name, Value::null()); break;
    case simdjson::dom::element_type::OBJECT:
    case simdjson::dom::element_type::ARRAY: {
      const size_t mark = element.is_object() ? to.begin_object(name) : to.begin_array(name);
      append_container(to, element);
      to.end(mark);
      break;
    }
    default: to.append(name, number_of(element));
  }
}

// The document simdjson would give, empty if it refuses the text.
std::optional<std::string> by_simdjson(std::string_view text) {
  simdjson::dom::parser parser;
  simdjson::dom::element element;
  const simdjson::padded_string padded(text);
  if (parser.parse(padded).get(element) != simdjson::SUCCESS) return {};
  if (!element.is_object() && !element.is_array()) return {};
  DocumentBuilder builder;
  append_container(builder, element);
  return builder.take();
}

std::optional<std::string> by_libbson(std::string_view text) {
  bson_error_t error;
  bson_t* bson =
      bson_new_from_json(reinterpret_cast<const uint8_t*>(text.data()), static_cast<ssize_t>(text.size()), &error);
  if (bson == nullptr) return {};
  std::string bytes(reinterpret_cast<const char*>(bson_get_data(bson)), bson->len);
  bson_destroy(bson);
  return bytes;
}

bool has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

// Integers that simdjson and libbson refuse and we read as doubles.
bool has_long_number(std::string_view text) {
  size_t run = 0;
  for (char c : text) {
    run = c >= '0' && c <= '9' ? run + 1 : 0;
    if (run >= 19) return true;
  }
  return false;
}

// Decodes, and compares with everything there is. Gives the document.
std::optional<std::string> check(JsonDecoder& decoder, std::string_view text, std::string_view filler) {
  const Decoded got = decode_padded(decoder, text, filler);
  const auto fields = decode_fields_padded(decoder, kWanted, text, filler);
  EXPECT_EQ(got.document.has_value(), fields.has_value()) << text;
  if (got.document) {
    EXPECT_TRUE(validate_bson(*got.document).ok()) << text;
    EXPECT_EQ(fields_of(*got.document, kWanted), fields.value_or("")) << text;
  }
  const bool special = has_long_number(text) || has(text, "\\u0000") || text.starts_with("\xef\xbb\xbf") ||
                       has(text, "\"$") || has(text, "\\u0024") || has(text, std::string_view("\0", 1));
  if (special) return got.document;
  EXPECT_EQ(got.document, by_simdjson(text)) << text << "\n" << got.error;
  if (got.document) {
    EXPECT_EQ(got.document, by_libbson(text)) << text;
  }
  return got.document;
}

constexpr std::string_view kGood[] = {
    "{}",
    "[]",
    "[[]   ]",
    "[\"\"]",
    "[\"a\"]",
    "[false]",
    "[null, 1, \"1\", {}]",
    "[null]",
    "[1\n]",
    " [1]",
    "[2] ",
    "[123e65]",
    "[0e+1]",
    "[0e1]",
    "[ 4]",
    "[-0.000000000000000000000000000000000000000000000000000000000000000001]",
    "[20e1]",
    "[-0]",
    "[-123]",
    "[-1]",
    "[1E22]",
    "[1E-2]",
    "[1E+2]",
    "[123e45]",
    "[123.456e78]",
    "[1e-2]",
    "[123.456789]",
    "[1.5E+300]",
    "{\"asd\":\"sdf\", \"dfg\":\"fgh\"}",
    "{\"a\":\"b\",\"a\":\"c\"}",
    "{\"a\":\"b\",\"a\":\"b\"}",
    "{\"\":0}",
    "{\"min\": -1.0e+28, \"max\": 1.0e+28}",
    "{\"x\":[{\"id\": \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"}], \"id\": \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"}",
    "{\"title\":\"\\u041f\\u043e\\u043b\\u0442\\u043e\\u0440\\u0430\"}",
    "{\n\"a\": \"b\"\n}",
    "[\"\\u0060\\u012a\\u12AB\"]",
    "[\"\\uD801\\udc37\"]",
    "[\"\\ud83d\\ude39\\ud83d\\udc8d\"]",
    "[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"]",
    "[\"\\\\u0000\"]",
    "[\"\\\\a\"]",
    "[\"a/*b*/c/*d//e\"]",
    "[\"\\uDBFF\\uDFFF\"]",
    "[\"\\uFFFF\"]",
    "[\"\xef\xbf\xbf\"]",
    "[\"\xf4\x8f\xbf\xbf\"]",
    "[\"\xc2\xa0\"]",
    "[\"\xed\x9f\xbf\"]",
    "[\"\xee\x80\x80\"]",
    "[\"\xf0\x90\x80\x80\"]",
    "[\"\xe0\xa0\x80\"]",
    "[\"\xe2\x80\xa8\"]",
    "[\"\x7f\"]",
    "[\"asd \"]",
    "[\"new\\u000Aline\"]",
    "[\"\\u0012\"]",
    "[1,null,null,null,2]",
    "\t\r\n [] \t\r\n",
};
constexpr std::string_view kBad[] = {
    "[1 true]",
    "[a\xe5]",
    "[\"\": 1]",
    "[\"\"],",
    "[,1]",
    "[1,,2]",
    "[\"x\",,]",
    "[\"x\"]]",
    "[\"\",]",
    "[\"x\"",
    "[x",
    "[3[4]]",
    "[\xff]",
    "[1:2]",
    "[,]",
    "[-]",
    "[   , \"\"]",
    "[\"a\",\n4\n,1,",
    "[1,]",
    "[\"\va\"\\f]",
    "[*]",
    "[1,",
    "[1,\n1\n,1",
    "[{}",
    "[fals]",
    "[nul]",
    "[tru]",
    "[truex]",
    "[nullx]",
    "[++1234]",
    "[+1]",
    "[+Inf]",
    "[-01]",
    "[-1.0.]",
    "[-2.]",
    "[-NaN]",
    "[.-1]",
    "[.2e-3]",
    "[0.1.2]",
    "[0.3e+]",
    "[0.3e]",
    "[0.e1]",
    "[0E+]",
    "[0E]",
    "[0e+]",
    "[0e]",
    "[1.0e+]",
    "[1.0e-]",
    "[1.0e]",
    "[1 000.0]",
    "[1eE2]",
    "[2.e+3]",
    "[2.e-3]",
    "[2.e3]",
    "[9.e+]",
    "[Inf]",
    "[NaN]",
    "[\xef\xbc\x91]",
    "[1+2]",
    "[0x1]",
    "[0x42]",
    "[Infinity]",
    "[0e+-1]",
    "[-123.123foo]",
    "[123\xe5]",
    "[1e1\xe5]",
    "[0\xe5]",
    "[-Infinity]",
    "[-foo]",
    "[- 1]",
    "[-012]",
    "[-.123]",
    "[1ea]",
    "[1.]",
    "[1.e1]",
    "[.123]",
    "[1.2a-3]",
    "[1.8011670033376514H-308]",
    "[012]",
    "[\"x\", truth]",
    "{[: \"x\"}",
    "{\"x\", null}",
    "{\"x\"::\"b\"}",
    "{\"a\":\"a\" 123}",
    "{key: 'value'}",
    "{\"a\" b}",
    "{:\"b\"}",
    "{\"a\" \"b\"}",
    "{\"a\":",
    "{\"a\"",
    "{1:1}",
    "{null:null,null:null}",
    "{\"id\":0,,,,,}",
    "{'a':0}",
    "{\"id\":0,}",
    "{\"a\":\"b\"}/**/",
    "{\"a\":\"b\"}/",
    "{\"a\":\"b\",,\"c\":\"d\"}",
    "{a: \"b\"}",
    "{\"a\":\"a",
    "{\"a\":\"b\"}#",
    "[\"\\uD800\\\"]",
    "[\"\\uD800\\u\"]",
    "[\"\\uD800\\u1\"]",
    "[\"\\uD800\\u1x\"]",
    "[\"\\a\"]",
    "[\"\\x00\"]",
    "[\"\\\\\\\"]",
    "[\"\\\t\"]",
    "[\"\\\xf0\x9f\x8c\x80\"]",
    "[\"\\\"]",
    "[\"\\u00A\"]",
    "[\"\\uD834\\uDd\"]",
    "[\"\\uqqqq\"]",
    "[\"\\\xe5\"]",
    "[\"a\nb\"]",
    "[\"\t\"]",
    "[\"\\UA66D\"]",
    "[\"\\uDC00\"]",
    "[\"\\uD800abc\"]",
    "[\"\\uDd1e\\uD834\"]",
    "[\"\x80\"]",
    "[\"\xbf\"]",
    "[\"\xc0\xaf\"]",
    "[\"\xe0\x80\xaf\"]",
    "[\"\xf0\x80\x80\xaf\"]",
    "[\"\xf8\x88\x80\x80\x80\"]",
    "[\"\xed\xbf\xbf\"]",
    "[\"\xc2\"]",
    "[\"\xe2\x82\"]",
    "[\"\xf0\x9f\x98\"]",
    "[\"\xf5\x80\x80\x80\"]",
    "[\"\xfe\"]",
    "[\"\xe9\"]",
    "[\"\xfc\x80\x80\x80\x80\x80\"]",
    "<null>",
    "[<null>]",
    "[1]x",
    "[\"asd]",
    "\xe5",
    "[True]",
    "1]",
    "{\"x\": true,",
    "[][]",
    "]",
    "{}}",
    "{\"\":",
    "{\"a\":/*comment*/\"b\"}",
    "{\"a\": true} \"x\"",
    "[\"a\"",
    "#{}",
    "{\"asd\":\"asd\"",
    "\xe2\x81\xa0{}",
    "[\f]",
    "[1]\xef\xbb\xbf",
    "[\xc2\xa0]",
    "{\"a\":1}{\"a\":2}",
    "[1e400]",
    "[-1e400]",
    "['x']",
    "[\"x\"\x0b]",
    "*",
    "{\"",
    "[\"",
    "{\"a\":[}",
    "[{]",
    "{,}",
    "{\"a\"}",
    "[\"a\":1]",
    "\"",
    "0",
    "\"a\"",
    "false",
    "[--1]",
};

TEST(JsonDecoderOracle, AcceptsAndRefusesAsTheStandardSays) {
  JsonDecoder decoder(kWanted);
  for (std::string_view filler : kFillers) {
    for (std::string_view text : kGood)
      EXPECT_TRUE(check(decoder, text, filler)) << text;
    for (std::string_view text : kBad)
      EXPECT_FALSE(check(decoder, text, filler)) << text;
  }
}

// Random valid JSON, with white space and escapes where they may stand.
class RandomJson {
 public:
  explicit RandomJson(Random& random) : random_(random) {}

  std::string record() {
    text_.clear();
    space_ = random_.below(3) == 0;
    object(0);
    return text_;
  }

 private:
  void space() {
    static constexpr std::string_view kBlanks[] = {" ", "\n", "\t ", "\r\n  "};
    if (space_ && random_.below(3) == 0) text_ += kBlanks[random_.below(4)];
  }
  void object(int depth) {
    text_ += '{';
    space();
    for (uint64_t n = random_.below(7), i = 0; i < n; ++i) {
      if (i != 0) text_ += ',';
      space();
      static constexpr std::string_view kNames[] = {"\"side\"",  "\"a\"", "\"b\"",       "\"price\"", "\"c\"",
                                                    "\"other\"", "\"\"",  "\"\\u0061\"", "\"äö\""};
      if (random_.below(8) == 0) {
        string();
      } else {
        text_ += kNames[random_.below(std::size(kNames))];
      }
      space();
      text_ += ':';
      value(depth + 1);
      space();
    }
    text_ += '}';
  }
  void array(int depth) {
    text_ += '[';
    for (uint64_t n = random_.below(random_.below(20) == 0 ? 120 : 5), i = 0; i < n; ++i) {
      if (i != 0) text_ += ',';
      value(depth + 1);
      space();
    }
    text_ += ']';
  }
  void value(int depth) {
    space();
    switch (random_.below(depth > 5 ? 6 : 8)) {
      case 0: text_ += random_.below(2) != 0 ? "true" : "false"; break;
      case 1: text_ += "null"; break;
      case 2: number(); break;
      case 3: text_ += std::to_string(random_.below(uint64_t{1} << random_.below(60))); break;
      case 4:
      case 5: string(); break;
      case 6: object(depth); break;
      default: array(depth);
    }
  }
  void digits(uint64_t max) {
    for (uint64_t n = 1 + random_.below(max), i = 0; i < n; ++i)
      text_ += static_cast<char>('0' + random_.below(10));
  }
  void number() {
    if (random_.below(2) != 0) text_ += '-';
    text_ += static_cast<char>('0' + random_.below(10));
    if (text_.back() != '0' && random_.below(2) != 0) digits(8);
    if (random_.below(2) != 0) {
      text_ += '.';
      digits(18);
    }
    if (random_.below(3) != 0) return;
    text_ += random_.below(2) != 0 ? 'e' : 'E';
    if (random_.below(2) != 0) text_ += random_.below(2) != 0 ? '-' : '+';
    digits(2);
  }
  void string() {
    static constexpr std::string_view kPieces[] = {"a",       "B",
                                                   " ",       "\\n",
                                                   "\\\"",    "\\\\",
                                                   "/",       "\\u00e4",
                                                   "\\u20aC", "\\ud83d\\ude00",
                                                   "ä",       "€",
                                                   "😀",      "0123456789abcdef",
                                                   "'",       "}",
                                                   ":",       ","};
    text_ += '"';
    for (uint64_t n = random_.below(random_.below(4) == 0 ? 40 : 6), i = 0; i < n; ++i)
      text_ += random_.below(3) != 0 ? kPieces[random_.below(2)] : kPieces[random_.below(std::size(kPieces))];
    text_ += '"';
  }

  Random& random_;
  std::string text_;
  bool space_ = false;
};

void damage(std::string& text, Random& random) {
  static constexpr std::string_view kTokens[] = {"\"",  "\\",   "{", "}",      "[",    "]",    ",",    ":",
                                                 "0",   "-",    ".", "e",      "\x01", "\xff", "\xc3", "null",
                                                 "1e5", "\\u0", " ", "\"a\":", "00",   "\n"};
  for (uint64_t n = 1 + random.below(3); n > 0 && !text.empty(); --n) {
    const size_t at = random.below(text.size());
    switch (random.below(5)) {
      case 0: text[at] = static_cast<char>(random.below(256)); break;
      case 1: text.erase(at, 1 + random.below(4)); break;
      case 2: text.insert(at, kTokens[random.below(std::size(kTokens))]); break;
      case 3: text.insert(at, text.substr(random.below(text.size()), 1 + random.below(12))); break;
      default: text[at] ^= static_cast<char>(1 << random.below(8));
    }
  }
}

TEST(JsonDecoderOracle, RandomRecordsGiveTheSameBytesEverywhere) {
  SCOPED_TRACE(fmt::format("seed {}", kSeed));
  SeededRandom random(kSeed);
  RandomJson json(random);
  JsonDecoder decoder(kWanted);
  for (int i = 0; i < 20'000 && !::testing::Test::HasFailure(); ++i) {
    const std::string text = json.record();
    ASSERT_TRUE(check(decoder, text, kFillers[random.below(std::size(kFillers))])) << text;
  }
}

TEST(JsonDecoderOracle, RandomDamageIsJudgedAsSimdjsonDoes) {
  SCOPED_TRACE(fmt::format("seed {}", kSeed + 1));
  SeededRandom random(kSeed + 1);
  RandomJson json(random);
  JsonDecoder decoder(kWanted);
  for (int i = 0; i < 40'000 && !::testing::Test::HasFailure(); ++i) {
    std::string text = json.record();
    damage(text, random);
    check(decoder, text, kFillers[random.below(std::size(kFillers))]);
  }
}

TEST(JsonDecoderOracle, EveryChangedByteIsJudgedAsSimdjsonDoes) {
  const std::string record =
      R"({"side":"SELL","quantity":3021,"symbol":"ZVäZT","price":4.7,"a":["X\u00e4\n",1e3,{"b":null}],"c":true})";
  JsonDecoder decoder(kWanted);
  for (size_t at = 0; at < record.size(); ++at) {
    for (int c = 0; c < 256; ++c) {
      std::string text = record;
      text[at] = static_cast<char>(c);
      check(decoder, record, "0");  // Learns the whole shape again.
      check(decoder, text, "\"");
    }
    if (::testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
#include "bson/json_scanner.h"

#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "bson/ejson.h"
#include "bson/utf8.h"

namespace penstock {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$' || (c & 0x80) != 0;
}

// Typographic quotes, which word processors write.
bool starts_with_curly_quote(std::string_view text) {
  return text.starts_with("\u201C") || text.starts_with("\u201D") || text.starts_with("\u2018") ||
         text.starts_with("\u2019") || text.starts_with("\u201E");
}

struct ShellForm {
  std::string_view word, instead;
};
constexpr ShellForm kShellForms[] = {
    {"ISODate", R"({"$date": "2024-05-17T10:20:00Z"})"},
    {"Date", R"({"$date": "2024-05-17T10:20:00Z"})"},
    {"new", R"({"$date": "2024-05-17T10:20:00Z"})"},
    {"ObjectId", R"({"$oid": "24 hexadecimal digits"})"},
    {"NumberInt", R"({"$numberInt": "1"})"},
    {"Int32", R"({"$numberInt": "1"})"},
    {"NumberLong", R"({"$numberLong": "1"})"},
    {"Long", R"({"$numberLong": "1"})"},
    {"Double", R"({"$numberDouble": "1.5"})"},
    {"NumberDecimal", R"({"$numberDecimal": "1.5"})"},
    {"Decimal128", R"({"$numberDecimal": "1.5"})"},
    {"Timestamp", R"({"$timestamp": {"t": 1, "i": 1}})"},
    {"UUID", R"({"$uuid": "00112233-4455-6677-8899-aabbccddeeff"})"},
    {"BinData", R"({"$binary": {"base64": "AA==", "subType": "00"}})"},
    {"MinKey", R"({"$minKey": 1})"},
    {"MaxKey", R"({"$maxKey": 1})"},
    {"NaN", R"({"$numberDouble": "NaN"})"},
    {"Infinity", R"({"$numberDouble": "Infinity"})"},
    {"-Infinity", R"({"$numberDouble": "-Infinity"})"},
    {"undefined", "null"},
    {"None", "null"},
    {"nil", "null"},
    {"True", "true"},
    {"TRUE", "true"},
    {"False", "false"},
    {"FALSE", "false"},
    {"Null", "null"},
    {"NULL", "null"},
};

// A number as JSON defines it, and nothing behind it.
bool is_json_number(std::string_view text) {
  size_t at = text.starts_with('-') ? 1 : 0;
  auto digits = [&] {
    size_t begin = at;
    while (at < text.size() && is_digit(text[at]))
      at++;
    return at - begin;
  };
  size_t whole_at = at;
  size_t whole = digits();
  if (whole == 0 || (whole > 1 && text[whole_at] == '0')) return false;
  if (at < text.size() && text[at] == '.') {
    at++;
    if (digits() == 0) return false;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    at++;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) at++;
    if (digits() == 0) return false;
  }
  return at == text.size();
}

}  // namespace

char JsonScanner::next() {
  while (at_ < text_.size()) {
    char c = text_[at_];
    if (c == '\n') {
      line_++;
      line_start_ = at_ + 1;
    } else if (c != ' ' && c != '\t' && c != '\r') {
      return c;
    }
    at_++;
  }
  return '\0';
}

bool JsonScanner::take(char c) {
  if (next() != c || at_ == text_.size()) return false;
  at_++;
  return true;
}

Error JsonScanner::wrong(TextPosition where, std::string_view sentence) {
  return Error(ErrorCode::kFailedToParse, "line {}, column {}: {}", where.line, where.column, sentence);
}

std::string_view JsonScanner::word() const {
  size_t end = at_;
  auto belongs = [&](char c) { return is_letter(c) || is_digit(c) || c == '.' || c == '+' || c == '-'; };
  while (end < text_.size() && belongs(text_[end]))
    end++;
  return text_.substr(at_, end - at_);
}

std::string JsonScanner::found() const {
  std::string_view rest = text_.substr(at_);
  if (rest.empty()) return "the end of the text";
  if (rest.starts_with("//") || rest.starts_with("/*")) return "a comment";
  if (starts_with_curly_quote(rest)) return fmt::format("a typographic quote {}", rest.substr(0, 3));
  auto c = static_cast<unsigned char>(rest[0]);
  if (c == '"') return "a string";
  if (c == '\'') return "a single quote";
  if (c < 0x20 || c == 0x7F) return fmt::format("the control character 0x{:02x}", c);
  std::string_view text = word();
  if (text.empty()) return fmt::format("\"{}\"", rest[0]);
  constexpr size_t kShown = 40;
  size_t shown = text.size() > kShown ? valid_utf8_size(text.substr(0, kShown)) : text.size();
  return fmt::format("\"{}\"", text.substr(0, shown));
}

std::string JsonScanner::hint_for_found() const {
  std::string_view rest = text_.substr(at_);
  if (rest.starts_with("//") || rest.starts_with("/*") || rest.starts_with('#')) {
    return "JSON has no comments, take it out";
  }
  if (rest.starts_with('\'')) return "JSON strings stand in double quotes";
  if (starts_with_curly_quote(rest)) return "use the plain double quote";
  if (rest.starts_with('/'))
    return R"(a regular expression is written {"$regularExpression": {"pattern": "^a", "options": "i"}})";
  if (rest.starts_with('=')) return "a colon stands between key and value";
  std::string_view text = word();
  for (const ShellForm& form : kShellForms) {
    if (text == form.word) return fmt::format("write {}", form.instead);
  }
  return {};
}

Error JsonScanner::unexpected(std::string_view expected, std::string_view hint) const {
  std::string advice = hint_for_found();
  if (advice.empty()) advice = hint;
  return wrong(position(),
               fmt::format("found {}, expected {}{}{}", found(), expected, advice.empty() ? "" : ": ", advice));
}

Result<uint32_t> JsonScanner::four_hex_digits() {
  uint32_t value = 0;
  std::string_view digits = text_.substr(at_, 4);
  auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  if (problem != std::errc() || end != digits.data() + 4) {
    return wrong(position_of(at_ - 2), "found \\u, expected four hexadecimal digits behind it");
  }
  at_ += 4;
  return value;
}

// at_ is behind the backslash.
Result<void> JsonScanner::escape(std::string& to) {
  constexpr std::string_view kLetters = "\"\\/bfnrt";
  constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
  size_t begin = at_ - 1;
  char c = at_ < text_.size() ? text_[at_++] : '\0';
  if (size_t i = kLetters.find(c); i != std::string_view::npos) {
    to.push_back(kMeanings[i]);
    return {};
  }
  if (relaxed_ && c == '\'') {
    to.push_back(c);
    return {};
  }
  if (c != 'u') {
    return wrong(position_of(begin),
                 "found a backslash, expected one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX: "
                 "a backslash itself is written \\\\");
  }
  PS_TRY(uint32_t unit, four_hex_digits());
  if (unit >= 0xD800 && unit < 0xDC00 && text_.substr(at_, 2) == "\\u") {
    at_ += 2;
    PS_TRY(uint32_t low, four_hex_digits());
    if (low < 0xDC00 || low > 0xDFFF)
      return wrong(position_of(begin), "found half of a surrogate pair, expected both halves");
    append_utf8(0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00), to);
    return {};
  }
  if (unit >= 0xD800 && unit <= 0xDFFF)
    return wrong(position_of(begin), "found half of a surrogate pair, expected both halves");
  append_utf8(unit, to);
  return {};
}

Result<void> JsonScanner::string(std::string& to) {
  char quote = next();
  if (quote != '"' && !(relaxed_ && quote == '\'')) return unexpected("a string in double quotes");
  size_t begin = at_++;
  while (true) {
    if (at_ == text_.size() || text_[at_] == '\n' || text_[at_] == '\r') {
      return wrong(position_of(begin),
                   fmt::format("found a string that is not closed, expected {} before the end of the line", quote));
    }
    char c = text_[at_];
    if (static_cast<unsigned char>(c) < 0x20) {
      return wrong(position(), fmt::format("found {} in a string, expected it escaped, as \\u{:04x}",
                                           c == '\t' ? "a tab" : found(), static_cast<unsigned>(c)));
    }
    at_++;
    if (c == quote) return {};
    if (c == '\\') {
      PS_TRY(escape(to));
    } else {
      to.push_back(c);
    }
  }
}

Result<void> JsonScanner::key(std::string& to) {
  char c = next();
  bool bare = (is_letter(c) || is_digit(c)) && !starts_with_curly_quote(text_.substr(at_));
  if (bare && relaxed_) {
    while (at_ < text_.size() && (is_letter(text_[at_]) || is_digit(text_[at_])))
      to.push_back(text_[at_++]);
    return {};
  }
  if (c != '"' && !(relaxed_ && c == '\'')) {
    return unexpected("a key in double quotes", bare ? "keys stand in double quotes" : "");
  }
  TextPosition where = position();
  size_t begin = to.size();
  PS_TRY(string(to));
  if (to.find('\0', begin) != std::string::npos)
    return wrong(where, "found a key with a NUL character, expected a key without");
  return {};
}

Result<Value> JsonScanner::number() {
  next();
  std::string text(word());
  if (!is_json_number(text)) {
    std::string_view hint;
    std::string_view unsigned_text = std::string_view(text).substr(text.starts_with('-') || text.starts_with('+'));
    if (text.starts_with('+')) hint = "JSON numbers have no plus sign";
    if (unsigned_text.size() > 1 && unsigned_text[0] == '0' && is_digit(unsigned_text[1]))
      hint = "JSON numbers have no leading zeros";
    if (unsigned_text.starts_with('.') || unsigned_text.ends_with('.'))
      hint = "digits stand on both sides of the point";
    return unexpected("a number", hint);
  }
  const char* end = text.data() + text.size();
  if (text.find_first_of(".eE") == std::string::npos) {
    int64_t n = 0;
    if (std::from_chars(text.data(), end, n).ec == std::errc()) {
      at_ += text.size();
      return n == static_cast<int32_t>(n) ? Value::int32(static_cast<int32_t>(n)) : Value::int64(n);
    }
  }
  double d = 0;
  // Only strtod tells too large from too small.
  if (std::from_chars(text.data(), end, d).ec != std::errc()) d = std::strtod(text.c_str(), nullptr);
  if (!std::isfinite(d)) return unexpected("a number that fits a double");
  at_ += text.size();
  return Value::number(d);
}

Result<Value> JsonScanner::literal() {
  next();
  std::string_view text = word();
  for (auto [name, value] : {std::pair(std::string_view("true"), Value::boolean(true)),
                             std::pair(std::string_view("false"), Value::boolean(false)),
                             std::pair(std::string_view("null"), Value::null())}) {
    if (text != name) continue;
    at_ += name.size();
    return value;
  }
  return unexpected("a value", text.empty() ? "" : "strings stand in double quotes");
}

// The counterpart of JsonScanner::wrong.
SyntaxError syntax_error(const Error& error) {
  SyntaxError parts{{}, error.message()};
  int sentence_at = 0;
  unsigned line = 0;
  unsigned column = 0;
  if (std::sscanf(error.message().c_str(), "line %u, column %u: %n", &line, &column, &sentence_at) == 2 &&
      sentence_at > 0) {
    parts.position = {line, column};
    parts.sentence = error.message().substr(static_cast<size_t>(sentence_at));
  }
  return parts;
}

}  // namespace penstock

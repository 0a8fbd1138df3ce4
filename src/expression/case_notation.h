// SPDX-License-Identifier: Apache-2.0
// For tests: reads the case notation of reference mql-semantics 0.
//   {$add: ["$a", 1L]} | {a: D"2.50"}  =>  D"3.50"
// 7 int, 7L long, 7.0 double, D"7.0" decimal, date"2023-05-17T10:20Z", oid"64641900...", ts(100, 2), bin(4, 00ff),
// /ab/i, NaN, Infinity, MinKey, MaxKey, undefined, js"code", symbol"text"; the rest is relaxed Extended JSON.
#pragma once

#include <cctype>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "bson/base64.h"
#include "bson/ejson.h"

namespace penstock::case_notation {

// Rewrites the notation to Extended JSON, token by token.
class Rewriter {
 public:
  explicit Rewriter(std::string_view text) : text_(text) {}

  std::string run() {
    while (at_ < text_.size())
      step();
    return std::move(out_);
  }

 private:
  static bool is_word(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$' || (c & 0x80) != 0;
  }
  bool before_value() const { return last_ == 0 || last_ == '[' || last_ == ',' || last_ == ':' || last_ == '('; }

  void step() {
    const char c = text_[at_];
    if (c == '"' || c == '\'') return copy(string_end(at_));
    if (c == '/' && before_value()) return regex();
    if (c == '-' || std::isdigit(static_cast<unsigned char>(c)) != 0) return number();
    if (is_word(c)) return word();
    if (c != ' ') last_ = c;
    out_ += c;
    ++at_;
  }

  size_t string_end(size_t from) const {
    size_t end = from + 1;
    while (end < text_.size() && text_[end] != text_[from])
      end += text_[end] == '\\' ? 2 : 1;
    return end + 1;
  }

  void copy(size_t end) {
    out_.append(text_.substr(at_, end - at_));
    at_ = end;
    last_ = 'x';
  }

  void wrap(std::string_view name, std::string_view content) {
    out_.append("{\"").append(name).append("\":").append(content).append("}");
    last_ = 'x';
  }

  std::string take_quoted() {
    const size_t end = string_end(at_);
    std::string quoted(text_.substr(at_, end - at_));
    at_ = end;
    return quoted;
  }

  std::string take_parentheses() {
    const size_t close = text_.find(')', at_);
    std::string inner(text_.substr(at_ + 1, close - at_ - 1));
    at_ = close + 1;
    return inner;
  }

  void number() {
    size_t end = at_ + 1;
    while (end < text_.size() && (is_word(text_[end]) || text_[end] == '.' ||
                                  ((text_[end] == '-' || text_[end] == '+') && (text_[end - 1] | 0x20) == 'e')))
      ++end;
    std::string_view token = text_.substr(at_, end - at_);
    if (token.ends_with('L')) {
      at_ = end;
      return wrap("$numberLong", "\"" + std::string(token.substr(0, token.size() - 1)) + "\"");
    }
    if (token == "-Infinity") {
      at_ = end;
      return wrap("$numberDouble", "\"-Infinity\"");
    }
    copy(end);
  }

  void word() {
    size_t end = at_;
    while (end < text_.size() && is_word(text_[end]))
      ++end;
    const std::string_view name = text_.substr(at_, end - at_);
    const char next = end < text_.size() ? text_[end] : ' ';
    const bool value = before_value() && next != ':';
    if (!value) return copy(end);
    if (name == "NaN" || name == "Infinity") return constant(end, "$numberDouble", "\"" + std::string(name) + "\"");
    if (name == "MinKey") return constant(end, "$minKey", "1");
    if (name == "MaxKey") return constant(end, "$maxKey", "1");
    if (name == "undefined") return constant(end, "$undefined", "true");
    if (next == '"') return typed_text(name, end);
    if (next == '(') return typed_parts(name, end);
    copy(end);
  }

  void constant(size_t end, std::string_view type, std::string_view content) {
    at_ = end;
    wrap(type, content);
  }

  void typed_text(std::string_view name, size_t end) {
    at_ = end;
    const std::string quoted = take_quoted();
    if (name == "date") return wrap("$date", with_seconds(quoted));
    wrap(name == "D" ? "$numberDecimal" : name == "oid" ? "$oid" : name == "js" ? "$code" : "$symbol", quoted);
  }

  // "2023-05-17T10:20Z" -> "2023-05-17T10:20:00Z"
  static std::string with_seconds(const std::string& quoted) {
    const size_t time = quoted.find('T');
    if (time == std::string::npos || quoted.find(':', time + 4) != std::string::npos) return quoted;
    return quoted.substr(0, time + 6) + ":00" + quoted.substr(time + 6);
  }

  void typed_parts(std::string_view name, size_t end) {
    at_ = end;
    const std::string inner = take_parentheses();
    const size_t comma = inner.find(',');
    std::string first = inner.substr(0, comma);
    std::string second = inner.substr(comma + 1);
    std::erase(second, ' ');
    if (name == "ts") return wrap("$timestamp", "{\"t\":" + first + ",\"i\":" + second + "}");
    std::string bytes;
    for (size_t i = 0; i + 1 < second.size(); i += 2)
      bytes += static_cast<char>(std::stoi(second.substr(i, 2), nullptr, 16));
    std::string base64;
    append_base64(bytes, base64);
    if (first.size() < 2) first.insert(0, "0");
    wrap("$binary", "{\"base64\":\"" + base64 + "\",\"subType\":\"" + first + "\"}");
  }

  void regex() {
    size_t end = at_ + 1;
    while (end < text_.size() && text_[end] != '/')
      end += text_[end] == '\\' ? 2 : 1;
    std::string pattern;
    for (const char c : text_.substr(at_ + 1, end - at_ - 1)) {
      if (c == '\\' || c == '"') pattern += '\\';
      pattern += c;
    }
    at_ = end + 1;
    std::string flags;
    while (at_ < text_.size() && std::isalpha(static_cast<unsigned char>(text_[at_])) != 0)
      flags += text_[at_++];
    wrap("$regularExpression", "{\"pattern\":\"" + pattern + "\",\"options\":\"" + flags + "\"}");
  }

  std::string_view text_;
  size_t at_ = 0;
  char last_ = 0;  // The last character that was not a blank; 'x' after a value or a name.
  std::string out_;
};

// The value of a text in the notation, or in relaxed Extended JSON, which it includes.
struct ParsedValue {
  OwnedDocument holder;
  Value value() const { return holder.view().get("v"); }  // As long as this stays where it is.
};

inline Result<ParsedValue> parse_value(std::string_view text) {
  PS_TRY(OwnedDocument holder, parse_filter("{v:" + Rewriter(text).run() + "}"));
  return ParsedValue{std::move(holder)};
}

inline std::string_view trimmed(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())) != 0)
    text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0)
    text.remove_suffix(1);
  return text;
}

// Splits at blanks outside of brackets and strings: "{x: 1} {}" -> two texts.
inline std::vector<std::string_view> split_documents(std::string_view text) {
  std::vector<std::string_view> parts;
  int depth = 0;
  size_t begin = 0;
  char quote = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != 0) {
      if (c == '\\') ++i;
      if (c == quote) quote = 0;
      continue;
    }
    if (c == '"' || c == '\'') quote = c;
    if (c == '{' || c == '[' || c == '(') ++depth;
    if (c == '}' || c == ']' || c == ')') --depth;
    if (depth == 0 && (c == '}' || c == ']')) {
      parts.push_back(trimmed(text.substr(begin, i + 1 - begin)));
      begin = i + 1;
    }
  }
  return parts;
}

// A line of a .cases file.
struct Case {
  int line = 0;
  std::string expression;
  std::string document;  // "{}" when the line has none.
  std::string result;
};

inline std::vector<Case> read_cases(const std::string& path) {
  std::ifstream file(path);
  std::vector<Case> cases;
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    const std::string_view text = trimmed(line);
    if (text.empty() || text.front() == '#') continue;
    const size_t arrow = text.rfind(" => ");
    const size_t bar = text.find(" | ");
    if (arrow == std::string_view::npos) {
      cases.push_back({number, std::string(text), "", "this line has no =>"});
      continue;
    }
    const bool has_document = bar != std::string_view::npos && bar < arrow;
    cases.push_back({number, std::string(trimmed(text.substr(0, has_document ? bar : arrow))),
                     has_document ? std::string(trimmed(text.substr(bar + 3, arrow - bar - 3))) : "{}",
                     std::string(trimmed(text.substr(arrow + 4)))});
  }
  return cases;
}

// "error 16020", "error TypeMismatch": whether `code` is meant.
inline bool names_error(std::string_view result, ErrorCode code) {
  if (!result.starts_with("error ")) return false;
  std::string_view name = trimmed(result.substr(6));
  name = name.substr(0, name.find(' '));
  return name == std::to_string(static_cast<int32_t>(code)) || name == error_code_name(code);
}

// The value as exact text, types included; "missing".
inline std::string exact_text(const Value& value) {
  return value.is_missing() ? "missing" : to_json(value, JsonStyle::kCanonical);
}

}  // namespace penstock::case_notation

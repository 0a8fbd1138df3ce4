// SPDX-License-Identifier: Apache-2.0
// Values as MongoDB's error texts show them: { a: 1, b: "x", c: [ 1, 2 ], d: new Date(0) }.
#include <algorithm>

#include "bson/base64.h"
#include "bson/ejson.h"
#include "bson/number.h"
#include "bson/utf8.h"

namespace penstock {
namespace {

class TextPrinter {
 public:
  // Stops soon after `bytes_max`: a value may be megabytes long.
  TextPrinter(size_t bytes_max, std::string& to) : bytes_max_(bytes_max), to_(to) {}

  void print(const Value& value) {
    switch (value.type()) {
      case Type::kMissing: to_ += "missing"; return;
      case Type::kUndefined: to_ += "undefined"; return;
      case Type::kNull: to_ += "null"; return;
      case Type::kMinKey: to_ += "MinKey"; return;
      case Type::kMaxKey: to_ += "MaxKey"; return;
      case Type::kBool: to_ += value.as_bool() ? "true" : "false"; return;
      case Type::kInt:
      case Type::kLong: to_ += std::to_string(value.as_integer()); return;
      case Type::kDouble: to_ += double_to_text(value.as_double()); return;
      case Type::kDecimal: to_ += decimal_to_text(value.as_decimal()); return;
      case Type::kString:
      case Type::kSymbol: return print_quoted(value.bytes());
      case Type::kObject: return print_container(value.as_object(), '{', '}');
      case Type::kArray: return print_container(value.as_array(), '[', ']');
      case Type::kDate: to_ += fmt::format("new Date({})", value.as_date().ms); return;
      case Type::kTimestamp:
        to_ += fmt::format("Timestamp({}, {})", value.as_timestamp() >> 32, value.as_timestamp() & 0xFFFFFFFF);
        return;
      case Type::kObjectId: return print_hex("ObjectId('", value.bytes(), "')");
      case Type::kBinData: return print_binary(value);
      case Type::kRegex: return print_regex(value.bytes());
      case Type::kJavaScript: return print_cut(value.bytes());
      case Type::kJavaScriptWithScope: return print_javascript_with_scope(value);
      case Type::kDbPointer: return print_db_pointer(value.bytes());
    }
  }

 private:
  size_t left() const { return to_.size() < bytes_max_ ? bytes_max_ - to_.size() : 0; }

  void print_cut(std::string_view text) { to_ += text.substr(0, left() + 1); }

  void print_quoted(std::string_view text) {
    to_.push_back('"');
    print_cut(text);
    to_.push_back('"');
  }

  void print_hex(std::string_view before, std::string_view bytes, std::string_view after) {
    to_ += before;
    append_hex(bytes.substr(0, left() + 1), to_);
    to_ += after;
  }

  void print_container(Document document, char open, char close) {
    to_.push_back(open);
    std::string_view separator = " ";
    for (const Element& element : document) {
      if (left() == 0) break;
      to_ += separator;
      separator = ", ";
      if (open == '{') {
        print_cut(element.name);
        to_ += ": ";
      }
      print(element.value);
    }
    if (!document.empty()) to_.push_back(' ');
    to_.push_back(close);
  }

  void print_binary(const Value& value) {
    std::string_view bytes = value.bytes();
    if (value.subtype() != 4 || bytes.size() != 16) {
      size_t begin = to_.size();
      print_hex(fmt::format("BinData({}, ", value.subtype()), bytes, ")");
      for (size_t i = begin + 8; i < to_.size(); i++) {
        if (to_[i] >= 'a' && to_[i] <= 'f') to_[i] = static_cast<char>(to_[i] - 'a' + 'A');
      }
      return;
    }
    to_ += "UUID(\"";
    for (size_t i = 0; i < 16; i++) {
      if (i == 4 || i == 6 || i == 8 || i == 10) to_.push_back('-');
      append_hex(bytes.substr(i, 1), to_);
    }
    to_ += "\")";
  }

  void print_regex(std::string_view bytes) {
    size_t nul = bytes.find('\0');
    to_.push_back('/');
    print_cut(bytes.substr(0, nul));
    to_.push_back('/');
    to_ += bytes.substr(nul + 1, bytes.size() - nul - 2);
  }

  void print_javascript_with_scope(const Value& value) {
    JavaScriptWithScope parts = split_javascript_with_scope(value);
    to_ += "CodeWScope( ";
    print_cut(parts.code);
    to_ += ", ";
    print_container(parts.scope, '{', '}');
    to_.push_back(')');
  }

  void print_db_pointer(std::string_view bytes) {
    to_ += "DBRef('";
    print_cut(bytes.substr(4, bytes.size() - 4 - 1 - 12));
    print_hex("',", bytes.substr(bytes.size() - 12), ")");
  }

  size_t bytes_max_;
  std::string& to_;
};

}  // namespace

std::string to_text(const Value& value, size_t chars_max) {
  std::string text;
  TextPrinter(chars_max, text).print(value);
  if (text.size() <= chars_max) return text;
  // Never in the middle of a character.
  size_t end = chars_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
    end--;
  return text.substr(0, end) + "...";
}

}  // namespace penstock

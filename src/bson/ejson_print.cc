// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "bson/base64.h"
#include "bson/ejson.h"
#include "bson/iso_date.h"
#include "bson/number.h"

namespace penstock {
namespace {

void append_quoted(std::string_view text, std::string& to) {
  to.push_back('"');
  for (char c : text) {
    switch (c) {
      case '"': to += "\\\""; break;
      case '\\': to += "\\\\"; break;
      case '\b': to += "\\b"; break;
      case '\f': to += "\\f"; break;
      case '\n': to += "\\n"; break;
      case '\r': to += "\\r"; break;
      case '\t': to += "\\t"; break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          to += "\\u00";
          append_hex({&c, 1}, to);
        } else {
          to.push_back(c);
        }
    }
  }
  to.push_back('"');
}

class JsonPrinter {
 public:
  JsonPrinter(JsonStyle style, std::string& to) : canonical_(style == JsonStyle::kCanonical), to_(to) {}

  void print(const Value& value) {
    switch (value.type()) {
      case Type::kMissing: to_ += "missing"; return;  // Not JSON: nothing may take it for a value.
      case Type::kNull: to_ += "null"; return;
      case Type::kBool: to_ += value.as_bool() ? "true" : "false"; return;
      case Type::kInt: return print_integer("$numberInt", value.as_int());
      case Type::kLong: return print_integer("$numberLong", value.as_long());
      case Type::kDouble: return print_double(value.as_double());
      case Type::kDecimal: return print_wrapped("$numberDecimal", decimal_to_text(value.as_decimal()));
      case Type::kString: return append_quoted(value.as_string(), to_);
      case Type::kObject: return print_object(value.as_object());
      case Type::kArray: return print_array(value.as_array());
      case Type::kDate: return print_date(value.as_date());
      case Type::kObjectId: return print_object_id(value.bytes());
      case Type::kBinData: return print_binary(value);
      case Type::kTimestamp: return print_timestamp(value.as_timestamp());
      case Type::kRegex: return print_regex(value.bytes());
      case Type::kUndefined: to_ += R"({"$undefined":true})"; return;
      case Type::kMinKey: to_ += R"({"$minKey":1})"; return;
      case Type::kMaxKey: to_ += R"({"$maxKey":1})"; return;
      case Type::kSymbol: return print_wrapped("$symbol", value.bytes());
      case Type::kJavaScript: return print_wrapped("$code", value.bytes());
      case Type::kJavaScriptWithScope: return print_javascript_with_scope(value);
      case Type::kDbPointer: return print_db_pointer(value.bytes());
    }
  }

  void print_object(Document document) {
    to_.push_back('{');
    bool first = true;
    for (const Element& field : document) {
      if (!first) to_.push_back(',');
      first = false;
      append_quoted(field.name, to_);
      to_.push_back(':');
      print(field.value);
    }
    to_.push_back('}');
  }

 private:
  void print_array(Document items) {
    to_.push_back('[');
    bool first = true;
    for (const Element& item : items) {
      if (!first) to_.push_back(',');
      first = false;
      print(item.value);
    }
    to_.push_back(']');
  }

  // {"key":"text"}
  void print_wrapped(std::string_view key, std::string_view text) {
    to_ += "{\"";
    to_ += key;
    to_ += "\":";
    append_quoted(text, to_);
    to_.push_back('}');
  }

  void print_integer(std::string_view key, int64_t n) {
    if (canonical_) return print_wrapped(key, std::to_string(n));
    to_ += std::to_string(n);
  }

  void print_double(double d) {
    std::string text = std::isnan(d)            ? "NaN"
                       : std::isinf(d) && d > 0 ? "Infinity"
                       : std::isinf(d)          ? "-Infinity"
                                                : double_to_text(d);
    if (canonical_ || !std::isfinite(d)) return print_wrapped("$numberDouble", text);
    to_ += text;
  }

  void print_date(EventTime date) {
    // Years 1970 to 9999 as text, as the specification of Extended JSON has it.
    std::string text;
    if (!canonical_ && date.ms >= 0 && append_iso_date(date, text)) return print_wrapped("$date", text);
    to_ += R"({"$date":{"$numberLong":")";
    to_ += std::to_string(date.ms);
    to_ += R"("}})";
  }

  void print_object_id(std::string_view bytes) {
    to_ += R"({"$oid":")";
    append_hex(bytes, to_);
    to_ += R"("})";
  }

  void print_binary(const Value& value) {
    std::string_view bytes = value.bytes();
    if (value.subtype() == 2 && bytes.size() >= 4) bytes.remove_prefix(4);  // The length once more.
    to_ += R"({"$binary":{"base64":")";
    append_base64(bytes, to_);
    to_ += R"(","subType":")";
    auto subtype = static_cast<char>(value.subtype());
    append_hex({&subtype, 1}, to_);
    to_ += R"("}})";
  }

  void print_timestamp(uint64_t t) {
    to_ += fmt::format(R"({{"$timestamp":{{"t":{},"i":{}}}}})", t >> 32, t & 0xFFFFFFFF);
  }

  void print_regex(std::string_view bytes) {
    size_t nul = bytes.find('\0');
    to_ += R"({"$regularExpression":{"pattern":)";
    append_quoted(bytes.substr(0, nul), to_);
    to_ += R"(,"options":)";
    append_quoted(bytes.substr(nul + 1, bytes.size() - nul - 2), to_);
    to_ += "}}";
  }

  void print_javascript_with_scope(const Value& value) {
    JavaScriptWithScope parts = split_javascript_with_scope(value);
    to_ += R"({"$code":)";
    append_quoted(parts.code, to_);
    to_ += R"(,"$scope":)";
    print_object(parts.scope);
    to_.push_back('}');
  }

  // int32 length with NUL, name, NUL, 12 bytes of id.
  void print_db_pointer(std::string_view bytes) {
    to_ += R"({"$dbPointer":{"$ref":)";
    append_quoted(bytes.substr(4, bytes.size() - 4 - 1 - 12), to_);
    to_ += R"(,"$id":)";
    print_object_id(bytes.substr(bytes.size() - 12));
    to_ += "}}";
  }

  bool canonical_;
  std::string& to_;
};

}  // namespace

std::string to_json(Document document, JsonStyle style) {
  std::string text;
  JsonPrinter(style, text).print_object(document);
  return text;
}

std::string to_json(const Value& value, JsonStyle style) {
  std::string text;
  JsonPrinter(style, text).print(value);
  return text;
}

}  // namespace penstock

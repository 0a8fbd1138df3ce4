// SPDX-License-Identifier: Apache-2.0
#include "tests/engine/golden_document.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace penstock {
namespace {

bool is_plain_name(std::string_view name) {
  const auto letter = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$'; };
  return !name.empty() && std::all_of(name.begin(), name.end(), letter) && std::isdigit(name[0]) == 0;
}

std::string name_text(std::string_view name) {
  return is_plain_name(name) ? std::string(name) : to_json(Value::string(name));
}

std::string container_text(const Value& value) {
  const bool array = value.is_array();
  std::string text(array ? "[" : "{");
  for (const Element& element : value.as_container()) {
    if (text.size() > 1) text += ", ";
    if (!array) text += name_text(element.name) + ": ";
    text += golden_text(element.value);
  }
  return text + (array ? "]" : "}");
}

}  // namespace

std::string golden_text(const Value& value) {
  switch (value.type()) {
    case Type::kObject:
    case Type::kArray: return container_text(value);
    case Type::kLong: return fmt::format("{{$numberLong: \"{}\"}}", value.as_long());
    case Type::kDouble:
    case Type::kInt:
    case Type::kString:
    case Type::kBool:
    case Type::kNull: return to_json(value);
    case Type::kDate: return "{$date: " + to_json(value).substr(9);  // Behind {"$date": that it begins with.
    default: return to_json(value, JsonStyle::kCanonical);
  }
}

std::string_view cut_bracketed(std::string_view text) {
  size_t depth = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"' || c == '\'') {
      for (++i; i < text.size() && text[i] != c; ++i)
        if (text[i] == '\\') ++i;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if ((c == '}' || c == ']') && --depth == 0) {
      return text.substr(0, i + 1);
    }
  }
  return {};
}

Result<std::vector<OwnedDocument>> parse_golden_documents(std::string_view text) {
  std::vector<OwnedDocument> documents;
  while (true) {
    const size_t begin = text.find_first_not_of(" \t\r\n");
    if (begin == std::string_view::npos) return documents;
    text.remove_prefix(begin);
    const std::string_view one = text[0] == '{' ? cut_bracketed(text) : std::string_view();
    if (one.empty()) return Error(ErrorCode::kFailedToParse, "expected a document at: {}", text.substr(0, 40));
    PS_TRY(OwnedDocument document, parse_filter(one));
    documents.push_back(std::move(document));
    text.remove_prefix(one.size());
  }
}

}  // namespace penstock

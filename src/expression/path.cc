// SPDX-License-Identifier: Apache-2.0
// Field paths: their text and how they read a document (reference mql-semantics 2.3, 3.1).
#include "expression/expression.h"

namespace penstock {
namespace {

constexpr size_t kPathPartsMax = 200;

Value read_path_in_array(Document array, std::span<const std::string> parts, Arena& arena) {
  ArrayBuilder found;
  for (const Element& element : array) {
    if (!element.value.is_object()) continue;
    const Value value = read_path(element.value, parts, arena);
    if (!value.is_missing()) found.append(value);
  }
  return Value::array(found.finish_in(arena));
}

Result<void> check_part(std::string_view part) {
  if (part.empty()) return Error(ErrorCode{15998}, "FieldPath field names may not be empty strings.");
  if (part.front() == '$') {
    return Error(ErrorCode{16410},
                 "FieldPath field names may not start with '$'. Consider using $getField or $setField.");
  }
  if (part.find('\0') != std::string_view::npos) {
    return Error(ErrorCode{16411}, "FieldPath field names may not contain '\\0'.");
  }
  return {};
}

}  // namespace

Result<std::vector<std::string>> split_path(std::string_view path) {
  if (path.empty()) return Error(ErrorCode{40352}, "FieldPath cannot be constructed with empty string");
  if (path.back() == '.') return Error(ErrorCode{40353}, "FieldPath must not end with a '.'.");
  std::vector<std::string> parts;
  while (true) {
    const size_t dot = path.find('.');
    const std::string_view part = path.substr(0, dot);
    PS_TRY(check_part(part));
    parts.emplace_back(part);
    if (dot == std::string_view::npos) break;
    path.remove_prefix(dot + 1);
  }
  if (parts.size() > kPathPartsMax) return Error(ErrorCode::kOverflow, "FieldPath is too long");
  return parts;
}

Value read_path(const Value& start, std::span<const std::string> parts, Arena& arena) {
  Value value = start;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (value.is_array()) return read_path_in_array(value.as_array(), parts.subspan(i), arena);
    if (!value.is_object()) return Value::missing();
    value = value.as_object().get(parts[i]);
  }
  return value;
}

}  // namespace penstock

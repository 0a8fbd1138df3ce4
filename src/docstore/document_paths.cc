// SPDX-License-Identifier: Apache-2.0
#include "docstore/document_paths.h"

#include <algorithm>

namespace penstock {

Value value_at(Document document, PathParts path) {
  Value value = Value::object(document);
  for (const std::string& part : path) {
    if (!value.is_object()) return Value::missing();
    value = value.as_object().get(part);
  }
  return value;
}

void write_with(Document document, PathParts path, const Value& value, DocumentBuilder& to) {
  const auto write_field = [&](const Value& before) {
    if (path.size() == 1) return to.append(path.front(), value);
    const size_t mark = to.begin_object(path.front());
    write_with(before.is_object() ? before.as_object() : Document(), path.subspan(1), value, to);
    to.end(mark);
  };
  bool written = false;
  for (const Element& element : document) {
    if (written || element.name != path.front()) {
      to.append(element.name, element.value);
      continue;
    }
    written = true;
    write_field(element.value);
  }
  if (!written && !value.is_missing()) write_field(Value::missing());
}

Value element_at(Document array, std::string_view part) {
  const bool number = !part.empty() && part.size() < 10 && (part.size() == 1 || part[0] != '0') &&
                      std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; });
  return number ? array.get(part) : Value::missing();
}

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
// Dotted paths in documents, as $unwind, $lookup, distinct and find's projections walk them.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "bson/document.h"

namespace penstock {

using PathParts = std::span<const std::string>;

// Through objects only; missing where there is none (reference mql-semantics 3.4, $unwind).
Value value_at(Document document, PathParts path);

// `document` with `value` at `path`, appended to `to`. What stands in the way and is no object becomes one; a missing
// value removes the field.
void write_with(Document document, PathParts path, const Value& value, DocumentBuilder& to);

// The element of an array that a numeric part names; missing otherwise.
Value element_at(Document array, std::string_view part);

// Calls take(value) for every value the path leads to: arrays on the way are entered, one level, their numbered
// elements too; of an array at the end each element.
template <typename Take>
void visit_values(const Value& value, PathParts path, const Take& take) {
  if (value.is_missing()) return;
  if (path.empty()) {
    if (!value.is_array()) return take(value);
    for (const Element& element : value.as_array())
      take(element.value);
    return;
  }
  if (value.is_object()) return visit_values(value.as_object().get(path.front()), path.subspan(1), take);
  if (!value.is_array()) return;
  visit_values(element_at(value.as_array(), path.front()), path.subspan(1), take);
  for (const Element& element : value.as_array()) {
    if (element.value.is_object()) visit_values(element.value, path, take);
  }
}

}  // namespace penstock

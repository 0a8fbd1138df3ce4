// SPDX-License-Identifier: Apache-2.0
// Fields in the order of their first appearance, each with its last value: what $mergeObjects and $arrayToObject make.
// Names and values are not copied until finish().
#pragma once

#include <string_view>
#include <unordered_map>
#include <vector>

#include "expression/functions/results.h"

namespace penstock {

class FieldList {
 public:
  explicit FieldList(std::string_view function) : function_(function) {}
  Result<void> set(std::string_view name, const Value& value);
  Value finish(Arena& arena);

 private:
  size_t place_of(std::string_view name);

  std::string_view function_;
  std::vector<Element> fields_;
  std::unordered_map<std::string_view, size_t> places_;  // Only used when there are many fields.
  size_t bytes_ = 0;
};

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
// Paths of the query language (reference mql-semantics 3.2, 16): one path names many candidates.
//   "a.b" on {a: [{b: 1}, 5, {b: [2, 3]}]}  ->  1, [2, 3], 2, 3
// On an array: every element that is an object takes the rest of the path; a part that is a number also names the
// element at that place. An array at the end is a candidate itself and, unless the path named it by its place, so is
// each element. Where an object has no such field, and where a scalar stands in the way, missing is the candidate; an
// array without objects gives none.
#pragma once

#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "expression/expression.h"

namespace penstock {

class MatchPath {
 public:
  // Any text is a path here: "a..b" has an empty part.
  explicit MatchPath(std::string_view text);

  void collect_needs(FieldNeeds& needs) const { needs.add(parts_.front().name); }
  void bind(const FieldNeeds* needs) { slot_ = needs == nullptr ? -1 : needs->slot_of(parts_.front().name); }

  // The row's value of the first part.
  Value first_of(const EvalContext& context) const {
    if (slot_ >= 0 && context.slots != nullptr) return context.slots[slot_];
    return context.root.is_object() ? context.root.as_object().get(parts_.front().name) : Value::missing();
  }
  Value first_of(Document document) const { return document.get(parts_.front().name); }

  // True if `test(candidate)` is true for any candidate below `first`. `expand`: elements of an array at the end are
  // candidates too.
  template <typename Test>
  bool any(const Value& first, bool expand, const Test& test) const {
    if (parts_.size() == 1) return leaf(first, expand, test);
    return visit(first, 1, expand, test);
  }

 private:
  static constexpr uint32_t kNoPlace = std::numeric_limits<uint32_t>::max();
  struct Part {
    std::string name;
    uint32_t place = kNoPlace;  // For "0", "1", ...
  };

  template <typename Test>
  static bool leaf(const Value& value, bool expand, const Test& test) {
    if (test(value)) return true;
    if (!expand || !value.is_array()) return false;
    for (const Element& element : value.as_array()) {
      if (test(element.value)) return true;
    }
    return false;
  }

  // `value` was reached by the parts before `next`.
  template <typename Test>
  bool visit(const Value& value, size_t next, bool expand, const Test& test) const {
    if (next == parts_.size()) return leaf(value, expand, test);
    if (value.is_object()) return visit(value.as_object().get(parts_[next].name), next + 1, expand, test);
    if (value.is_array()) return visit_array(value.as_array(), next, expand, test);
    return test(Value::missing());
  }

  template <typename Test>
  bool visit_array(Document array, size_t next, bool expand, const Test& test) const {
    uint32_t place = 0;
    for (const Element& element : array) {
      const Value& value = element.value;
      if (value.is_object() && visit(value, next, expand, test)) return true;
      if (place == parts_[next].place && visit_place(value, next + 1, expand, test)) return true;
      ++place;
    }
    return false;
  }

  // `value` is what a numeric part named in an array.
  template <typename Test>
  bool visit_place(const Value& value, size_t next, bool expand, const Test& test) const {
    if (next == parts_.size()) return test(value);
    if (value.is_object()) return visit(value, next, expand, test);
    return value.is_array() && visit_array(value.as_array(), next, expand, test);
  }

  std::vector<Part> parts_;
  int slot_ = -1;
};

}  // namespace penstock

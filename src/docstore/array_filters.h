// SPDX-License-Identifier: Apache-2.0
// arrayFilters of an update: which elements of an array "a.$[name]" means. Each filter is a query about one name:
//   arrayFilters [{"e.k": 1}], {$set: {"a.$[e].v": 0}}   sets v in the elements of a whose k is 1
// Thread: immutable.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "bson/document.h"
#include "expression/match_query.h"

namespace penstock {

class ArrayFilters {
 public:
  // `filters`: an array that outlives this.
  static Result<ArrayFilters> parse(Document filters);
  bool has(std::string_view name) const { return filters_.contains(name); }
  bool passes(std::string_view name, const Value& element) const;
  // Names, sorted.
  std::vector<std::string> names() const;

 private:
  std::map<std::string, std::unique_ptr<Query>, std::less<>> filters_;
};

}  // namespace penstock

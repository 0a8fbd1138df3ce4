// SPDX-License-Identifier: Apache-2.0
// Which element of an array made a filter match: what the projection {"a.$": 1} shows. As in mongod (measured on
// 6.0.5) it is that of the last condition over an array in the order they are written, whatever array the projection
// names. ("$" in an update goes by the order in which mongod sorts conditions: matched_element.)
// Thread: immutable.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "docstore/query_filter.h"

namespace penstock {

class PositionalMatch {
 public:
  static Result<PositionalMatch> parse(Document filter, ParseContext& names);
  // Empty: no condition looked into an array. `document` matches the filter.
  Result<std::optional<uint32_t>> index(Document document, QueryRun& run) const;

 private:
  struct Condition {
    std::vector<std::string> path;
    QueryFilter filter;
  };
  Result<void> add(Document filter, ParseContext& names);
  Result<void> add_condition(std::string_view path, Document filter, ParseContext& names);
  static Result<std::optional<uint32_t>> find(const Condition& condition, Document document, QueryRun& run);
  std::vector<Condition> conditions_;
};

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
// The tree of a parsed filter and its two parsers, which call each other: queries ({field: ..., $or: [...]}, match.cc)
// and the operators of one field ({$gt: 1, $lt: 5}, match_operators.cc).
#pragma once

#include <memory>
#include <vector>

#include "expression/match.h"
#include "expression/match_predicates.h"

namespace penstock {

class Query : public Filter {
 public:
  // The same question about a document, or an array, that is not the row: an element below $elemMatch.
  virtual bool matches_document(Document document) const = 0;
};

// The context is null inside $elemMatch, where $expr is refused.
Result<std::unique_ptr<Query>> parse_query(Document spec, ParseContext* context);

// Whether the value of a field in a query is operators and not a document to be equal to.
bool is_operator_object(const Value& value);
// `value` as it stands behind a field: operators, a regex, or what the field must be equal to.
Result<std::vector<Term>> parse_condition(std::string_view field, const Value& value);

}  // namespace penstock

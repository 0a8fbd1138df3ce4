// SPDX-License-Identifier: Apache-2.0
// The query language: $match, find filters (reference mql-semantics 16).
#pragma once

#include <memory>

#include "expression/expression.h"

namespace penstock {

// A parsed filter. Immutable after bind(); each lane tests with its own context.
class Filter {
 public:
  virtual ~Filter() = default;
  // Tests the row in `context`. Errors only from $expr.
  virtual Result<bool> matches(EvalContext& context) const = 0;
  virtual void collect_needs(FieldNeeds& needs) const = 0;
  virtual void bind(const FieldNeeds* needs) = 0;
};

// Operators this version does not have are refused by name.
Result<std::unique_ptr<Filter>> parse_filter_document(Document spec, ParseContext& context);

}  // namespace penstock

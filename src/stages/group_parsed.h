// SPDX-License-Identifier: Apache-2.0
// The inside of a parsed $group, shared by its three users: parsing, adding rows, giving results.
#pragma once

#include "stages/group_stage.h"

namespace penstock {

struct GroupSpec::Parsed {
  struct KeyPart {
    std::string name;  // Field of a compound _id; empty when the key is one plain expression.
    ExpressionPtr expression;
    bool from_row = false;  // Reads the row; otherwise the same for all groups of a window.
  };
  struct Field {
    std::string name;
    size_t state;  // Index in the layout.
  };
  std::vector<KeyPart> key;
  bool compound = false;         // _id is an object of key parts.
  bool missing_is_null = false;  // Plain key, or a compound key of exactly one field.
  std::vector<Field> fields;
  std::vector<ExpressionPtr>
      arguments;  // Of the distinct accumulators, in the order of GroupLayout::states; null: none.
  size_t variables = 0;
  size_t outer_variables = 0;  // The first of them: their values come with the EvalContext.

  FieldNeeds needs() const;
  void bind(const FieldNeeds* needs);
  // From now on `context` has room for all variables, in `values`.
  void set_variables(EvalContext& context, std::vector<Value>& values) const;
};

}  // namespace penstock

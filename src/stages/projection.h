// SPDX-License-Identifier: Apache-2.0
// A projection: which fields of a document stay, go, or are computed, for $project, $addFields, $set and $unset
// (reference mql-semantics 3.3, 15.1, 15.2).
//
//   {a: 1, "b.c": 1, "b.d": "$x"}  -->  a: include          others go: the document's order, computed ones after it
//                                       b: descend ----> c: include, d: compute
//   {"b.d": "$x"} of $set          -->  b: descend ----> d: compute     others stay: computed ones in their old place
//
// Descending enters arrays, also nested ones, and applies to each element; the expressions see the whole document.
// Thread: immutable; each lane applies its own copy with its own EvalContext.
#pragma once

#include <string>
#include <vector>

#include "expression/expression.h"

namespace penstock {

struct ProjectionNode {
  enum class Action { kInclude, kExclude, kCompute, kDescend };
  std::string name;
  Action action = Action::kInclude;
  ExpressionPtr expression;              // kCompute only.
  std::vector<ProjectionNode> children;  // kDescend only, in the order of the spec.
  bool computes = false;                 // kDescend: something below is computed.
};

class Projection {
 public:
  // `others_stay`: fields that no node names are kept, and computed fields take the place of the old ones.
  Projection(std::vector<ProjectionNode> nodes, bool others_stay)
      : nodes_(std::move(nodes)), others_stay_(others_stay) {}

  // Applied to context.root, an object. The result lives in context.arena; `builder` is only working memory.
  Result<Document> apply(EvalContext& context, DocumentBuilder& builder) const;
  // What it reads itself: inputs of expressions, and the fields it names unless all others stay anyway.
  void collect_needs(FieldNeeds& needs) const;
  bool others_stay() const { return others_stay_; }

 private:
  std::vector<ProjectionNode> nodes_;
  bool others_stay_;
};

}  // namespace penstock

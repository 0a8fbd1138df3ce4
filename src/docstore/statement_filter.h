// SPDX-License-Identifier: Apache-2.0
// The filter of an update or delete, with the variables of `let`, and the `_id`s it names.
// Thread: one at a time.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "docstore/command_variables.h"
#include "expression/match.h"

namespace penstock {

class StatementFilter {
 public:
  // `spec` and `let`, {name: expression of constants}, outlive it.
  static Result<StatementFilter> parse(Document spec, Document let, const Clock& clock);
  Result<bool> passes(Document document);
  // Only documents with one of these can pass; in order, each once. Empty: any may.
  const std::optional<std::vector<Value>>& ids() const { return ids_; }

 private:
  explicit StatementFilter(const Clock& clock) : clock_(&clock) {}
  const Clock* clock_;
  std::unique_ptr<Filter> filter_;  // Null: all pass.
  std::optional<std::vector<Value>> ids_;
  CommandVariables let_;
  std::vector<Value> variables_;
  std::unique_ptr<Arena> arena_ = std::make_unique<Arena>();
  RowMeta meta_;
};

// The place of the array element that made the filter match, which is what "$" in an update means: that of the last
// condition that went through an array, in the order in which mongod sorts conditions. Empty: none did.
Result<std::optional<uint32_t>> matched_element(Document filter, Document document);

// What a document starts with that an update inserts: the fields that the filter wants to be equal to something, by
// path, nested. `id_only`: nothing but `_id`, for replacements. Error 54: a path is wanted twice.
Result<OwnedDocument> fields_of_filter(Document filter, bool id_only);

}  // namespace penstock

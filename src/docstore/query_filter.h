// SPDX-License-Identifier: Apache-2.0
// A filter made once and asked for many documents, with what a scan can gain from it: the `_id`s that it names.
// Thread: immutable; passes() uses the scratch memory of its caller.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "docstore/query_run.h"
#include "expression/match.h"

namespace penstock {

class QueryFilter {
 public:
  // Takes every document.
  QueryFilter() = default;
  static Result<QueryFilter> parse(Document spec, ParseContext& names);
  // The documents with these `_id`s: equality keys.
  static QueryFilter of_ids(std::vector<std::string> keys);

  bool takes_all() const { return filter_ == nullptr && !id_keys_; }
  // `scratch` is emptied.
  Result<bool> passes(Document document, QueryRun& run, Arena& scratch) const;
  // Set when only documents with one of these `_id`s can pass: their equality keys. The filter must still be asked.
  const std::optional<std::vector<std::string>>& id_keys() const { return id_keys_; }

 private:
  std::unique_ptr<Filter> filter_;
  std::optional<std::vector<std::string>> id_keys_;
};

// The documents of `input` that pass; `filter` outlives it.
std::unique_ptr<ResultStream> open_filter(std::unique_ptr<ResultStream> input, const QueryFilter& filter,
                                          QueryRun& run);

}  // namespace penstock

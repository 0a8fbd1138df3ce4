// SPDX-License-Identifier: Apache-2.0
// The projection of find: that of $project (stages/projection.h), and what only find has (measured on mongod 6.0.5):
//
//   {a: {$slice: 2}}              the first two elements; alone it keeps all other fields
//   {a: {$elemMatch: {k: 1}}}     the first element that matches; no field when there is none
//   {"a.$": 1}                    the element that made the filter match
//
// Thread: immutable; each reader applies it with its own arena.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "docstore/document_paths.h"
#include "docstore/positional_match.h"
#include "stages/projection.h"

namespace penstock {

class FindProjection {
 public:
  // `spec`: empty keeps all. `filter`: the query's, for "a.$". Errors have MongoDB's codes and texts.
  static Result<FindProjection> parse(Document spec, Document filter, ParseContext& names);
  bool keeps_all() const { return !projection_ && steps_.empty(); }
  // The result lives in `arena` or is `document` itself.
  Result<Document> apply(Document document, QueryRun& run, Arena& arena, DocumentBuilder& builder) const;

 private:
  enum class Kind { kSlice, kElementMatch, kPositional };
  struct Step {
    std::vector<std::string> path;
    Kind kind;
    int64_t skip = 0;  // kSlice; negative: from the end.
    int64_t limit = 0;
    QueryFilter filter;  // kElementMatch: of {v: [element]}.
  };
  friend class FindProjectionParser;

  // What the field `value` with `rest` of the path to go becomes; empty: not decided here, go deeper.
  Result<std::optional<Value>> apply_step(const Step& step, const Value& value, PathParts rest,
                                          std::optional<uint32_t> place, QueryRun& run, Arena& arena) const;
  Result<void> write_document(const Step& step, Document document, PathParts path, std::optional<uint32_t> place,
                              QueryRun& run, Arena& arena, DocumentBuilder& to) const;
  Result<void> write_value(const Step& step, std::string_view name, const Value& value, PathParts rest,
                           std::optional<uint32_t> place, QueryRun& run, Arena& arena, DocumentBuilder& to) const;

  std::optional<Projection> projection_;
  std::vector<Step> steps_;
  std::optional<PositionalMatch> positional_;
};

}  // namespace penstock

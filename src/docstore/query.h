// SPDX-License-Identifier: Apache-2.0
// Reading the embedded store as MongoDB's find, aggregate, count and distinct do (reference mql-semantics 15 and the
// sections of stages and expressions). Errors have MongoDB's codes and texts; what this version does not have is
// refused by name with the code 115.
#pragma once

#include <memory>
#include <vector>

#include "base/random.h"
#include "docstore/docstore.h"
#include "docstore/result_stream.h"

namespace penstock {

struct FindRequest {
  std::string db;
  std::string coll;
  OwnedDocument filter;
  OwnedDocument sort;        // {path: 1 | -1, ...} or {$natural: 1 | -1}.
  OwnedDocument projection;  // find's own kind: $slice, $elemMatch, positional too.
  uint64_t skip = 0;
  uint64_t limit = 0;  // 0: none.
  OwnedDocument let;
  OwnedDocument hint;                           // {hint: <name of an index, or its key pattern>}; empty: none.
  size_t memory_bytes_max = size_t{100} << 20;  // Of sorting: error 292 beyond.
};

// The stream keeps the store.
Result<std::unique_ptr<ResultStream>> find(std::shared_ptr<DocStore> store, const FindRequest& request);

struct AggregateRequest {
  std::string db;
  std::string coll;        // "": {aggregate: 1}, pipelines that begin with $documents.
  OwnedDocument pipeline;  // An array.
  OwnedDocument let;
  OwnedDocument hint;                           // As in FindRequest.
  size_t memory_bytes_max = size_t{100} << 20;  // Of each stage that keeps documents: error 292 beyond.
};
// `random`: dice of $sample, new `_id`s of $merge and $out; outlives the stream.
Result<std::unique_ptr<ResultStream>> aggregate(std::shared_ptr<DocStore> store, const AggregateRequest& request,
                                                Random& random);

Result<uint64_t> count_matching(const DocStore& store, std::string_view db, std::string_view coll, Document filter,
                                uint64_t skip, uint64_t limit);
// The distinct values of a path, arrays unwound; an array, in the order of values.
Result<OwnedDocument> distinct(const DocStore& store, std::string_view db, std::string_view coll, std::string_view path,
                               Document filter);
// `hint`: the name of an index or its key pattern. Error 2: the collection is there and has no such index.
Result<void> check_hint(const DocStore& store, std::string_view db, std::string_view coll, const Value& hint);

}  // namespace penstock

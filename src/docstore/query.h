// SPDX-License-Identifier: Apache-2.0
// Reading the embedded store as MongoDB's find, aggregate, count and distinct do (reference mql-semantics 15 and the
// sections of stages and expressions). Errors have MongoDB's codes and texts.
#pragma once

#include <memory>
#include <vector>

#include "docstore/docstore.h"
#include "docstore/result_stream.h"

namespace penstock {

struct FindRequest {
  std::string db;
  std::string coll;
  OwnedDocument filter;
  OwnedDocument sort;
  OwnedDocument projection;  // find's own kind: $slice, $elemMatch, positional too; or refused by name.
  uint64_t skip = 0;
  uint64_t limit = 0;  // 0: none.
  OwnedDocument let;
  OwnedDocument hint;  // Checked to name an index that exists.
};

// The stream keeps the store.
Result<std::unique_ptr<ResultStream>> find(std::shared_ptr<DocStore> store, FindRequest request);

struct AggregateRequest {
  std::string db;
  std::string coll;        // "": {aggregate: 1}, pipelines that begin with $documents and kin.
  OwnedDocument pipeline;  // An array.
  OwnedDocument let;
  size_t memory_bytes_max = size_t{100} << 20;  // Of $sort and $group: error 292 beyond.
};
Result<std::unique_ptr<ResultStream>> aggregate(std::shared_ptr<DocStore> store, AggregateRequest request);

Result<uint64_t> count_matching(const DocStore& store, std::string_view db, std::string_view coll, Document filter,
                                uint64_t skip, uint64_t limit);
// The distinct values of a path, arrays unwound; an array.
Result<OwnedDocument> distinct(const DocStore& store, std::string_view db, std::string_view coll, std::string_view path,
                               Document filter);

}  // namespace penstock

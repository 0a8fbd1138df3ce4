// SPDX-License-Identifier: Apache-2.0
// Writing to the embedded store as MongoDB's insert, update, delete and findAndModify do (reference mql-semantics, the
// sections of update operators). Each statement is one transaction; errors have MongoDB's codes and texts.
#pragma once

#include <optional>
#include <vector>

#include "base/random.h"
#include "docstore/docstore.h"

namespace penstock {

struct WriteFailure {
  size_t index = 0;  // Of the statement.
  int32_t code = 0;
  std::string message;
  OwnedDocument detail;  // keyPattern, keyValue of a duplicate key; may be empty.
};

struct InsertRequest {
  std::string db;
  std::string coll;
  std::vector<OwnedDocument> documents;  // An `_id` is made for those without.
  bool ordered = true;
};
struct InsertResult {
  uint64_t inserted = 0;
  std::vector<WriteFailure> failures;
};
Result<InsertResult> insert(DocStore& store, const InsertRequest& request, Random& random);

struct UpdateStatement {
  OwnedDocument filter;
  OwnedDocument update;  // Operators or a replacement; `pipeline` when it was an array.
  bool pipeline = false;
  bool multi = false;
  bool upsert = false;
  OwnedDocument array_filters;  // An array.
  OwnedDocument let;
  OwnedDocument sort;  // findAndModify.
};
struct UpdateResult {
  uint64_t matched = 0;
  uint64_t modified = 0;
  std::optional<OwnedDocument> upserted;  // {_id: ...}
};
Result<UpdateResult> update(DocStore& store, std::string_view db, std::string_view coll,
                            const UpdateStatement& statement, Random& random);

struct DeleteStatement {
  OwnedDocument filter;
  bool one = false;  // limit: 1
};
Result<uint64_t> remove(DocStore& store, std::string_view db, std::string_view coll, const DeleteStatement& statement);

struct FindAndModifyRequest {
  std::string db;
  std::string coll;
  UpdateStatement statement;
  bool remove = false;
  bool return_new = false;
  OwnedDocument projection;
};
struct FindAndModifyResult {
  std::optional<OwnedDocument> value;
  UpdateResult update;
  bool removed = false;
};
Result<FindAndModifyResult> find_and_modify(DocStore& store, const FindAndModifyRequest& request, Random& random);

}  // namespace penstock

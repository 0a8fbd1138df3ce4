// SPDX-License-Identifier: Apache-2.0
// Writing to the embedded store as MongoDB's insert, update, delete and findAndModify do. Results, codes and texts are
// those of mongod 6.0.5 (write.cases).
//
// All statements of a request go into one transaction, durable on return: each leaves what it would leave alone. One
// that changes very much is cut into several, so that others can write between; as in MongoDB a statement over many
// documents is not atomic, and what it changed before an error stays.
// An outer error (disk, no room, a bad name) means that the rest of the request was not done.
// Documents in requests are views: who calls keeps the bytes. Thread: any.
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
  OwnedDocument key_pattern;  // Of a duplicate key; else empty.
  OwnedDocument key_value;
};

struct InsertRequest {
  std::string db;
  std::string coll;
  std::vector<Document> documents;  // An `_id` is made for those without.
  bool ordered = true;
};
struct InsertResult {
  uint64_t inserted = 0;
  std::vector<WriteFailure> failures;
};
Result<InsertResult> insert(DocStore& store, const InsertRequest& request, Random& random);

struct UpdateStatement {
  Document filter;
  Document update;  // Operators, a replacement, or an array of stages: `pipeline`.
  bool pipeline = false;
  bool multi = false;
  bool upsert = false;
  std::optional<Document> array_filters;  // An array.
  Document constants;                     // Variables of a pipeline, above those of the request.
  Value hint;                             // A name or a key pattern: checked to be that of an index.
};
struct UpdateRequest {
  std::string db;
  std::string coll;
  std::vector<UpdateStatement> statements;
  bool ordered = true;
  Document let;
};
struct Upserted {
  size_t index = 0;  // Of the statement.
  OwnedDocument id;  // {_id: ...}
};
struct UpdateResult {
  uint64_t matched = 0;  // Without the upserted ones.
  uint64_t modified = 0;
  std::vector<Upserted> upserted;
  std::vector<WriteFailure> failures;
};
Result<UpdateResult> update(DocStore& store, const UpdateRequest& request, Random& random);

struct DeleteStatement {
  Document filter;
  bool one = false;  // limit: 1
  Value hint;
};
struct DeleteRequest {
  std::string db;
  std::string coll;
  std::vector<DeleteStatement> statements;
  bool ordered = true;
  Document let;
};
struct DeleteResult {
  uint64_t removed = 0;
  std::vector<WriteFailure> failures;
};
Result<DeleteResult> remove(DocStore& store, const DeleteRequest& request);

struct FindAndModifyRequest {
  std::string db;
  std::string coll;
  UpdateStatement statement;
  Document sort;
  Document projection;  // find's own kind.
  Document let;
  bool remove = false;
  bool return_new = false;
};
struct FindAndModifyResult {
  std::optional<OwnedDocument> value;
  std::optional<OwnedDocument> upserted;  // {_id: ...}
  bool found = false;
};
Result<FindAndModifyResult> find_and_modify(DocStore& store, const FindAndModifyRequest& request, Random& random);

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
// Collections, databases and indexes of the embedded store. A database is there while it has a collection.
// Each call is durable on return; dropping goes on in transactions of bounded size (drops.h). Errors and texts are
// those of mongod 6.0.5 (collections.cases). Thread: any.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "docstore/docstore.h"

namespace penstock {

struct StoredCollection {
  std::string db;
  std::string coll;
  store::CollectionRecord record;
  std::string ns() const { return db + "." + coll; }
};
// Sorted by name. `db`: empty for all.
Result<std::vector<StoredCollection>> stored_collections(const DocStore& store, std::string_view db);
Result<std::optional<StoredCollection>> find_stored_collection(const DocStore& store, std::string_view db,
                                                               std::string_view coll);

// Error 48: there is one.
Result<void> create_collection(DocStore& store, std::string_view db, std::string_view coll);
// The number of indexes it had. Error 26: there is none.
Result<size_t> drop_collection(DocStore& store, std::string_view db, std::string_view coll);
Result<void> drop_database(DocStore& store, std::string_view db);
// Errors 26, 48 (without `drop_target`), 20, 73. Names as "db.coll".
Result<void> rename_collection(DocStore& store, std::string_view from, std::string_view to, bool drop_target);

// Indexes on values of fields, unique or not, sparse or not. Unique ones are kept by every writer; no query uses one
// yet.
struct IndexesMade {
  size_t before = 0;
  size_t after = 0;
  bool made_collection = false;
  size_t there_already = 0;  // Of the specs.
};
// Kinds and options that this version does not have are refused by name. All or none.
Result<IndexesMade> create_indexes(DocStore& store, std::string_view db, std::string_view coll,
                                   const std::vector<Document>& specs, Random& random);
// `which`: a name, "*" for all but `_id_`, an array of names, or a key pattern. The number of indexes before.
// Errors 26, 27, 72. All or none.
Result<size_t> drop_indexes(DocStore& store, std::string_view db, std::string_view coll, const Value& which);

// What validate finds: every document is sound and found by its keys.
struct Validation {
  uint64_t documents = 0;
  std::vector<uint64_t> keys;  // Per index.
  std::vector<std::string> errors;
};
// Error 26: no such collection.
Result<Validation> validate_collection(const DocStore& store, std::string_view db, std::string_view coll);

}  // namespace penstock

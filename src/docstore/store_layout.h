// SPDX-License-Identifier: Apache-2.0
// How collections lie in the tables of the embedded store. Numbers in keys are big endian, so that byte order is their
// order.
//
//   table        key                                      value
//   meta         "format"                                 "penstock store 2"
//                "next_collection"                        number
//                "drop", collection [, index]             empty: what is dropped and not yet erased (drops.h)
//   collections  db.coll                                  BSON of CollectionRecord
//   documents    collection, sequence                     the document: natural order = order of insertion
//   keys         collection, index, 0, equality bytes     sequence
//                collection, index, 1, hash of the bytes  entries {sequence, length, equality bytes}: a key that LMDB
//                finds
//                                                         too long; several when hashes collide
// Index 0 is `_id`; of the others only unique ones have entries in `keys`: queries do not use secondary indexes yet.
// Format 1 had fewer fields in a CollectionRecord; it is read, and raised when the store is opened for writing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "bson/document.h"
#include "kv/lmdb.h"

namespace penstock::store {

inline constexpr Table kMeta{0};
inline constexpr Table kCollections{1};
inline constexpr Table kDocuments{2};
inline constexpr Table kKeys{3};
inline constexpr std::string_view kFormat = "penstock store 2";
inline constexpr std::string_view kOldFormat = "penstock store 1";

EnvironmentOptions environment_options(bool read_only, uint64_t bytes_max);

struct IndexRecord {
  uint32_t id = 0;     // In the keys of the table `keys`; never given twice in a collection.
  OwnedDocument spec;  // As listIndexes shows it: {v: 2, key: {a: 1, b: -1}, name: "a_1_b_-1", unique: true}
  // Read from the spec.
  std::vector<std::string> paths;
  bool unique = false;
  bool sparse = false;

  static IndexRecord of(uint32_t id, Document spec);
  static IndexRecord of_id();
  std::string_view name() const { return spec.view().get("name").as_string(); }
  Document key() const { return spec.view().get("key").as_object(); }
};

struct CollectionRecord {
  uint32_t id = 0;
  uint64_t next_sequence = 1;
  uint64_t count = 0;
  uint64_t bytes = 0;  // Of all documents.
  EventTime created;
  uint32_t next_index = 1;
  std::vector<IndexRecord> indexes = {IndexRecord::of_id()};
  bool measured = true;  // False: of format 1, where `bytes` is not known.
};

// What listCollections shows: an RFC 9562 UUID of version 8 that follows from the collection's id and its creation, so
// that it stays over a rename and differs from that of a collection which had the name before.
struct Uuid {
  unsigned char bytes[16] = {};
};
Uuid uuid_of(const CollectionRecord& record);
std::string uuid_text(const Uuid& uuid);

std::string encode(const CollectionRecord& record);
Result<CollectionRecord> decode_record(std::string_view bytes);

// "db.coll"; error kInvalidNamespace as MongoDB's rules for names say.
Result<std::string> namespace_of(std::string_view db, std::string_view coll);
// As namespace_of, for what a client names: system.* is refused. `__penstock_commits`, where sinks keep their markers,
// is a collection like any other: people want to see it, and mongod shows it too.
Result<std::string> client_namespace(std::string_view db, std::string_view coll);

std::string document_key(uint32_t collection, uint64_t sequence);
// The beginning that all documents of a collection share.
std::string document_prefix(uint32_t collection);
// The beginning of all keys of a collection, or of one index.
std::string keys_prefix(uint32_t collection, std::optional<uint32_t> index);
std::string encode_number(uint64_t n);
uint64_t decode_number(std::string_view bytes);

// The unique indexes. `key`: bytes of merge_key().
Result<std::optional<uint64_t>> find_key(const ReadTransaction& txn, uint32_t collection, uint32_t index,
                                         std::string_view key);
Result<void> put_key(WriteTransaction& txn, uint32_t collection, uint32_t index, std::string_view key,
                     uint64_t sequence);
Result<void> erase_key(WriteTransaction& txn, uint32_t collection, uint32_t index, std::string_view key);

}  // namespace penstock::store

// SPDX-License-Identifier: Apache-2.0
// How collections lie in the tables of the embedded store. Numbers in keys are big endian, so that byte order is their
// order.
//
//   table        key                                      value
//   meta         "format"                                 "penstock store 1"
//                "next_collection"                        number
//   collections  db.coll                                  BSON of CollectionRecord
//   documents    collection, sequence                     the document: natural order = order of insertion
//   keys         collection, index, 0, equality bytes     sequence
//                collection, index, 1, hash of the bytes  entries {sequence, length, equality bytes}: a key that LMDB
//                finds
//                                                         too long; several when hashes collide
// Index 0 is `_id`; the others are the unique indexes that $merge with other `on` fields needs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "bson/document.h"
#include "kv/lmdb.h"

namespace penstock::store {

inline constexpr Table kMeta{0};
inline constexpr Table kCollections{1};
inline constexpr Table kDocuments{2};
inline constexpr Table kKeys{3};
inline constexpr std::string_view kFormat = "penstock store 1";

EnvironmentOptions environment_options(bool read_only, uint64_t bytes_max);

struct CollectionRecord {
  uint32_t id = 0;
  uint64_t next_sequence = 1;
  uint64_t count = 0;
  std::vector<std::vector<std::string>> indexes = {{"_id"}};  // Sorted paths each.
};

std::string encode(const CollectionRecord& record);
Result<CollectionRecord> decode_record(std::string_view bytes);

// "db.coll"; error kInvalidNamespace as MongoDB's rules for names say.
Result<std::string> namespace_of(std::string_view db, std::string_view coll);

std::string document_key(uint32_t collection, uint64_t sequence);
// The beginning that all documents of a collection share.
std::string document_prefix(uint32_t collection);
std::string encode_number(uint64_t n);
uint64_t decode_number(std::string_view bytes);

// The unique indexes. `key`: bytes of merge_key().
Result<std::optional<uint64_t>> find_key(const ReadTransaction& txn, uint32_t collection, uint32_t index,
                                         std::string_view key);
Result<void> put_key(WriteTransaction& txn, uint32_t collection, uint32_t index, std::string_view key,
                     uint64_t sequence);
Result<void> erase_key(WriteTransaction& txn, uint32_t collection, uint32_t index, std::string_view key);

}  // namespace penstock::store

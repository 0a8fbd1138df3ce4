// SPDX-License-Identifier: Apache-2.0
// $merge as `update` commands, the way mongod's own $merge writes (measured on 6.0.5):
//
//   merge         {q: {on...}, u: {$set: document}, upsert}
//   replace       {q: {on...}, u: document, upsert}
//   keepExisting  {q: {on...}, u: {$setOnInsert: document}, upsert}
//
// The server orders new fields and checks names. A document whose `_id` was made by us for a `on` without `_id` must
// not change a stored one: then `_id` goes to $setOnInsert (merge) or stays away, and the server makes one (replace).
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "bson/document.h"
#include "stages/merge_stage.h"

namespace penstock {

struct UpdateLimits {
  size_t operations_max = 1000;
  size_t bytes_max = size_t{10} << 20;
};

// A document on its way: `key` is equal for two documents exactly if they write to the same one.
struct PendingWrite {
  size_t index = 0;  // In the delivered documents.
  std::string key;
  bool repeated = false;  // Sent again after a duplicate key error.
};

struct UpdateCommand {
  std::string bytes;     // {update: coll, updates: [...], ordered: ...}
  size_t count = 0;      // Writes taken from the front of `pending`, at least one.
  bool ordered = false;  // Two of them have the same key: their order counts.
};

// Takes as many writes as the limits allow.
UpdateCommand make_update_command(const MergeSpec& spec, const std::vector<OwnedDocument>& documents,
                                  std::span<const PendingWrite> pending, const UpdateLimits& limits);

// The key of a document. Errors 51132, 51185 (its `on` fields), 10334 (too large for one operation).
Result<std::string> write_key(const MergeSpec& spec, Document document);

}  // namespace penstock

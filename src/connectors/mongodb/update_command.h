// SPDX-License-Identifier: Apache-2.0
// $merge as `update` and `insert` commands, the way mongod's own $merge writes (measured on 6.0.5):
//
//   merge         {q: {on...}, u: {$set: document}, upsert}
//   replace       {q: {on...}, u: document, upsert}
//   keepExisting  {q: {on...}, u: {$setOnInsert: document}, upsert}
//   a pipeline    {q: {on...}, u: [...], c: {new: document, ...}, upsert, upsertSupplied: true}
//   fail          insert
//
// The server orders new fields and checks names. With `upsertSupplied` it inserts c.new as it is when nothing matches.
// A document whose `_id` was made by us for a `on` without `_id` must not change a stored one: then `_id` goes to
// $setOnInsert (merge) or stays away, and the server makes one (replace, pipelines).
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "bson/document.h"
#include "connectors/mongodb/merge_variables.h"
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
  OwnedDocument constants = {};  // For `c`; pipelines only.
  bool repeated = false;         // Sent again after a duplicate key error.
};

struct UpdateCommand {
  std::string bytes;     // {update: coll, updates: [...], ordered: ...} or {insert: coll, documents: [...], ordered}
  size_t count = 0;      // Writes taken from the front of `pending`, at least one.
  bool ordered = false;  // Two of them have the same key: their order counts.
};

// Takes as many writes as the limits allow.
UpdateCommand make_update_command(const MergeSpec& spec, const std::vector<OwnedDocument>& documents,
                                  std::span<const PendingWrite> pending, const UpdateLimits& limits);

// A document as a write. Errors 51132, 51185 (its `on` fields), 10334 (too large for one operation), and those of
// `let`.
Result<PendingWrite> make_write(const MergeSpec& spec, const MergeVariables& variables,
                                const std::vector<OwnedDocument>& documents, size_t index);

// An update that matches nothing: needs the same rights as the real ones, and the server reads the pipeline.
OwnedDocument make_trial_command(const MergeSpec& spec);

}  // namespace penstock

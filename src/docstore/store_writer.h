// SPDX-License-Identifier: Apache-2.0
// One write transaction of the embedded store: several collections, all or nothing. A document that cannot be written
// is reported with its reason and leaves no trace; the others go on. Thread: one. Nobody else writes until it ends.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "dataflow/sink.h"
#include "docstore/store_layout.h"
#include "stages/merge_stage.h"

namespace penstock {

class StoreWriter {
 public:
  explicit StoreWriter(WriteTransaction txn) : txn_(std::move(txn)) {}
  // As MongoDB's $merge. `on` other than `_id` makes the unique index it needs. Missing collections are created.
  Result<Delivery> merge(std::string_view db, std::string_view coll, const std::vector<OwnedDocument>& documents,
                         const MergeSpec& spec);
  // Refuses an `_id` that is there already (code 11000).
  Result<Delivery> insert(std::string_view db, std::string_view coll, const std::vector<OwnedDocument>& documents);
  // Durable when it returns success. Without it nothing happened.
  Result<void> commit();

 private:
  struct Target {
    std::string name;  // "db.coll"
    store::CollectionRecord record;
  };
  // What writing one document came to: an outer error stops the transaction, an inner one refuses the document.
  using Verdict = Result<Result<void>>;

  Result<Target*> open_collection(std::string_view db, std::string_view coll);
  Result<uint32_t> open_index(Target& target, std::vector<std::string> on);
  Result<void> fill_index(const Target& target, uint32_t index);
  Verdict merge_one(Target& target, uint32_t index, Document incoming, const MergeSpec& spec);
  Verdict add(Target& target, Document document);
  Verdict replace(const Target& target, uint64_t sequence, Document before, Document after);
  Result<bool> taken(const Target& target, uint32_t index, std::string_view key);

  WriteTransaction txn_;
  std::map<std::string, Target, std::less<>> targets_;
};

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
// One write transaction of the embedded store: several collections, all or nothing. A document that cannot be written
// is reported with its reason and leaves no trace; the others go on. Thread: one. Nobody else writes until it ends.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dataflow/sink.h"
#include "docstore/merge_documents.h"
#include "docstore/store_layout.h"

namespace penstock {

enum class WhenThere { kRefuse, kKeep };

class StoreWriter {
 public:
  explicit StoreWriter(WriteTransaction txn) : txn_(std::move(txn)) {}
  // As MongoDB's $merge. `on` other than `_id` makes the unique index it needs. Missing collections are created.
  Result<Delivery> merge(std::string_view db, std::string_view coll, const std::vector<OwnedDocument>& documents,
                         Merger& merger);
  // Refuses an `_id` that is there already (code 11000), or keeps what is there and says nothing.
  Result<Delivery> insert(std::string_view db, std::string_view coll, const std::vector<OwnedDocument>& documents,
                          WhenThere when_there = WhenThere::kRefuse);

  // One document by its `_id`, with the changes of this transaction.
  Result<std::optional<OwnedDocument>> find(std::string_view db, std::string_view coll, const Value& id);
  // In place of the document with the same `_id`, or as a new one. Error: it cannot be stored (no `_id`, duplicate
  // key).
  Result<void> put(std::string_view db, std::string_view coll, Document document);
  // True if there was such a document.
  Result<bool> erase(std::string_view db, std::string_view coll, const Value& id);

  // Durable when it returns success. Without it nothing happened.
  Result<void> commit();

 private:
  struct Target {
    std::string name;  // "db.coll"
    store::CollectionRecord record;
  };
  // What writing one document came to: an outer error stops the transaction, an inner one refuses the document.
  using Verdict = Result<Result<void>>;

  // A document where it lies; the view is valid until the next change.
  struct Found {
    uint64_t sequence = 0;
    Document document;
  };

  // Null: there is no such collection.
  Result<Target*> find_collection(std::string_view db, std::string_view coll);
  Result<Target*> open_collection(std::string_view db, std::string_view coll);
  Result<uint32_t> open_index(Target& target, std::vector<std::string> on);
  Result<void> fill_index(const Target& target, uint32_t index);
  Result<std::optional<Found>> look_up(const Target& target, uint32_t index, std::string_view key) const;
  Verdict merge_one(Target& target, uint32_t index, Document incoming, Merger& merger);
  Verdict add(Target& target, Document document);
  Verdict replace(const Target& target, uint64_t sequence, Document before, Document after);
  Result<void> remove(Target& target, const Found& found);
  Result<bool> taken(const Target& target, uint32_t index, std::string_view key);

  WriteTransaction txn_;
  std::map<std::string, Target, std::less<>> targets_;
};

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
// One write transaction of the embedded store: several collections, all or nothing. A document that cannot be written
// is reported with its reason and leaves no trace; the others go on. Thread: one. Nobody else writes until it ends.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dataflow/sink.h"
#include "docstore/collection_writer.h"
#include "docstore/merge_documents.h"

namespace penstock {

enum class WhenThere { kRefuse, kKeep };

class StoreWriter {
 public:
  // `clock`: when collections are made; outlives the writer.
  StoreWriter(WriteTransaction txn, const Clock& clock)
      : txn_(std::make_unique<WriteTransaction>(std::move(txn))), clock_(clock) {}
  // As MongoDB's $merge. `on` other than `_id` makes the unique, sparse index it needs where there is no unique one
  // over these fields. Missing collections are created.
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

  // Null: there is no such collection. Valid until commit().
  Result<CollectionWriter*> find_collection(std::string_view db, std::string_view coll);
  // Created when missing.
  Result<CollectionWriter*> open_collection(std::string_view db, std::string_view coll);
  // Under its own name no longer; what lies in it is erased by erase_dropped() (drops.h).
  Result<void> drop_collection(std::string_view ns);
  Result<void> drop_database(std::string_view db);
  Result<void> drop_index(CollectionWriter& collection, size_t place);
  Result<void> rename_collection(std::string_view from, std::string_view to);

  // Durable when it returns success. Without it nothing happened.
  Result<void> commit();

 private:
  Result<size_t> open_index(CollectionWriter& collection, const std::vector<std::string>& on);
  Verdict merge_one(CollectionWriter& collection, size_t index, Document incoming, Merger& merger);

  std::unique_ptr<WriteTransaction> txn_;  // Stays where it is when the writer moves.
  const Clock& clock_;
  std::map<std::string, CollectionWriter, std::less<>> collections_;
};

}  // namespace penstock

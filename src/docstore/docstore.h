// SPDX-License-Identifier: Apache-2.0
// The embedded store: collections of documents on disk, with MongoDB's results for $merge and find, for where no
// MongoDB is at hand. It lives in DIR/store (LMDB); DIR/lock holds the one process that writes.
//
//   DocStore --begin()--> StoreWriter: merge, insert, ... commit     one transaction, all or nothing
//            --find()---> a snapshot, walked in the order of insertion
//
// Invariants: a document's place in the natural order is that of its first insertion; what commit() returned success
// for survives a crash. Other processes may read beside the writer. Thread: any; writers wait for each other.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/write_lock.h"
#include "bson/document.h"
#include "docstore/store_writer.h"
#include "kv/lmdb.h"

namespace penstock {

enum class StoreMode { kReadWrite, kReadOnly };

struct StoreOptions {
  uint64_t bytes_max = uint64_t{1} << 40;  // How large the store may grow: beyond it writing fails with kDiskFull.
};

struct FindOptions {
  OwnedDocument filter;  // The query language of $match.
  OwnedDocument sort;    // {path: 1 | -1, ...}; empty: natural order.
  uint64_t skip = 0;
  uint64_t limit = 0;  // 0: no limit.
  size_t sort_bytes_max = size_t{100} << 20;
};

// Gets each document in turn, valid during the call; false ends the search.
using DocumentVisitor = std::function<Result<bool>(Document)>;

struct CollectionInfo {
  std::string db;
  std::string coll;
  uint64_t count = 0;
};

class DocStore {
 public:
  // `folder`: the data folder DIR, made when missing (read-write). Errors: kStateRefused (another writer, a foreign
  // format), kBadInput (read-only and no store there), kDisk. `clock`: what $expr in filters and pipelines of
  // $merge may look at.
  static Result<std::unique_ptr<DocStore>> open(const std::string& folder, StoreMode mode, const Clock& clock,
                                                const StoreOptions& options = {});

  Result<StoreWriter> begin();
  // A snapshot for a read of several steps.
  Result<ReadTransaction> read() const { return environment_->read(); }
  // A transaction below the level of collections, for drops.h.
  Result<WriteTransaction> write() { return environment_->write(); }
  // Each in one transaction, durable on return.
  Result<Delivery> merge(std::string_view db, std::string_view coll, const std::vector<OwnedDocument>& documents,
                         const MergeSpec& spec);
  Result<Delivery> insert(std::string_view db, std::string_view coll, const std::vector<OwnedDocument>& documents);

  // A collection that does not exist is empty.
  Result<void> find(std::string_view db, std::string_view coll, const FindOptions& options,
                    const DocumentVisitor& visitor) const;
  Result<std::vector<OwnedDocument>> find_all(std::string_view db, std::string_view coll,
                                              const FindOptions& options) const;
  Result<uint64_t> count(std::string_view db, std::string_view coll) const;
  Result<std::vector<CollectionInfo>> list_collections() const;  // Sorted by name.
  const Clock& clock() const { return clock_; }
  // "DIR/store"
  const std::string& folder() const { return environment_->folder(); }

 private:
  DocStore(std::optional<WriteLock> lock, std::unique_ptr<Environment> environment, const Clock& clock)
      : lock_(std::move(lock)), environment_(std::move(environment)), clock_(clock) {}
  Result<void> check_format();
  static Result<void> raise_format(WriteTransaction& txn, const std::vector<CollectionInfo>& collections);

  std::optional<WriteLock> lock_;
  std::unique_ptr<Environment> environment_;
  const Clock& clock_;
};

}  // namespace penstock

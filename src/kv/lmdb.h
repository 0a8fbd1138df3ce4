// SPDX-License-Identifier: Apache-2.0
// Ordered key-value tables on disk with transactions: a thin, checked face of LMDB. The only file that speaks to it.
//
//   Environment  one folder: data.mdb, lock.mdb; a fixed set of named tables, opened once
//     ReadTransaction   a snapshot; any number, also in other processes, never waits, never blocks a writer
//     WriteTransaction  one at a time over all processes, the next waits; all or nothing: commit() syncs to disk
//       Cursor          a walk forward from a key, in the order of the keys' bytes
//
// Views that come out point into the map and live as long as their transaction; within a WriteTransaction until its
// next change. Keys: 1 to kKeyBytesMax bytes; longer ones are the caller's matter. After a crash the last commit is
// there, whole. Errors: kDiskFull when there is no room, else kDisk, with the folder and LMDB's reason. Thread: an
// Environment may be used by any; a transaction by one at a time. A transaction must end before its environment.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

struct MDB_env;
struct MDB_txn;
struct MDB_cursor;

namespace penstock {

constexpr size_t kKeyBytesMax = 511;

struct EnvironmentOptions {
  std::vector<std::string> tables;  // Names; at most 64.
  // Address space, not disk: the file is as large as what is in it. Beyond it writing fails with kDiskFull.
  uint64_t map_bytes = uint64_t{1} << 40;
  bool read_only = false;  // Beside a writer in another process. Tables not yet made read as empty.
};

// A table of an environment: the place of its name in EnvironmentOptions::tables.
struct Table {
  uint32_t index = 0;
};

class Environment;

class Cursor {
 public:
  Cursor(Cursor&& other) noexcept;
  Cursor& operator=(Cursor&&) = delete;
  ~Cursor();
  // False behind the last entry; then key() and value() mean nothing.
  bool valid() const { return valid_; }
  std::string_view key() const { return key_; }
  std::string_view value() const { return value_; }
  Result<void> next();

 private:
  friend class ReadTransaction;
  Cursor(const Environment& environment, MDB_cursor* cursor) : environment_(environment), cursor_(cursor) {}
  Result<void> move(std::string_view from, int operation);
  const Environment& environment_;
  MDB_cursor* cursor_;  // Null: the table does not exist yet.
  bool valid_ = false;
  std::string_view key_;
  std::string_view value_;
};

class ReadTransaction {
 public:
  ReadTransaction(ReadTransaction&& other) noexcept;
  ReadTransaction& operator=(ReadTransaction&&) = delete;
  ~ReadTransaction();
  Result<std::optional<std::string_view>> get(Table table, std::string_view key) const;
  // Stands at the first entry whose key is `from` or greater. The cursor must end before the transaction.
  Result<Cursor> scan(Table table, std::string_view from) const;

 protected:
  friend class Environment;
  ReadTransaction(const Environment& environment, MDB_txn* txn) : environment_(environment), txn_(txn) {}
  const Environment& environment_;
  MDB_txn* txn_;
};

// Destroyed without commit(): nothing of it happened.
class WriteTransaction : public ReadTransaction {
 public:
  Result<void> put(Table table, std::string_view key, std::string_view value);
  // True if there was such a key.
  Result<bool> erase(Table table, std::string_view key);
  // Durable when it returns success. The transaction is over either way.
  Result<void> commit();

 private:
  friend class Environment;
  using ReadTransaction::ReadTransaction;
};

class Environment {
 public:
  // `folder` exists. One environment per folder and process: a second is refused (LMDB's own rule; its file locks
  // belong to the process).
  static Result<std::unique_ptr<Environment>> open(const std::string& folder, const EnvironmentOptions& options);
  ~Environment();
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  Result<ReadTransaction> read() const;
  // Waits for the write transaction before it. Not for read-only environments.
  Result<WriteTransaction> write();
  const std::string& folder() const { return folder_; }

 private:
  friend class ReadTransaction;
  friend class WriteTransaction;
  friend class Cursor;
  explicit Environment(std::string folder) : folder_(std::move(folder)) {}
  Result<void> start(const EnvironmentOptions& options);
  Result<void> open_tables(const EnvironmentOptions& options);
  Error error(std::string_view what, int code) const;

  std::string folder_;
  std::string identity_;  // Device and inode: what this process has open.
  MDB_env* env_ = nullptr;
  bool read_only_ = false;
  std::vector<std::optional<unsigned>> handles_;  // Per table; empty: not made yet.
};

}  // namespace penstock

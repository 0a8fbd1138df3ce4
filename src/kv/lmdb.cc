// SPDX-License-Identifier: Apache-2.0
#include "kv/lmdb.h"

#include <lmdb.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <cerrno>
#include <mutex>
#include <set>
#include <utility>

namespace penstock {
namespace {

constexpr size_t kTablesMax = 64;
constexpr uint64_t kHardlyAnyRoom = 1024 * 1024;

// Folders this process has open. LMDB keeps one lock file per process: a second environment on the same folder would
// drop the first one's locks when it closes, so it must be found out here.
class OpenFolders {
 public:
  bool add(const std::string& identity) {
    const std::lock_guard lock(mutex_);
    return folders_.insert(identity).second;
  }
  void remove(const std::string& identity) {
    const std::lock_guard lock(mutex_);
    folders_.erase(identity);
  }

 private:
  std::mutex mutex_;
  std::set<std::string> folders_;
};

OpenFolders& open_folders() {
  static OpenFolders folders;
  return folders;
}

MDB_val to_val(std::string_view bytes) { return {bytes.size(), const_cast<char*>(bytes.data())}; }
std::string_view to_view(const MDB_val& val) { return {static_cast<const char*>(val.mv_data), val.mv_size}; }

std::string_view reason_of(int code) {
  switch (code) {
    case MDB_MAP_FULL: return "the store has reached its largest size";
    case MDB_VERSION_MISMATCH:
    case MDB_INVALID: return "the file there is not a store of this program";
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND: return "the store is damaged";
    case MDB_READERS_FULL: return "too many readers have the store open";
    case MDB_TXN_FULL: return "too many changes in one transaction";
    default: return mdb_strerror(code);
  }
}

bool has_hardly_any_room(const std::string& folder) {
  struct statvfs status{};
  return ::statvfs(folder.c_str(), &status) == 0 && status.f_bavail * status.f_frsize < kHardlyAnyRoom;
}

// LMDB calls it EIO when a write was cut short, which is what a disk does that becomes full.
bool means_full(int code, const std::string& folder) {
  return code == MDB_MAP_FULL || code == ENOSPC || code == EDQUOT || (code == EIO && has_hardly_any_room(folder));
}

}  // namespace

Cursor::Cursor(Cursor&& other) noexcept
    : environment_(other.environment_),
      cursor_(std::exchange(other.cursor_, nullptr)),
      valid_(std::exchange(other.valid_, false)),
      key_(other.key_),
      value_(other.value_) {}

Cursor::~Cursor() {
  if (cursor_ != nullptr) mdb_cursor_close(cursor_);
}

Result<void> Cursor::move(std::string_view from, int operation) {
  MDB_val key = to_val(from);
  MDB_val value{};
  const int code = mdb_cursor_get(cursor_, &key, &value, static_cast<MDB_cursor_op>(operation));
  valid_ = code == 0;
  if (code == MDB_NOTFOUND) return {};
  if (code != 0) return environment_.error("read", code);
  key_ = to_view(key);
  value_ = to_view(value);
  return {};
}

Result<void> Cursor::next() {
  PS_CHECK(valid_);
  return move({}, MDB_NEXT);
}

ReadTransaction::ReadTransaction(ReadTransaction&& other) noexcept
    : environment_(other.environment_), txn_(std::exchange(other.txn_, nullptr)) {}

ReadTransaction::~ReadTransaction() {
  if (txn_ != nullptr) mdb_txn_abort(txn_);
}

Result<std::optional<std::string_view>> ReadTransaction::get(Table table, std::string_view key) const {
  PS_CHECK(txn_ != nullptr && !key.empty() && key.size() <= kKeyBytesMax);
  const auto& handle = environment_.handles_.at(table.index);
  if (!handle) return std::optional<std::string_view>();
  MDB_val k = to_val(key);
  MDB_val value{};
  const int code = mdb_get(txn_, *handle, &k, &value);
  if (code == MDB_NOTFOUND) return std::optional<std::string_view>();
  if (code != 0) return environment_.error("read", code);
  return std::optional(to_view(value));
}

Result<Cursor> ReadTransaction::scan(Table table, std::string_view from) const {
  PS_CHECK(txn_ != nullptr && from.size() <= kKeyBytesMax);
  const auto& handle = environment_.handles_.at(table.index);
  if (!handle) return Cursor(environment_, nullptr);
  MDB_cursor* raw = nullptr;
  if (const int code = mdb_cursor_open(txn_, *handle, &raw); code != 0) return environment_.error("read", code);
  Cursor cursor(environment_, raw);
  PS_TRY(cursor.move(from, from.empty() ? MDB_FIRST : MDB_SET_RANGE));
  return cursor;
}

Result<void> WriteTransaction::put(Table table, std::string_view key, std::string_view value) {
  PS_CHECK(txn_ != nullptr && !key.empty() && key.size() <= kKeyBytesMax);
  MDB_val k = to_val(key);
  MDB_val v = to_val(value);
  if (const int code = mdb_put(txn_, *environment_.handles_.at(table.index), &k, &v, 0); code != 0) {
    return environment_.error("write", code);
  }
  return {};
}

Result<bool> WriteTransaction::erase(Table table, std::string_view key) {
  PS_CHECK(txn_ != nullptr && !key.empty() && key.size() <= kKeyBytesMax);
  MDB_val k = to_val(key);
  const int code = mdb_del(txn_, *environment_.handles_.at(table.index), &k, nullptr);
  if (code == MDB_NOTFOUND) return false;
  if (code != 0) return environment_.error("write", code);
  return true;
}

Result<void> WriteTransaction::commit() {
  PS_CHECK(txn_ != nullptr);
  if (const int code = mdb_txn_commit(std::exchange(txn_, nullptr)); code != 0)
    return environment_.error("commit", code);
  return {};
}

Result<std::unique_ptr<Environment>> Environment::open(const std::string& folder, const EnvironmentOptions& options) {
  PS_CHECK(options.tables.size() <= kTablesMax);
  std::unique_ptr<Environment> environment(new Environment(folder));
  PS_TRY(environment->start(options));
  return environment;
}

Result<void> Environment::start(const EnvironmentOptions& options) {
  struct stat status{};
  if (::stat(folder_.c_str(), &status) != 0) return error("open", errno);
  std::string identity = fmt::format("{}:{}", status.st_dev, status.st_ino);
  if (!open_folders().add(identity)) {
    return Error(ErrorCode::kStateRefused, "the store {} is already open in this process", folder_);
  }
  identity_ = std::move(identity);
  read_only_ = options.read_only;
  int code = mdb_env_create(&env_);
  if (code == 0) code = mdb_env_set_mapsize(env_, options.map_bytes);
  if (code == 0) code = mdb_env_set_maxdbs(env_, static_cast<MDB_dbi>(options.tables.size()));
  // A read transaction may move between threads (NOTLS).
  if (code == 0) code = mdb_env_open(env_, folder_.c_str(), MDB_NOTLS | (read_only_ ? MDB_RDONLY : 0), 0600);
  if (code != 0) return error("open", code);
  // Entries of readers that died would keep old pages from being used again.
  int dead = 0;
  if (code = mdb_reader_check(env_, &dead); code != 0) return error("open", code);
  return open_tables(options);
}

Result<void> Environment::open_tables(const EnvironmentOptions& options) {
  MDB_txn* txn = nullptr;
  if (const int code = mdb_txn_begin(env_, nullptr, read_only_ ? MDB_RDONLY : 0, &txn); code != 0) {
    return error("open", code);
  }
  for (const std::string& name : options.tables) {
    MDB_dbi handle = 0;
    const int code = mdb_dbi_open(txn, name.c_str(), read_only_ ? 0 : MDB_CREATE, &handle);
    if (code == MDB_NOTFOUND && read_only_) {
      handles_.emplace_back();
      continue;
    }
    if (code != 0) {
      mdb_txn_abort(txn);
      return error("open", code);
    }
    handles_.emplace_back(handle);
  }
  if (const int code = mdb_txn_commit(txn); code != 0) return error("open", code);
  return {};
}

Environment::~Environment() {
  if (env_ != nullptr) mdb_env_close(env_);
  if (!identity_.empty()) open_folders().remove(identity_);
}

Result<ReadTransaction> Environment::read() const {
  MDB_txn* txn = nullptr;
  if (const int code = mdb_txn_begin(env_, nullptr, MDB_RDONLY, &txn); code != 0) return error("read", code);
  return ReadTransaction(*this, txn);
}

Result<WriteTransaction> Environment::write() {
  PS_CHECK(!read_only_);
  MDB_txn* txn = nullptr;
  if (const int code = mdb_txn_begin(env_, nullptr, 0, &txn); code != 0) return error("write to", code);
  return WriteTransaction(*this, txn);
}

Error Environment::error(std::string_view what, int code) const {
  const bool full = means_full(code, folder_);
  return Error(full ? ErrorCode::kDiskFull : ErrorCode::kDisk, "cannot {} the store {}: {}", what, folder_,
               full && code == EIO ? "no space left on the disk" : reason_of(code));
}

}  // namespace penstock

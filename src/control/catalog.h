// SPDX-License-Identifier: Apache-2.0
// What the server knows, on disk: LMDB in DIR/catalog (folder 0700, files 0600), tables of BSON records.
//
//   workspaces   name                        -> WorkspaceRecord
//   connections  workspace NUL connection    -> the connection object, secrets included
//   processors   workspace NUL processor     -> ProcessorRecord
//   users        name                        -> UserRecord
//   meta         "format", "serverKey"
//
// Invariants: a change is one transaction and durable when apply() returns; what was read before it was decided stays
// true until then because whoever changes something holds exclusive(). Who opens it owns the data folder (DIR/lock).
// Thread: any.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "control/records.h"
#include "kv/lmdb.h"

namespace penstock {

enum class CatalogTable : uint32_t { kMeta, kWorkspaces, kConnections, kProcessors, kUsers };

// Empty record: the entry goes.
struct CatalogChange {
  CatalogTable table;
  std::string key;
  std::optional<OwnedDocument> record;
};

// Key of what belongs to a workspace. Neither name holds a NUL.
std::string catalog_key(std::string_view workspace, std::string_view name);

class Catalog {
 public:
  // Makes it when it is missing. kStateRefused: written by another version, or damaged.
  static Result<std::unique_ptr<Catalog>> open(const std::string& data_folder, Random& random);

  Result<std::optional<OwnedDocument>> find(CatalogTable table, std::string_view key) const;
  // All whose key begins with `prefix`, by key.
  Result<std::vector<OwnedDocument>> list(CatalogTable table, std::string_view prefix) const;
  Result<void> apply(const std::vector<CatalogChange>& changes);
  // Held from the look at what is there until apply(): nobody else changes anything meanwhile. Never across waiting.
  std::unique_lock<std::mutex> exclusive() { return std::unique_lock(mutex_); }
  // 32 bytes made with the catalog: what unknown users are shown is derived from it.
  const std::string& server_key() const { return server_key_; }

  // Code 26 (NamespaceNotFound), with the name.
  Result<WorkspaceRecord> workspace(std::string_view name) const;
  Result<std::optional<ProcessorRecord>> find_processor(std::string_view workspace, std::string_view name) const;
  Result<std::vector<ProcessorRecord>> processors(std::string_view workspace) const;  // By name.

 private:
  explicit Catalog(std::unique_ptr<Environment> environment) : environment_(std::move(environment)) {}
  Result<void> check_format(Random& random);

  std::unique_ptr<Environment> environment_;
  std::string server_key_;
  std::mutex mutex_;
};

}  // namespace penstock

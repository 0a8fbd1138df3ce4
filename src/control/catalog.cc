// SPDX-License-Identifier: Apache-2.0
#include "control/catalog.h"

#include <fmt/format.h>

#include "base/files.h"
#include "control/record_codec.h"
#include "control/unique_ids.h"

namespace penstock {
namespace {

constexpr std::string_view kFormat = "penstock-catalog-1";
constexpr uint64_t kMapBytes = uint64_t{16} << 30;  // Address space: 16 MB a definition, and there may be many.
constexpr size_t kServerKeyBytes = 32;

Table table_of(CatalogTable table) { return Table{static_cast<uint32_t>(table)}; }

Error damaged(const std::string& folder, std::string_view what) {
  return Error(ErrorCode::kStateRefused, "the catalog {} is damaged: {}; restore it from a backup", folder, what);
}

OwnedDocument meta_of(std::string_view value) {
  DocumentBuilder builder;
  builder.append("value", Value::bin_data(0, value));
  return OwnedDocument(builder.take());
}

}  // namespace

std::string catalog_key(std::string_view workspace, std::string_view name) {
  std::string key(workspace);
  key += '\0';
  key += name;
  return key;
}

Result<std::unique_ptr<Catalog>> Catalog::open(const std::string& data_folder, Random& random) {
  const std::string folder = data_folder + "/catalog";
  SystemFiles files;
  PS_TRY(files.make_folders(folder));
  PS_TRY(auto environment,
         Environment::open(
             folder, {.tables = {"meta", "workspaces", "connections", "processors", "users"}, .map_bytes = kMapBytes}));
  std::unique_ptr<Catalog> catalog(new Catalog(std::move(environment)));
  PS_TRY(catalog->check_format(random));
  return catalog;
}

Result<void> Catalog::check_format(Random& random) {
  PS_TRY(const auto format, find(CatalogTable::kMeta, "format"));
  if (!format) {
    server_key_ = random_bytes(random, kServerKeyBytes);
    return apply(
        {{CatalogTable::kMeta, "format", meta_of(kFormat)}, {CatalogTable::kMeta, "serverKey", meta_of(server_key_)}});
  }
  const auto bytes_of = [](const OwnedDocument& record) {
    const Value value = record.view().get("value");
    return value.type() == Type::kBinData ? std::string(value.bytes()) : std::string();
  };
  if (bytes_of(*format) != kFormat) {
    return Error(ErrorCode::kStateRefused, "the catalog {} has the format \"{}\", this version reads \"{}\"",
                 environment_->folder(), bytes_of(*format), kFormat);
  }
  PS_TRY(const auto key, find(CatalogTable::kMeta, "serverKey"));
  if (key) server_key_ = bytes_of(*key);
  if (server_key_.size() != kServerKeyBytes) return damaged(environment_->folder(), "it has no server key");
  return {};
}

Result<std::optional<OwnedDocument>> Catalog::find(CatalogTable table, std::string_view key) const {
  if (key.empty() || key.size() > kKeyBytesMax) return std::optional<OwnedDocument>();
  PS_TRY(const ReadTransaction txn, environment_->read());
  PS_TRY(const auto bytes, txn.get(table_of(table), key));
  if (!bytes) return std::optional<OwnedDocument>();
  const auto valid = validate_bson(*bytes);
  if (!valid.ok()) return damaged(environment_->folder(), valid.error().message());
  return std::optional(OwnedDocument(std::string(*bytes)));
}

Result<std::vector<OwnedDocument>> Catalog::list(CatalogTable table, std::string_view prefix) const {
  std::vector<OwnedDocument> records;
  PS_TRY(const ReadTransaction txn, environment_->read());
  PS_TRY(Cursor cursor, txn.scan(table_of(table), prefix));
  while (cursor.valid() && cursor.key().starts_with(prefix)) {
    const auto valid = validate_bson(cursor.value());
    if (!valid.ok()) return damaged(environment_->folder(), valid.error().message());
    records.emplace_back(std::string(cursor.value()));
    PS_TRY(cursor.next());
  }
  return records;
}

Result<void> Catalog::apply(const std::vector<CatalogChange>& changes) {
  PS_TRY(WriteTransaction txn, environment_->write());
  for (const CatalogChange& change : changes) {
    if (change.record) {
      PS_TRY(txn.put(table_of(change.table), change.key, change.record->bytes()));
    } else {
      PS_TRY(txn.erase(table_of(change.table), change.key));
    }
  }
  return txn.commit();
}

Result<WorkspaceRecord> Catalog::workspace(std::string_view name) const {
  PS_TRY(const auto record, find(CatalogTable::kWorkspaces, name));
  if (!record) return Error(ErrorCode::kNamespaceNotFound, "there is no workspace named \"{}\"", name);
  return decode_workspace(*record);
}

Result<std::optional<ProcessorRecord>> Catalog::find_processor(std::string_view workspace,
                                                               std::string_view name) const {
  if (name.find('\0') != std::string_view::npos) return std::optional<ProcessorRecord>();
  PS_TRY(const auto record, find(CatalogTable::kProcessors, catalog_key(workspace, name)));
  if (!record) return std::optional<ProcessorRecord>();
  PS_TRY(ProcessorRecord processor, decode_processor(*record));
  return std::optional(std::move(processor));
}

Result<std::vector<ProcessorRecord>> Catalog::processors(std::string_view workspace) const {
  PS_TRY(const auto records, list(CatalogTable::kProcessors, catalog_key(workspace, "")));
  std::vector<ProcessorRecord> processors;
  for (const OwnedDocument& record : records) {
    PS_TRY(ProcessorRecord processor, decode_processor(record));
    processors.push_back(std::move(processor));
  }
  return processors;
}

}  // namespace penstock

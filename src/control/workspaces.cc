// SPDX-License-Identifier: Apache-2.0
#include "control/workspaces.h"

#include <algorithm>
#include <cctype>

#include "control/catalog.h"
#include "control/record_codec.h"
#include "control/unique_ids.h"

namespace penstock {
namespace {

constexpr size_t kNameBytesMax = 64;
constexpr std::string_view kSampleConnection = "sample_stream_solar";
constexpr std::string_view kAtlasPrefix = "atlas-stream-";
constexpr size_t kIdDigits = 24;

char lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

bool same_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

Result<void> check_name(std::string_view name) {
  const auto alphanumeric = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; };
  const bool good =
      !name.empty() && name.size() <= kNameBytesMax && alphanumeric(name.front()) &&
      std::all_of(name.begin(), name.end(), [&](char c) { return alphanumeric(c) || c == '-' || c == '_'; });
  if (good) return {};
  return Error(ErrorCode::kBadValue,
               "\"{}\" cannot name a workspace: take 1 to 64 letters, digits, '-' and '_', a letter or digit first",
               name);
}

OwnedDocument sample_connection() {
  DocumentBuilder builder;
  builder.append("name", Value::string(kSampleConnection));
  builder.append("type", Value::string("Sample"));
  return OwnedDocument(builder.take());
}

}  // namespace

Workspaces::Workspaces(Catalog& catalog, std::string default_name, const Clock& clock, Random& random)
    : catalog_(catalog), default_name_(std::move(default_name)), clock_(clock), random_(random) {}

Result<WorkspaceRecord> Workspaces::create(std::string_view name) {
  PS_TRY(check_name(name));
  const auto exclusive = catalog_.exclusive();
  PS_TRY(const auto known, catalog_.find(CatalogTable::kWorkspaces, name));
  if (known) return Error(ErrorCode::kNamespaceExists, "there is a workspace named \"{}\" already", name);
  WorkspaceRecord record{.id = new_id(clock_, random_), .name = std::string(name), .created = clock_.now()};
  PS_TRY(catalog_.apply({{CatalogTable::kWorkspaces, record.name, encode(record)},
                         {CatalogTable::kConnections, catalog_key(name, kSampleConnection), sample_connection()}}));
  return record;
}

Result<WorkspaceRecord> Workspaces::get(std::string_view name) const { return catalog_.workspace(name); }

Result<std::vector<WorkspaceRecord>> Workspaces::list() const {
  PS_TRY(const auto records, catalog_.list(CatalogTable::kWorkspaces, ""));
  std::vector<WorkspaceRecord> workspaces;
  for (const OwnedDocument& record : records) {
    PS_TRY(WorkspaceRecord workspace, decode_workspace(record));
    workspaces.push_back(std::move(workspace));
  }
  return workspaces;
}

Result<void> Workspaces::remove(std::string_view name) {
  const auto exclusive = catalog_.exclusive();
  PS_TRY(const WorkspaceRecord record, catalog_.workspace(name));
  if (name == default_name_) {
    return Error(ErrorCode::kIllegalOperation, "\"{}\" is the default workspace of this server: it cannot be removed",
                 name);
  }
  PS_TRY(const std::vector<ProcessorRecord> processors, catalog_.processors(name));
  if (!processors.empty()) {
    return Error(ErrorCode::kIllegalOperation,
                 "workspace \"{}\" has {} processor{}, the first is \"{}\": drop {} before the workspace", name,
                 processors.size(), processors.size() == 1 ? "" : "s", processors.front().name,
                 processors.size() == 1 ? "it" : "them");
  }
  std::vector<CatalogChange> changes{{CatalogTable::kWorkspaces, record.name, std::nullopt}};
  PS_TRY(const auto connections, catalog_.list(CatalogTable::kConnections, catalog_key(name, "")));
  for (const OwnedDocument& document : connections) {
    PS_TRY(const Connection connection, decode_connection(document));
    changes.push_back({CatalogTable::kConnections, catalog_key(name, connection.name), std::nullopt});
  }
  return catalog_.apply(changes);
}

Result<std::optional<WorkspaceRecord>> Workspaces::by_server_name(std::string_view server_name) const {
  const std::string_view label = server_name.substr(0, server_name.find('.'));
  PS_TRY(std::vector<WorkspaceRecord> workspaces, list());
  // A name as it was written comes before one that differs in case: host names do not know case.
  for (const bool exact : {true, false}) {
    for (WorkspaceRecord& record : workspaces) {
      if (exact ? record.name == label : same_ignoring_case(record.name, label))
        return std::optional(std::move(record));
    }
  }
  if (label.size() < kAtlasPrefix.size() || !same_ignoring_case(label.substr(0, kAtlasPrefix.size()), kAtlasPrefix)) {
    return std::optional<WorkspaceRecord>();
  }
  const std::string_view rest = label.substr(kAtlasPrefix.size());
  const std::string_view id = rest.substr(0, rest.find('-'));
  if (id.size() != kIdDigits) return std::optional<WorkspaceRecord>();
  for (WorkspaceRecord& record : workspaces) {
    if (same_ignoring_case(record.id, id)) return std::optional(std::move(record));
  }
  return std::optional<WorkspaceRecord>();
}

}  // namespace penstock

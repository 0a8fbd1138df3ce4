// SPDX-License-Identifier: Apache-2.0
#include "control/users.h"

#include <algorithm>

#include "control/catalog.h"
#include "control/hmac.h"
#include "control/record_codec.h"
#include "control/unique_ids.h"

namespace penstock {
namespace {

constexpr size_t kBytesMax = 255;
constexpr size_t kSaltBytes = 28;

Result<void> check_text(std::string_view text, std::string_view what) {
  if (text.empty()) return Error(ErrorCode::kBadValue, "the {} is empty", what);
  if (text.size() > kBytesMax) return Error(ErrorCode::kBadValue, "the {} is longer than {} bytes", what, kBytesMax);
  return {};
}

std::string derived(std::string_view key, std::string_view label, std::string_view name) {
  std::string message(label);
  message += '\0';
  message += name;
  return hmac_sha_256(key, message);
}

}  // namespace

Users::Users(Catalog& catalog, const Clock& clock, Random& random)
    : catalog_(catalog), clock_(clock), random_(random) {}

Result<void> Users::create(std::string_view name, std::string_view password, std::vector<Role> roles) {
  PS_TRY(check_text(name, "user name"));
  PS_TRY(check_text(password, "password"));
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  if (std::any_of(name.begin(), name.end(), control)) {
    return Error(ErrorCode::kBadValue, "the user name holds control characters");
  }
  UserRecord record{.name = std::string(name), .roles = std::move(roles), .scram_sha_256 = {}, .created = clock_.now()};
  // Takes a while, on purpose: before anybody has to wait for the catalog.
  PS_TRY(record.scram_sha_256,
         make_scram_credential(password, random_bytes(random_, kSaltBytes), ScramCredential().iterations));
  const auto exclusive = catalog_.exclusive();
  PS_TRY(const auto known, catalog_.find(CatalogTable::kUsers, name));
  if (known) return Error(ErrorCode::kUserExists, "User \"{}@admin\" already exists", name);
  return catalog_.apply({{CatalogTable::kUsers, record.name, encode(record)}});
}

Result<std::optional<UserRecord>> Users::find(std::string_view name) const {
  PS_TRY(const auto record, catalog_.find(CatalogTable::kUsers, name));
  if (!record) return std::optional<UserRecord>();
  PS_TRY(UserRecord user, decode_user(*record));
  return std::optional(std::move(user));
}

Result<std::vector<UserRecord>> Users::list() const {
  PS_TRY(const auto records, catalog_.list(CatalogTable::kUsers, ""));
  std::vector<UserRecord> users;
  for (const OwnedDocument& record : records) {
    PS_TRY(UserRecord user, decode_user(record));
    users.push_back(std::move(user));
  }
  return users;
}

Result<void> Users::remove(std::string_view name) {
  const auto exclusive = catalog_.exclusive();
  PS_TRY(const auto known, catalog_.find(CatalogTable::kUsers, name));
  if (!known) return Error(ErrorCode::kUserNotFound, "User \"{}@admin\" not found", name);
  return catalog_.apply({{CatalogTable::kUsers, std::string(name), std::nullopt}});
}

Result<bool> Users::any() const {
  PS_TRY(const auto users, list());
  return !users.empty();
}

ScramCredential Users::decoy(std::string_view name) const {
  const std::string& key = catalog_.server_key();
  ScramCredential credential;
  credential.salt = derived(key, "salt", name).substr(0, kSaltBytes);
  credential.stored_key = derived(key, "stored key", name);
  credential.server_key = derived(key, "server key", name);
  return credential;
}

}  // namespace penstock

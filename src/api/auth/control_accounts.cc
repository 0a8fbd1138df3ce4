// SPDX-License-Identifier: Apache-2.0
#include "api/auth/control_accounts.h"

#include <optional>
#include <utility>

#include "api/auth/scram.h"

namespace penstock {
namespace {

constexpr std::string_view kExternalPrefix = "$external.";
constexpr size_t kNameBytesMax = 255;  // Of Users::create. What a client asks for may be longer.

// The name in the catalog; empty: no user can be called so there.
std::optional<std::string> stored_name(std::string_view db, std::string_view user) {
  std::string name(db == kExternalDb ? kExternalPrefix : "");
  if (user.empty() || name.size() + user.size() > kNameBytesMax) return std::nullopt;
  if (db != kExternalDb && (db != kAdminDb || user.starts_with(kExternalPrefix))) return std::nullopt;
  return name.append(user);
}

Account account_of(UserRecord record) {
  Account account{std::move(record.name), std::string(kAdminDb), std::move(record.roles),
                  std::move(record.scram_sha_256)};
  if (account.user.starts_with(kExternalPrefix)) {
    account.user.erase(0, kExternalPrefix.size());
    account.db = kExternalDb;
  }
  return account;
}

}  // namespace

Result<std::optional<Account>> ControlAccounts::find(std::string_view db, std::string_view user) const {
  std::optional<std::string> name = stored_name(db, user);
  // A look-up in any case, so that it takes the same time.
  PS_TRY(std::optional<UserRecord> record, users_.find(name ? std::string_view(*name) : kExternalPrefix));
  if (!name || !record) return std::optional<Account>();
  return std::optional<Account>(account_of(std::move(*record)));
}

Result<std::vector<Account>> ControlAccounts::list() const {
  PS_TRY(std::vector<UserRecord> records, users_.list());
  std::vector<Account> accounts;
  for (UserRecord& record : records)
    accounts.push_back(account_of(std::move(record)));
  return accounts;
}

Result<void> ControlAccounts::create(std::string_view db, std::string_view user, std::string_view password,
                                     std::vector<Role> roles) {
  std::optional<std::string> name = stored_name(db, user);
  if (!name) {
    return Error(ErrorCode::kBadValue,
                 "a user cannot be called \"{}\" in database {}: users live in {} and {}, their names are short",
                 user.substr(0, kNameBytesMax), db, kAdminDb, kExternalDb);
  }
  if (db == kAdminDb) return users_.create(*name, password, std::move(roles));
  return users_.create(*name, random_nonce(random_), std::move(roles));
}

Result<void> ControlAccounts::remove(std::string_view db, std::string_view user) {
  std::optional<std::string> name = stored_name(db, user);
  if (!name) return Error(ErrorCode::kUserNotFound, "User '{}@{}' not found", user, db);
  return users_.remove(*name);
}

}  // namespace penstock

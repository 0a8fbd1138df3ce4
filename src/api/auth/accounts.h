// SPDX-License-Identifier: Apache-2.0
// Users as clients of the wire protocol see them: a name in a database. Those in "admin" log in with a password, those
// in "$external" with a client certificate whose subject is their name (reference control-plane A1.4).
//
// Thread: any.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control/records.h"

namespace penstock {

inline constexpr std::string_view kAdminDb = "admin";
inline constexpr std::string_view kExternalDb = "$external";

struct Account {
  std::string user;
  std::string db;
  std::vector<Role> roles;
  ScramCredential scram_sha_256;
};

class Accounts {
 public:
  virtual ~Accounts() = default;
  // Empty: there is no such user.
  virtual Result<std::optional<Account>> find(std::string_view db, std::string_view user) const = 0;
  virtual Result<std::vector<Account>> list() const = 0;  // Those of "$external" first, each part by name.
  virtual Result<bool> any() const = 0;
  // What is shown of a user of "admin" that does not exist (security S15).
  virtual ScramCredential decoy(std::string_view user) const = 0;
  // `password`: of a user of "admin"; for "$external" it stays empty. Errors: kBadValue, 51003 (exists).
  virtual Result<void> create(std::string_view db, std::string_view user, std::string_view password,
                              std::vector<Role> roles) = 0;
  virtual Result<void> remove(std::string_view db, std::string_view user) = 0;  // kUserNotFound
};

}  // namespace penstock

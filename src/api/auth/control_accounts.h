// SPDX-License-Identifier: Apache-2.0
// Accounts over the users that the catalog keeps. A user X of "$external" is kept under the name "$external.X", with a
// random password that nobody has been told; users of "admin" keep their name, which may not begin so.
#pragma once

#include "api/auth/accounts.h"
#include "control/users.h"

namespace penstock {

class ControlAccounts final : public Accounts {
 public:
  // Both outlive it.
  ControlAccounts(Users& users, Random& random) : users_(users), random_(random) {}
  Result<std::optional<Account>> find(std::string_view db, std::string_view user) const override;
  Result<std::vector<Account>> list() const override;
  Result<bool> any() const override { return users_.any(); }
  ScramCredential decoy(std::string_view user) const override { return users_.decoy(user); }
  Result<void> create(std::string_view db, std::string_view user, std::string_view password,
                      std::vector<Role> roles) override;
  Result<void> remove(std::string_view db, std::string_view user) override;

 private:
  Users& users_;
  Random& random_;
};

}  // namespace penstock

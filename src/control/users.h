// SPDX-License-Identifier: Apache-2.0
// Who may log in. Passwords are SASLprep'ed, salted and hashed at once and never kept (security S16).
#pragma once

#include <vector>

#include "base/random.h"
#include "control/records.h"

namespace penstock {

class Catalog;

class Users {
 public:
  Users(Catalog& catalog, const Clock& clock, Random& random);
  // Errors: kBadValue (empty name or password, over 255 bytes, what SASLprep forbids), 51003 (there is such a user).
  Result<void> create(std::string_view name, std::string_view password, std::vector<Role> roles);
  Result<std::optional<UserRecord>> find(std::string_view name) const;
  Result<std::vector<UserRecord>> list() const;  // By name.
  Result<void> remove(std::string_view name);    // Code 11 (UserNotFound).
  Result<bool> any() const;
  // What a user that does not exist is shown: the same for the same name, different from server to server (S15).
  ScramCredential decoy(std::string_view name) const;

 private:
  Catalog& catalog_;
  const Clock& clock_;
  Random& random_;
};

// RFC 5802, 7677. Error kBadValue: SASLprep (RFC 4013) forbids the password.
Result<ScramCredential> make_scram_credential(std::string_view password, std::string salt, int32_t iterations);

}  // namespace penstock

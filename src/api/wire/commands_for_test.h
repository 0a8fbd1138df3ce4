// SPDX-License-Identifier: Apache-2.0
// For tests of commands that do not look at Control: users in memory, and connections that send whole requests.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "api/wire/cursor_registry.h"
#include "api/wire/dispatch.h"
#include "api/wire/messages_for_test.h"
#include "control/users.h"

namespace penstock {

class MemoryAccounts final : public Accounts {
 public:
  Result<std::optional<Account>> find(std::string_view db, std::string_view user) const override {
    auto at = accounts_.find({std::string(db), std::string(user)});
    return at == accounts_.end() ? std::optional<Account>() : std::optional(at->second);
  }
  Result<std::vector<Account>> list() const override {
    std::vector<Account> all;
    for (const auto& [key, account] : accounts_)
      all.push_back(account);
    return all;
  }
  Result<bool> any() const override { return !accounts_.empty(); }
  ScramCredential decoy(std::string_view user) const override {
    std::string key(32, '\0');
    return {4096, std::string(user).append(28, 'd').substr(0, 28), key, key};
  }
  Result<void> create(std::string_view db, std::string_view user, std::string_view password,
                      std::vector<Role> roles) override {
    Account account{std::string(user), std::string(db), std::move(roles), decoy(user)};
    if (db == kAdminDb) {
      PS_TRY(account.scram_sha_256, make_scram_credential(password, std::string(28, 's'), 4096));
    }
    bool added = accounts_.try_emplace({std::string(db), std::string(user)}, std::move(account)).second;
    if (!added) return Error(ErrorCode::kUserExists, "User \"{}@{}\" already exists", user, db);
    return {};
  }
  Result<void> remove(std::string_view db, std::string_view user) override {
    if (accounts_.erase({std::string(db), std::string(user)}) > 0) return {};
    return Error(ErrorCode::kUserNotFound, "User '{}@{}' not found", user, db);
  }

 private:
  std::map<std::pair<std::string, std::string>, Account> accounts_;
};

struct ServerForTest {
  explicit ServerForTest(bool open = true) : server(clock, open) {}

  // What a connection from `peer` gets for a command in extended JSON.
  std::string ask(Session& session, std::string_view command) {
    auto request = read_request(msg(command), kLimitsAfterLogin, session.compressors);
    if (!request.ok()) return to_json(error_reply(request.error()));
    return to_json(answer(*request, session, context));
  }
  OwnedDocument ask(Session& session, Document command) {
    auto request = read_request(write_msg(7, 0, command), kLimitsAfterLogin, {});
    PS_CHECK(request.ok(), request.ok() ? "" : request.error().message());
    return answer(*request, session, context);
  }

  static PeerInfo loopback() { return {.address = "127.0.0.1:5000", .loopback = true}; }
  static PeerInfo remote() { return {.address = "10.0.0.9:5000", .loopback = false, .tls = true}; }

  ManualClock clock{{1'700'000'000'000}};
  SeededRandom random{1};
  MemoryLogger log;
  MemoryAccounts accounts;
  CursorRegistry cursors{clock, random};
  ServerState server;
  // Memory only: the commands under test do not look at it.
  alignas(Control) std::byte no_control[sizeof(Control)];
  CommandContext context{reinterpret_cast<Control&>(no_control), cursors, clock, random, log, accounts, server};
};

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
// How a connection shows who is there (reference control-plane A1.4; security S15 to S17): SCRAM-SHA-256 in two or
// three steps, or MONGODB-X509 by the client certificate, each by its own commands or within hello.
//
// A conversation belongs to its connection; a wrong step ends it, and every refusal is the same "Authentication
// failed." whatever was wrong. What was wrong goes to the log.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "api/auth/scram.h"
#include "api/wire/command.h"

namespace penstock {

struct LoginConversation {
  ScramConversation scram;
  std::string db;
  bool skip_empty_exchange = false;
  std::optional<Principal> who;  // Empty: there is no such user.
  uint64_t users_version = 0;    // Of ServerState, when `who` was looked up.
  bool is_proven = false;        // The password was right; one empty message is still to come.
};

// The replies of saslStart, saslContinue and authenticate.
Result<OwnedDocument> start_login(Document command, std::string_view db, Session& session, CommandContext& context);
Result<OwnedDocument> continue_login(Document command, Session& session, CommandContext& context);
Result<OwnedDocument> login_by_certificate(Document command, std::string_view db, Session& session,
                                           CommandContext& context);

// `speculativeAuthenticate` of hello: its reply, or empty where the client has to begin again by itself.
std::optional<OwnedDocument> speculative_login(Document request, Session& session, CommandContext& context);

// Brings session.principal, .open and .may_create_user up to date: users may have been dropped or changed, or the first
// one made. Before each command.
Result<void> refresh(Session& session, CommandContext& context);

}  // namespace penstock

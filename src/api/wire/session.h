// SPDX-License-Identifier: Apache-2.0
// What the server knows of one connection: who is there, in which workspace, what it left open.
// Thread: one command at a time.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/auth/privileges.h"
#include "api/wire/compression.h"
#include "net/stream_server.h"

namespace penstock {

struct LoginConversation;

struct Principal {
  std::string user;
  std::string db;  // "admin", "$external"
  std::vector<Role> roles;
};

struct Session {
  Session(int32_t id, PeerInfo peer_info);
  ~Session();

  int32_t connection_id;
  PeerInfo peer;
  std::string workspace;                // By server name, else the default one.
  std::optional<Principal> principal;   // Empty: nobody has logged in yet.
  uint64_t users_version = 0;           // Of ServerState, when `principal` was looked up.
  bool open = false;                    // The server has no users: everybody may do everything, from loopback only.
  bool may_create_user = false;         // The first one (security S05).
  bool said_hello = false;              // A driver's monitoring connection says no more than that, and never logs in.
  std::optional<ObjectId> service_id;   // Made when the client asks for load balancing.
  std::vector<Compressor> compressors;  // Agreed upon in hello.
  std::unique_ptr<LoginConversation> conversation;

  // Nobody has shown yet who is there: only few commands, and small ones.
  bool is_unknown() const { return !principal && !open; }
  bool may(std::string_view action) const;
  // "user@admin" for records of who did what; "" when nobody has logged in.
  std::string who() const;
};

}  // namespace penstock

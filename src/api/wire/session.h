// SPDX-License-Identifier: Apache-2.0
// What the server knows of one connection: who is there, in which workspace, what it left open.
// Thread: one command at a time.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/auth/privileges.h"
#include "net/stream_server.h"

namespace penstock {

class ScramConversation;

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
  std::string workspace;               // By server name, else the default one.
  std::optional<Principal> principal;  // Empty: nobody has logged in yet.
  bool open = false;                   // The server has no users: everybody may do everything, from loopback only.
  std::optional<ObjectId> service_id;  // Made when the client asks for load balancing.
  std::unique_ptr<ScramConversation> conversation;
  bool may(std::string_view action) const;
  // "user@admin" for records of who did what; "" when nobody has logged in.
  std::string who() const;
};

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
#include "api/wire/session.h"

#include <utility>

#include "api/wire/login.h"

namespace penstock {

Session::Session(int32_t id, PeerInfo peer_info) : connection_id(id), peer(std::move(peer_info)) {}
Session::~Session() = default;

bool Session::may(std::string_view action) const {
  return open || (principal && (action.empty() || grants(principal->roles, action)));
}

std::string Session::who() const { return principal ? principal->user + "@" + principal->db : std::string(); }

}  // namespace penstock

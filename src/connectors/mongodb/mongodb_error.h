// SPDX-License-Identifier: Apache-2.0
// What MongoDB and its client report, told apart: goes away by itself (kPeerUnreachable), credentials
// (kCredentialsRefused), all else with MongoDB's code. Each is one sentence that says whom we spoke to; none contains a
// uri or a password.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "connectors/mongodb/mongoc_library.h"

namespace penstock::mongo {

// Who is spoken to and what for: for the sentences.
struct Peer {
  std::string hosts;   // "127.0.0.1:27017"
  std::string user;    // "" without authentication.
  std::string target;  // "db.coll"
};

// A server code that says: not now (no primary, shutting down, no room on its disk, ...), which is not about a
// document.
bool is_passing_code(int32_t code);

// The error of a command that failed. `reply`: what the server said, may be empty.
Error to_error(const Peer& peer, const bson_error_t& error, Document reply);

// "connection refused" out of "No suitable servers found: ...: [connection refused calling hello on '127.0.0.1:1']".
std::string reason_in(std::string_view text);

// kPeerUnreachable of a server that is there: "MongoDB at h cannot write d.c now: ...".
Error busy(const Peer& peer, std::string_view reason);
Error unreachable(const Peer& peer, std::string_view reason);

}  // namespace penstock::mongo

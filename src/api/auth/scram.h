// SPDX-License-Identifier: Apache-2.0
// The server's side of SCRAM-SHA-256 (RFC 5802, RFC 7677), without channel binding.
//
//   client: n,,n=alice,r=C            --> read_client_first: who wants to log in
//   server: r=CS,s=<salt>,i=15000     <-- server_first
//   client: c=biws,r=CS,p=<proof>     --> finish: right or wrong
//   server: v=<signature>             <-- its answer when right
//
// A conversation has one nonce of its own and is finished once, so that nothing of it can be used again (security
// S17). Of an unknown user the same is computed with a decoy credential and the end is always wrong (S15).
// Thread: one at a time.
#pragma once

#include <string>
#include <string_view>

#include "base/random.h"
#include "control/records.h"

namespace penstock {

struct ClientFirst {
  std::string channel_binding;  // "n,," or "n,a=alice,": what "c" of the last message repeats.
  std::string user;             // As it is, "=2C" and "=3D" undone.
  std::string nonce;
  std::string bare;  // The message without channel_binding.
};

// Error kAuthenticationFailed says what is wrong with the message: for the log, clients are told less.
Result<ClientFirst> read_client_first(std::string_view message);

// 24 random bytes as base64.
std::string random_nonce(Random& random);

class ScramConversation {
 public:
  // `known`: the credential is that of a user; false: it is a decoy.
  ScramConversation(ClientFirst first, ScramCredential credential, bool known, std::string_view server_nonce);
  const std::string& user() const { return first_.user; }
  const std::string& server_first() const { return server_first_; }
  // The last message of the server. Error kAuthenticationFailed: wrong password, unknown user, bad message, or finished
  // before.
  Result<std::string> finish(std::string_view client_final);

 private:
  ClientFirst first_;
  ScramCredential credential_;
  bool known_;
  bool finished_ = false;
  std::string nonce_;
  std::string server_first_;
};

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
// Runs commands on a Penstock server, for the command line: a client like any other, with the server's own words for
// what goes wrong. No type of libmongoc is here.
// Thread: one.
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "bson/document.h"

namespace penstock {

struct CommandClientOptions {
  std::string uri;               // mongodb://HOST:PORT/...
  std::string username;          // "": that of the uri, if it has one.
  std::string password;          // Goes with `username`.
  std::string tls_ca_file;       // Not "": TLS, and this authority is trusted.
  Duration reply_time{300'000};  // Stopping a processor waits for its last checkpoint.
};

class CommandClient {
 public:
  // Does not contact anybody yet. Error kUsage: `uri` is none; its text shows no password.
  static Result<std::unique_ptr<CommandClient>> make(const CommandClientOptions& options, Logger& log);
  virtual ~CommandClient() = default;
  // The reply of a command that was accepted (ok: 1), in database admin. Errors: kPeerUnreachable (nobody answers),
  // kCredentialsRefused, else the server's code and text as they are.
  virtual Result<OwnedDocument> run(Document command) = 0;
  virtual std::string hosts() const = 0;     // "127.0.0.1:27027"
  virtual std::string username() const = 0;  // "" without authentication.
  virtual bool has_tls() const = 0;
};

}  // namespace penstock

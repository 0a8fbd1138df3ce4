// SPDX-License-Identifier: Apache-2.0
// A command that talks to a server: where it is, who asks, how the answer is printed.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "app/reply_text.h"
#include "app/start_message.h"
#include "base/log.h"
#include "connectors/mongodb/command_client.h"

namespace penstock {

struct ServerOptions {
  std::string server = "mongodb://127.0.0.1:27027/";
  std::string username;
  std::string password_file;  // "-": stdin; "": the terminal.
  std::string tls_ca;
  std::string output = "table";
};

class ServerSession {
 public:
  // Contacts nobody yet; may ask for a password on the terminal.
  static Result<ServerSession> open(const ServerOptions& options);
  // The reply without `ok`. Errors say what to do about them: start a server, log in.
  Result<OwnedDocument> run(Document command);
  // {name: value}
  Result<OwnedDocument> run(std::string_view name, const Value& value);
  OutputFormat format() const { return format_; }
  // How this client got there, for the connect line.
  ConnectTarget target() const;

 private:
  ServerSession(std::unique_ptr<Logger> log, std::unique_ptr<CommandClient> client, OutputFormat format,
                std::string tls_ca);
  std::unique_ptr<Logger> log_;
  std::unique_ptr<CommandClient> client_;
  OutputFormat format_;
  std::string tls_ca_;
};

// Opens a session, runs `command`, prints its error; the exit code.
int with_server(const ServerOptions& options, const std::function<Result<void>(ServerSession&)>& command);

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
#include "app/server_session.h"

#include <fmt/format.h>

#include "app/exit_codes.h"
#include "app/inputs.h"
#include "app/password_input.h"

namespace penstock {
namespace {

Error with_advice(Error error, bool logged_in) {
  if (error.code() == ErrorCode::kPeerUnreachable) {
    return Error(error.code(), "{}; start one: penstock serve", error.message());
  }
  if (error.code() == ErrorCode::kUnauthorized && !logged_in) {
    return Error(error.code(), "{}; log in with --username NAME", error.message());
  }
  return error;
}

}  // namespace

Result<ServerSession> ServerSession::open(const ServerOptions& options) {
  PS_TRY(const OutputFormat format, parse_output_format(options.output));
  CommandClientOptions client_options;
  client_options.uri = options.server;
  client_options.username = options.username;
  client_options.tls_ca_file = options.tls_ca;
  if (!options.username.empty()) {
    const std::string prompt = fmt::format("Password of {}: ", options.username);
    PS_TRY(client_options.password, password_from(options.password_file, prompt, false));
  } else if (!options.password_file.empty()) {
    return Error(ErrorCode::kUsage, "--password-file goes with --username NAME");
  }
  std::unique_ptr<Logger> log = make_stderr_logger(LogLevel::kWarning);
  PS_TRY(std::unique_ptr<CommandClient> client, CommandClient::make(client_options, *log));
  return ServerSession(std::move(log), std::move(client), format, options.tls_ca);
}

ServerSession::ServerSession(std::unique_ptr<Logger> log, std::unique_ptr<CommandClient> client, OutputFormat format,
                             std::string tls_ca)
    : log_(std::move(log)), client_(std::move(client)), format_(format), tls_ca_(std::move(tls_ca)) {}

Result<OwnedDocument> ServerSession::run(Document command) {
  auto reply = client_->run(command);
  if (!reply.ok()) return with_advice(reply.take_error(), !client_->username().empty());
  DocumentBuilder shown;
  for (const Element& element : reply->view()) {
    if (element.name != "ok") shown.append(element.name, element.value);
  }
  return OwnedDocument(shown.take());
}

Result<OwnedDocument> ServerSession::run(std::string_view name, const Value& value) {
  DocumentBuilder command;
  command.append(name, value);
  return run(command.finish());
}

ConnectTarget ServerSession::target() const {
  ConnectTarget target;
  target.tls = client_->has_tls();
  target.ca_file = tls_ca_;
  target.username = client_->username();
  const auto address = parse_listen_address(client_->hosts());
  if (address.ok()) {
    target.host = address->host;
    target.port = address->port;
  } else {
    target.host = client_->hosts();  // mongodb+srv: the name of a service.
  }
  return target;
}

int with_server(const ServerOptions& options, const std::function<Result<void>(ServerSession&)>& command) {
  auto session = ServerSession::open(options);
  if (!session.ok()) return report_error(session.error());
  const auto done = command(*session);
  return done.ok() ? static_cast<int>(kExitOk) : report_error(done.error());
}

}  // namespace penstock

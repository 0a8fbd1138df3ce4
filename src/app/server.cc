// SPDX-License-Identifier: Apache-2.0
#include "app/server.h"

#include <algorithm>

#include "api/http/health.h"
#include "api/wire/wire_service.h"
#include "net/stream_server.h"
#include "net/worker_pool.h"

namespace penstock {
namespace {

constexpr size_t kWorkersMax = 64;
constexpr size_t kWaitingMax = 4096;  // Requests of other connections; more are told to come again.
constexpr Duration kStopTime{10'000};

std::optional<TlsOptions> tls_options(const Settings& settings) {
  if (settings.tls_cert_file.empty()) return std::nullopt;
  return TlsOptions{settings.tls_cert_file, settings.tls_ca_file};
}

ListenOptions wire_options(const Settings& settings) {
  ListenOptions options;
  options.host = settings.wire.host;
  options.port = settings.wire.port;
  options.tls = tls_options(settings);
  options.connections_max = settings.connections_max;
  options.connections_per_address_max = settings.connections_per_address_max;
  options.idle_time = settings.idle_time;
  return options;
}

// Names under which HTTP may be asked for, beside those of this machine (security S06).
HttpOptions http_options(const Settings& settings) {
  HttpOptions options;
  options.hosts = settings.http_hosts;
  if (!is_any_address(settings.http.host)) options.hosts.push_back(settings.http.host);
  if (!settings.public_host.empty()) options.hosts.push_back(settings.public_host);
  return options;
}

ListenOptions http_listen(const Settings& settings) {
  ListenOptions options = http_listen_options(http_options(settings));
  options.host = settings.http.host;
  options.port = settings.http.port;
  options.tls = tls_options(settings);
  return options;
}

std::optional<std::string> what_is_missing(const Control& control) {
  if (control.ready()) return std::nullopt;
  return "processors are still being taken up";
}

// A port that is taken is the most common reason: say which flag chooses another.
Result<uint16_t> listen(StreamServer& streams, const ListenOptions& options, HandlerFactory handlers,
                        std::string_view flag) {
  auto port = streams.listen(options, std::move(handlers));
  if (port.ok() || port.error().code() != ErrorCode::kPeerUnreachable) return port;
  return Error(ErrorCode::kPeerUnreachable, "{}; choose another with {} HOST:PORT", port.error().message(), flag);
}

}  // namespace

// In the order of use: what comes later goes first. Connections end before the workers that answer them, and those
// before what they work on.
struct Server::Parts {
  Parts(Control& control, const Clock& clock, Random& random, Logger& log)
      : wire(control, clock, random, log,
             {.submit = [this](std::function<void()> job) { return workers->submit(std::move(job)); }}),
        health([&control] { return what_is_missing(control); }),
        workers(std::make_unique<WorkerPool>(kWorkersMax, kWaitingMax)) {}

  WireService wire;
  HealthHandler health;
  std::unique_ptr<WorkerPool> workers;
  std::unique_ptr<StreamServer> streams;
  uint16_t wire_port = 0;
  uint16_t http_port = 0;
};

Server::Server(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Server::~Server() {
  if (parts_->streams != nullptr) parts_->streams->stop(kStopTime);
}

Result<std::unique_ptr<Server>> Server::start(const Settings& settings, Control& control, const Clock& clock,
                                              Random& random, Logger& log) {
  std::unique_ptr<Server> server(new Server(std::make_unique<Parts>(control, clock, random, log)));
  Parts& parts = *server->parts_;
  PS_TRY(parts.streams, StreamServer::start(log));
  PS_TRY(parts.http_port, listen(*parts.streams, http_listen(settings),
                                 serve_http(http_options(settings), parts.health, clock), "--http"));
  PS_TRY(parts.wire_port, listen(*parts.streams, wire_options(settings), parts.wire.handlers(), "--wire"));
  return server;
}

uint16_t Server::wire_port() const { return parts_->wire_port; }
uint16_t Server::http_port() const { return parts_->http_port; }
void Server::tend() { parts_->wire.end_idle_cursors(); }

Result<std::string> admin_name(Control& control) {
  PS_TRY(const std::vector<UserRecord> users, control.users().list());
  for (const UserRecord& user : users) {
    if (std::find(user.roles.begin(), user.roles.end(), Role::kAtlasAdmin) != user.roles.end()) return user.name;
  }
  return users.empty() ? std::string() : users.front().name;
}

}  // namespace penstock

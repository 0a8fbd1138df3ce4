// SPDX-License-Identifier: Apache-2.0
#include "net/stream_server.h"

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/errc.hpp>
#include <chrono>
#include <future>
#include <list>
#include <thread>
#include <utility>

#include "net/stream_connection.h"

namespace penstock {

void StreamCore::remember(std::shared_ptr<StreamConnection> connection) {
  connections.insert(std::move(connection));
  const std::lock_guard lock(mutex_);
  ++open_;
}

void StreamCore::forget(const std::shared_ptr<StreamConnection>& connection) {
  connections.erase(connection);
  const std::lock_guard lock(mutex_);
  --open_;
  changed_.notify_all();
}

size_t StreamCore::open_connections() const {
  const std::lock_guard lock(mutex_);
  return open_;
}

bool StreamCore::wait_for_none(Duration time) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::milliseconds(time.ms), [this] { return open_ == 0; });
}

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr int kBacklog = 1024;
constexpr int kChosenPortTries = 16;
constexpr std::chrono::milliseconds kAcceptRest{100};  // When the system has no descriptor left.

Result<std::vector<asio::ip::address>> addresses_of(asio::io_context& io, const std::string& host) {
  if (host == "localhost") {
    return std::vector<asio::ip::address>{asio::ip::address_v4::loopback(), asio::ip::address_v6::loopback()};
  }
  error_code error;
  const asio::ip::address literal = asio::ip::make_address(host, error);
  if (!error) return std::vector<asio::ip::address>{literal};
  tcp::resolver resolver(io);
  std::vector<asio::ip::address> found;
  for (const auto& entry : resolver.resolve(host, "", tcp::resolver::passive, error)) {
    const asio::ip::address address = entry.endpoint().address();
    if (std::find(found.begin(), found.end(), address) == found.end()) found.push_back(address);
  }
  if (!error && !found.empty()) return found;
  return Error(ErrorCode::kPeerUnreachable, "cannot listen on {}: the name has no address ({})", host,
               error ? error.message() : "none found");
}

Error cannot_listen(const asio::ip::address& address, uint16_t port, const error_code& error) {
  std::string_view advice = "";
  if (error == asio::error::address_in_use) advice = ": another process listens there; stop it or choose another port";
  if (error == asio::error::access_denied)
    advice = ": ports below 1024 need the right to bind them; choose another port";
  if (error == boost::system::errc::address_not_available) advice = ": this machine does not have the address";
  return Error(ErrorCode::kPeerUnreachable, "cannot listen on {} port {}: {}{}", address.to_string(), port,
               error.message(), advice);
}

bool not_of_this_machine(const error_code& error) {
  return error == boost::system::errc::address_not_available || error == asio::error::address_family_not_supported;
}

class AsioStreamServer final : public StreamServer {
 public:
  explicit AsioStreamServer(Logger& log)
      : core_(std::make_shared<StreamCore>(log)), work_(asio::make_work_guard(core_->io)) {
    thread_ = std::thread([core = core_.get()] { core->io.run(); });
  }

  ~AsioStreamServer() override {
    stop({0});
    work_.reset();
    thread_.join();
  }

  Result<uint16_t> listen(const ListenOptions& options, HandlerFactory make_handler) override {
    auto port = std::make_shared<ListenedPort>();
    port->options = options;
    port->make_handler = std::move(make_handler);
    if (options.tls) {
      PS_TRY(port->tls, TlsContext::open(*options.tls));
    }
    PS_TRY(std::vector<tcp::acceptor> acceptors, open_acceptors(options));
    error_code ignored;
    const uint16_t number = acceptors.front().local_endpoint(ignored).port();
    run_there([this, &acceptors, &port] {
      PS_CHECK(!core_->stopping, "nothing is listened on after stop()");
      for (tcp::acceptor& acceptor : acceptors)
        accept(listeners_.emplace_back(std::move(acceptor), port));
    });
    return number;
  }

  void stop(Duration time) override {
    run_there([this] {
      core_->stopping = true;
      error_code ignored;
      for (Listener& listener : listeners_) {
        listener.acceptor.close(ignored);
        listener.rest.cancel();
      }
      for (const auto& connection : all_connections())
        connection->finish();
    });
    core_->wait_for_none(time);
    run_there([this] {
      for (const auto& connection : all_connections())
        connection->close_now();
      core_->log.end();
    });
  }

  size_t connections() const override { return core_->open_connections(); }

 private:
  struct Listener {
    Listener(tcp::acceptor opened, std::shared_ptr<ListenedPort> of)
        : acceptor(std::move(opened)), rest(acceptor.get_executor()), port(std::move(of)) {}
    tcp::acceptor acceptor;
    asio::steady_timer rest;
    std::shared_ptr<ListenedPort> port;
    tcp::endpoint peer;
  };

  // Runs it on the network thread and waits for its end.
  template <typename Function>
  void run_there(Function function) {
    PS_CHECK(!core_->io.get_executor().running_in_this_thread(), "the network thread never waits");
    std::promise<void> done;
    asio::post(core_->io, [&] {
      function();
      done.set_value();
    });
    done.get_future().wait();
  }

  // A copy: what is done to a connection may remove it from the set.
  std::vector<std::shared_ptr<StreamConnection>> all_connections() const {
    return {core_->connections.begin(), core_->connections.end()};
  }

  Result<std::vector<tcp::acceptor>> open_acceptors(const ListenOptions& options) {
    PS_TRY(const std::vector<asio::ip::address> addresses, addresses_of(core_->io, options.host));
    for (int attempt = 1;; ++attempt) {
      Result<std::vector<tcp::acceptor>> opened = open_acceptors_on(addresses, options.port);
      // A chosen port that is free on one address may be taken on the other.
      if (opened.ok() || options.port != 0 || addresses.size() == 1 || attempt == kChosenPortTries) return opened;
    }
  }

  Result<std::vector<tcp::acceptor>> open_acceptors_on(const std::vector<asio::ip::address>& addresses, uint16_t port) {
    std::vector<tcp::acceptor> opened;
    std::optional<Error> skipped;
    for (const asio::ip::address& address : addresses) {
      tcp::acceptor acceptor(core_->io);
      const error_code error = open_acceptor(acceptor, tcp::endpoint(address, port));
      if (error && !not_of_this_machine(error)) return cannot_listen(address, port, error);
      if (error) {
        skipped = cannot_listen(address, port, error);
        continue;
      }
      error_code ignored;
      port = acceptor.local_endpoint(ignored).port();
      opened.push_back(std::move(acceptor));
    }
    if (opened.empty()) return std::move(*skipped);
    return opened;
  }

  static error_code open_acceptor(tcp::acceptor& acceptor, const tcp::endpoint& endpoint) {
    error_code error;
    acceptor.open(endpoint.protocol(), error);
    if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error && endpoint.address().is_v6()) acceptor.set_option(asio::ip::v6_only(true), error);
    if (!error) acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(kBacklog, error);
    return error;
  }

  void accept(Listener& listener) {
    listener.acceptor.async_accept(listener.peer, [this, &listener](const error_code& error, tcp::socket socket) {
      if (core_->stopping) return;
      if (!error) admit(listener, std::move(socket));
      if (error && error != asio::error::connection_aborted) return rest_and_accept(listener, error);
      accept(listener);
    });
  }

  void rest_and_accept(Listener& listener, const error_code& error) {
    core_->log.note(CutOff::kNoDescriptors, "a new peer", error.message());
    listener.rest.expires_after(kAcceptRest);
    listener.rest.async_wait([this, &listener](const error_code&) {
      if (!core_->stopping) accept(listener);
    });
  }

  void admit(Listener& listener, tcp::socket socket) {
    ListenedPort& port = *listener.port;
    auto connection = std::make_shared<StreamConnection>(core_, listener.port, std::move(socket), listener.peer);
    if (const std::optional<CutOff> why = connection->refused()) {
      core_->log.note(*why, connection->peer().address);
      return;
    }
    if (port.tls != nullptr) {
      const std::optional<Error> error = port.tls->reload_if_changed();
      if (error) core_->log.log().warning("{}; the certificate in use before stays in use", error->message());
    }
    connection->start();
  }

  std::shared_ptr<StreamCore> core_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  std::list<Listener> listeners_;
  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<StreamServer>> StreamServer::start(Logger& log) {
  try {
    return std::unique_ptr<StreamServer>(std::make_unique<AsioStreamServer>(log));
  } catch (const std::exception& e) {
    return Error(ErrorCode::kInternalError, "cannot start the network thread: {}", e.what());
  }
}

}  // namespace penstock

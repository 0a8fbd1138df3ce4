// SPDX-License-Identifier: Apache-2.0
// Listens on TCP, with TLS or without, and hands bytes to a handler per connection. The only home of Asio and of TLS
// sockets; one thread runs everything here and must never wait (architecture 8).
//
//   peer ==bytes==> StreamServer --on_bytes--> StreamHandler      (network thread)
//   peer <==bytes== StreamServer <---send()--- anybody            (any thread, in order)
//
// Bounds (security S14): connections in all and per address; time until a peer has said who it is; time without a byte;
// bytes waiting to be read by a slow peer, beyond which it is cut off. TLS 1.2 and later.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"

namespace penstock {

struct PeerInfo {
  std::string address;  // "127.0.0.1:51234", "[::1]:51234"
  bool loopback = false;
  bool tls = false;
  std::string server_name;     // What the peer asked for by SNI, lower case; "" none.
  std::string client_subject;  // RFC 2253, of a client certificate that our CA has signed; "" none.
};

// The way back to a peer. Thread: any. Calls after the connection is gone do nothing.
class StreamSender {
 public:
  virtual ~StreamSender() = default;
  virtual void send(std::string bytes) = 0;
  // After what was given to send() is out.
  virtual void close() = 0;
  // The peer has shown who it is: the time limit for that is over.
  virtual void set_authenticated() = 0;
  // While true no bytes are read from the peer: it must wait until its request is answered.
  virtual void pause(bool paused) = 0;
};

// One per connection; all calls on the network thread.
class StreamHandler {
 public:
  virtual ~StreamHandler() = default;
  // Everything that has arrived and was not consumed yet; gives how many bytes of it are done with. Called again when
  // more arrives, and after pause(false).
  virtual size_t on_bytes(std::string_view bytes) = 0;
  virtual void on_closed() = 0;
};

using HandlerFactory =
    std::function<std::unique_ptr<StreamHandler>(const PeerInfo& peer, std::shared_ptr<StreamSender> sender)>;

struct TlsOptions {
  std::string certificate_file;  // PEM: certificate chain and private key.
  std::string ca_file;           // PEM; of client certificates. "": none are asked for.
};

struct ListenOptions {
  std::string host =
      "127.0.0.1";    // An address or a name; each address it has is listened on. "localhost": both loopbacks.
  uint16_t port = 0;  // 0: chosen.
  std::optional<TlsOptions> tls;
  size_t connections_max = 2000;
  size_t connections_per_address_max = 1500;
  Duration authentication_time{10'000};
  Duration idle_time{3'600'000};
  size_t input_bytes_max = size_t{49} << 20;   // Of one request.
  size_t output_bytes_max = size_t{64} << 20;  // Waiting to be taken by the peer.
};

class StreamServer {
 public:
  virtual ~StreamServer() = default;  // Closes everything; no handler is called afterwards.
  // Errors: kBadInput (certificate, with the file), kPeerUnreachable (port taken, address not ours; with both).
  static Result<std::unique_ptr<StreamServer>> start(Logger& log);
  // The port listened on.
  virtual Result<uint16_t> listen(const ListenOptions& options, HandlerFactory make_handler) = 0;
  // Stops accepting; waits until requests under way are answered, at most `time`, then closes all.
  virtual void stop(Duration time) = 0;
  virtual size_t connections() const = 0;
};

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
// Listens on TCP, with TLS or without, and hands bytes to a handler per connection. The only home of Asio and of TLS
// sockets; one thread runs everything here and must never wait (architecture 8).
//
//   peer ==bytes==> StreamServer --on_bytes--> StreamHandler      (network thread)
//   peer <==bytes== StreamServer <---send()--- anybody            (any thread, in order)
//
// Bounds (security S14): connections in all, per address and not yet known; time until a peer has said who it is; time
// without a byte; time for a request that has begun and for an answer that waits; bytes of a request and of answers
// that wait. Who is beyond one is cut off, with a line in the log (at most one per kind in ten seconds, the rest
// counted). TLS 1.2 and later; certificates are read again when their files have changed (S08). An idle connection
// costs less than 4 kB, with TLS less than 24 kB (tests hold it): buffers exist only while bytes wait in them.
#pragma once

#include <cstddef>
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
  // The peer has shown who it is, or speaks the protocol and never will: drivers watch a server over connections that
  // do not log in. The time limit for that is over.
  virtual void set_authenticated() = 0;
  // While true no bytes are read from the peer and on_bytes is not called: a request is under way. The time limits of
  // the peer rest meanwhile. A handler that answers later pauses before it leaves on_bytes.
  virtual void pause(bool paused) = 0;
};

// One per connection; all calls on the network thread.
class StreamHandler {
 public:
  virtual ~StreamHandler() = default;
  // Everything that has arrived and was not consumed yet; gives how many bytes of it are done with. Called again when
  // more arrives, and after pause(false) when something is left.
  virtual size_t on_bytes(std::string_view bytes) = 0;
  // The last call, whoever ended the connection.
  virtual void on_closed() = 0;
};

using HandlerFactory =
    std::function<std::unique_ptr<StreamHandler>(const PeerInfo& peer, std::shared_ptr<StreamSender> sender)>;

struct TlsOptions {
  std::string certificate_file;  // PEM: certificate chain and private key, without a password.
  std::string ca_file;           // PEM; of client certificates. "": none are asked for.
};

struct ListenOptions {
  // An address or a name; each address of it that this machine has is listened on. "localhost": both loopbacks. An IPv6
  // address takes IPv6 only, also "::".
  std::string host = "localhost";
  uint16_t port = 0;  // 0: chosen, the same for each address.
  std::optional<TlsOptions> tls;
  size_t connections_max = 2000;
  size_t connections_per_address_max = 1500;
  size_t unauthenticated_max = 1200;
  Duration authentication_time{10'000};  // TLS handshake included.
  Duration idle_time{3'600'000};         // Without a byte from the peer and nothing under way.
  // From the first byte of a request until its handler pauses or answers; for an answer, without the peer taking a
  // byte.
  Duration stall_time{120'000};
  size_t input_bytes_max = size_t{49} << 20;   // Of one request: what a handler leaves unconsumed.
  size_t output_bytes_max = size_t{64} << 20;  // Waiting to be taken by the peer. From 1 MiB on it is not read from.
};

class StreamServer {
 public:
  virtual ~StreamServer() = default;  // Closes everything; no handler is called afterwards.
  // Error kInternalError: the system gives no thread or no descriptors.
  static Result<std::unique_ptr<StreamServer>> start(Logger& log);
  // The port listened on. Not after stop(). Name look-up may wait.
  // Errors: kBadInput (certificate, with the file), kPeerUnreachable (port taken, address not ours; with both).
  virtual Result<uint16_t> listen(const ListenOptions& options, HandlerFactory make_handler) = 0;
  // Stops accepting; waits until requests under way are answered (paused connections, answers not yet taken), at most
  // `time`, then closes all. Not on the network thread.
  virtual void stop(Duration time) = 0;
  virtual size_t connections() const = 0;
};

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
// HTTP/1.1 on top of StreamServer: keep-alive, requests of one connection answered one after the other in their order.
//
//   bytes --HttpParser--> head --(Host allowed? handler refuses?)--> body --> handler.handle(request, reply)
//   bytes <------------------------------------------------------------------ reply(response)   any thread, later
//
// A request that breaks the protocol, asks for a host that is not ours (S06, DNS rebinding) or is too large (S27) never
// reaches the handler; its answer is an error in the form of http_error() and the end of the connection.
// Thread: handlers are called on the network thread and must not wait: work goes to a WorkerPool.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "net/http_message.h"
#include "net/http_parser.h"
#include "net/stream_server.h"

namespace penstock {

struct HttpOptions {
  // What may stand in Host besides localhost, 127.0.0.1 and [::1]: names and addresses without port, as in an address
  // bar.
  std::vector<std::string> hosts;
  HttpLimits limits;
};

// The way to answer one request: once. Copies are the same way. When all are gone and nobody has answered, 500 is said.
// Thread: any. After the connection is gone it does nothing.
class HttpReply {
 public:
  HttpReply(std::shared_ptr<StreamSender> sender, bool without_body, bool keep_alive, const Clock& clock);
  void operator()(HttpResponse response) const;  // A second answer is a bug.

 private:
  struct Pending;
  std::shared_ptr<Pending> pending_;
};

class HttpHandler {
 public:
  virtual ~HttpHandler() = default;
  // Before the body is read: an answer given here is the answer (401, 404, 405, 415), and the body is never looked at;
  // with a body the connection ends.
  virtual std::optional<HttpResponse> refuse(const HttpRequest& /*head*/) { return {}; }
  virtual void handle(HttpRequest request, HttpReply reply) = 0;
};

// For StreamServer::listen. Handler and clock outlive the server and every reply.
HandlerFactory serve_http(HttpOptions options, HttpHandler& handler, const Clock& clock);

// Limits that fit HTTP: 75 s idle, 60 s for one request, 10 s until the first whole head, little input at a time.
ListenOptions http_listen_options(const HttpOptions& options);

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
// Whether the server lives and whether it is ready, for those who start and watch it. No login, no data.
//
//   GET, HEAD /livez    200 "ok" as long as the process answers
//   GET, HEAD /readyz   200 "ok"; 503 with the reason as text until everything is back
//
// Everything else: 404, other methods 405 with Allow, in the error form of the Admin API.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "net/http_server.h"

namespace penstock {

class HealthHandler final : public HttpHandler {
 public:
  // What is missing, for a person; empty: ready. Called on the network thread at each request, so it must not wait.
  using Missing = std::function<std::optional<std::string>()>;
  explicit HealthHandler(Missing missing) : missing_(std::move(missing)) {}

  std::optional<HttpResponse> refuse(const HttpRequest& head) override;
  void handle(HttpRequest request, HttpReply reply) override;

 private:
  Missing missing_;
};

}  // namespace penstock

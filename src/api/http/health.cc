// SPDX-License-Identifier: Apache-2.0
#include "api/http/health.h"

#include <utility>

namespace penstock {
namespace {

HttpResponse text(int status, std::string body) {
  return {status, {{"Content-Type", "text/plain; charset=utf-8"}, {"Cache-Control", "no-store"}}, std::move(body)};
}

}  // namespace

std::optional<HttpResponse> HealthHandler::refuse(const HttpRequest& head) {
  if (head.path != "/livez" && head.path != "/readyz") {
    return http_error(404, "RESOURCE_NOT_FOUND", fmt::format("Cannot find resource {}.", head.path));
  }
  if (head.method == "GET" || head.method == "HEAD") return {};
  HttpResponse response =
      http_error(405, "METHOD_NOT_ALLOWED", fmt::format("{} does not take this method.", head.path));
  response.headers.push_back({"Allow", "GET, HEAD"});
  return response;
}

void HealthHandler::handle(HttpRequest request, HttpReply reply) {
  const std::optional<std::string> missing = request.path == "/readyz" ? missing_() : std::nullopt;
  reply(missing ? text(503, *missing) : text(200, "ok"));
}

}  // namespace penstock

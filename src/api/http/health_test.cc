// SPDX-License-Identifier: Apache-2.0
#include "api/http/health.h"

#include <gmock/gmock.h>

#include <atomic>

#include "net/client_for_test.h"

namespace penstock {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

TEST(Health, SaysWhetherItLivesAndIsReady) {
  std::atomic<bool> ready = false;
  HealthHandler health([&ready]() -> std::optional<std::string> {
    if (ready) return {};
    return "3 of 20 processors are not back yet";
  });
  SystemClock clock;
  MemoryLogger log;
  auto server = StreamServer::start(log).value();
  const uint16_t port = server->listen(http_listen_options({}), serve_http({}, health, clock)).value();
  const auto ask = [port](std::string_view line) {
    TestClient client(port);
    client.send(fmt::format("{} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", line));
    return client.read_all();
  };
  EXPECT_THAT(ask("GET /livez"), AllOf(StartsWith("HTTP/1.1 200 OK\r\n"), EndsWith("\r\n\r\nok")));
  EXPECT_THAT(ask("GET /livez?verbose"), StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(ask("GET /readyz"), AllOf(StartsWith("HTTP/1.1 503 Service Unavailable\r\n"),
                                        EndsWith("\r\n\r\n3 of 20 processors are not back yet")));
  EXPECT_THAT(ask("HEAD /readyz"), AllOf(StartsWith("HTTP/1.1 503 "), EndsWith("\r\n\r\n")));
  ready = true;
  EXPECT_THAT(ask("GET /readyz"), AllOf(StartsWith("HTTP/1.1 200 OK\r\n"), EndsWith("\r\n\r\nok")));
  EXPECT_THAT(ask("HEAD /livez"),
              AllOf(StartsWith("HTTP/1.1 200 OK\r\n"), HasSubstr("Content-Length: 2\r\n"), EndsWith("\r\n\r\n")));
  for (const char* method : {"POST", "DELETE", "OPTIONS", "BREW"}) {
    EXPECT_THAT(ask(fmt::format("{} /readyz", method)),
                AllOf(StartsWith("HTTP/1.1 405 Method Not Allowed\r\n"), HasSubstr("Allow: GET, HEAD\r\n")))
        << method;
  }
  for (const char* path : {"/", "/livez/", "/LIVEZ", "//livez", "/api/atlas/v2"}) {
    EXPECT_THAT(ask(fmt::format("GET {}", path)),
                AllOf(StartsWith("HTTP/1.1 404 Not Found\r\n"), HasSubstr("Content-Type: application/json\r\n"),
                      HasSubstr(R"("errorCode":"RESOURCE_NOT_FOUND")")))
        << path;
  }
}

}  // namespace
}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
#include "net/http_server.h"

#include <gmock/gmock.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "net/client_for_test.h"

namespace penstock {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// Answers with what it was asked; "/later" is answered by the test, "/forgotten" by nobody, "/secret" is refused.
class Echo final : public HttpHandler {
 public:
  std::optional<HttpResponse> refuse(const HttpRequest& head) override {
    if (head.path != "/secret") return {};
    return http_error(401, "UNAUTHORIZED", "Who are you?");
  }
  void handle(HttpRequest request, HttpReply reply) override {
    ++handled;
    if (request.path == "/forgotten") return;
    if (request.path == "/later") {
      const std::lock_guard lock(mutex_);
      later_.push_back(std::move(reply));
      changed_.notify_all();
      return;
    }
    if (request.path == "/nothing") return reply({204, {}, ""});
    reply({200,
           {{"Content-Type", "text/plain"}, {"X-Said", "a\r\nSet-Cookie: b"}},
           fmt::format("{} {} ?{} [{}] {}", request.method, request.path, request.query, request.body,
                       request.peer.loopback)});
  }
  HttpReply asked_later() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !later_.empty(); });
    HttpReply reply = later_.front();
    later_.erase(later_.begin());
    return reply;
  }
  std::atomic<int> handled = 0;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<HttpReply> later_;
};

struct HttpServer : testing::Test {
  HttpServer() {
    options.hosts = {"Penstock.Example", "10.1.2.3"};
    options.limits.body_bytes_max = 1000;
    port = server->listen(http_listen_options(options), serve_http(options, echo, clock)).value();
  }
  // All that comes back for these bytes, until the server ends the connection.
  std::string all(std::string_view bytes) const {
    TestClient client(port);
    client.send(bytes);
    client.end_sending();
    return client.read_all();
  }
  static std::string body_of(const std::string& answer) { return answer.substr(answer.find("\r\n\r\n") + 4); }
  // One answer of a connection that stays.
  static std::string next(TestClient& client) {
    const std::string head = client.read_to("\r\n\r\n");
    const size_t at = head.find("Content-Length: ");
    return head + (at == std::string::npos ? "" : client.read(std::stoul(head.substr(at + 16))));
  }

  HttpOptions options;
  Echo echo;
  ManualClock clock{EventTime{784'111'777'000}};
  MemoryLogger log;
  std::unique_ptr<StreamServer> server = StreamServer::start(log).value();
  uint16_t port = 0;
};

TEST_F(HttpServer, AnswersWhatItIsAsked) {
  TestClient client(port);
  ASSERT_TRUE(client.send("GET /a%20b?x=1&y HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  EXPECT_EQ(next(client),
            "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Type: text/plain\r\n"
            "X-Said: a  Set-Cookie: b\r\nContent-Length: 25\r\n\r\nGET /a%20b ?x=1&y [] true");
  ASSERT_TRUE(client.send("HEAD /a HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  EXPECT_THAT(client.read_to("\r\n\r\n"), HasSubstr("Content-Length: 17\r\n"));
  ASSERT_TRUE(client.send("DELETE /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  EXPECT_EQ(client.read_to("\r\n\r\n"), "HTTP/1.1 204 No Content\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n");
  ASSERT_TRUE(client.send("GET /end HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"));
  const std::string last = client.read_all();
  EXPECT_THAT(last, StartsWith("HTTP/1.1 200 OK\r\n"));  // Nothing of a HEAD's body before it.
  EXPECT_THAT(last, HasSubstr("Connection: close\r\n"));
}

TEST_F(HttpServer, TakesBodiesInAnyPieces) {
  struct Case {
    std::string_view why, rest, body;
  };
  for (const Case& c :
       {Case{"length", "Content-Length: 5\r\n\r\nhello", "hello"},
        Case{"of zero bytes", "Content-Length: 0\r\n\r\n", ""},
        Case{"chunked", "Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=\"y\"\r\nllo\r\n0\r\n\r\n", "hello"},
        Case{"chunked, zero bytes", "Transfer-Encoding: Chunked\r\n\r\n0\r\n\r\n", ""},
        Case{"fields behind the body", "Transfer-Encoding: chunked\r\n\r\n1\r\nz\r\n0\r\nHost: evil\r\nA: b\r\n\r\n",
             "z"}}) {
    const std::string request = "POST /p HTTP/1.1\r\nHost: localhost\r\n" + std::string(c.rest);
    TestClient whole(port);
    TestClient in_bytes(port);
    ASSERT_TRUE(whole.send(request));
    for (const char byte : request)
      ASSERT_TRUE(in_bytes.send({&byte, 1}));
    const std::string expected = "POST /p ? [" + std::string(c.body) + "] true";
    EXPECT_EQ(body_of(next(whole)), expected) << c.why;
    EXPECT_EQ(body_of(next(in_bytes)), expected) << c.why;
    ASSERT_TRUE(in_bytes.send("GET /q HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    EXPECT_EQ(body_of(next(in_bytes)), "GET /q ? [] true") << c.why << ", then another";
  }
}

TEST_F(HttpServer, RefusesWhatTwoReadersCouldUnderstandDifferently) {
  const std::string get = "GET / HTTP/1.1\r\nHost: localhost\r\n";
  const std::string post = "POST / HTTP/1.1\r\nHost: localhost\r\n";
  struct Case {
    std::string_view why;
    std::string request;
    int status;
  };
  for (const Case& c :
       {Case{"CL and TE", post + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
        Case{"TE and CL", post + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", 400},
        Case{"two CL", post + "Content-Length: 1\r\nContent-Length: 1\r\n\r\na", 400},
        Case{"CL list", post + "Content-Length: 1, 1\r\n\r\na", 400},
        Case{"CL sign", post + "Content-Length: +1\r\n\r\na", 400},
        Case{"CL -1", post + "Content-Length: -1\r\n\r\n", 400},
        Case{"CL hex", post + "Content-Length: 0x1\r\n\r\na", 400},
        Case{"CL empty", post + "Content-Length:\r\n\r\n", 400},
        Case{"CL beyond 64 bits", post + "Content-Length: 99999999999999999999\r\n\r\n", 400},
        Case{"two TE", post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
        Case{"TE gzip", post + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501},
        Case{"TE identity", post + "Transfer-Encoding: identity\r\n\r\n", 501},
        Case{"TE of HTTP/1.0", "POST / HTTP/1.0\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
             400},
        Case{"bare LF", "GET / HTTP/1.1\nHost: localhost\n\n", 400},
        Case{"bare LF in the head", get + "A: b\n\r\n", 400},
        Case{"bare CR", get + "A: b\rc\r\n\r\n", 400},
        Case{"continued line", get + "A: b\r\n c\r\n\r\n", 400},
        Case{"continued by a tab", get + "A: b\r\n\tc\r\n\r\n", 400},
        Case{"continued first line", "GET / HTTP/1.1\r\n Host: localhost\r\n\r\n", 400},
        Case{"space before the colon", get + "A : b\r\n\r\n", 400},
        Case{"no name", get + ": b\r\n\r\n", 400},
        Case{"no colon", get + "abc\r\n\r\n", 400},
        Case{"byte 0", get + std::string("A: \0\r\n\r\n", 8), 400},
        Case{"two Host", get + "Host: localhost\r\n\r\n", 400},
        Case{"no Host", "GET / HTTP/1.1\r\n\r\n", 400},
        Case{"two Authorization", get + "Authorization: a\r\nAuthorization: b\r\n\r\n", 400},
        Case{"empty line first", "\r\n" + get + "\r\n", 400},
        Case{"not HTTP", std::string("\x16\x03\x01\x02", 4), 400},
        Case{"HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400},
        Case{"no version", "GET /\r\nHost: localhost\r\n\r\n", 400},
        Case{"two spaces", "GET  / HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
        Case{"space behind the version", "GET / HTTP/1.1 \r\nHost: localhost\r\n\r\n", 400},
        Case{"target without '/'", "GET a HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
        Case{"target with '#'", "GET /#a HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
        Case{"target beyond ASCII", "GET /\xff HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
        Case{"CONNECT", "CONNECT localhost:1 HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
        Case{"GET *", "GET * HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
        Case{"unknown expectation", post + "Expect: coffee\r\nContent-Length: 1\r\n\r\na", 417},
        Case{"head too large", get + "A: " + std::string(16'384, 'a') + "\r\n\r\n", 431},
        Case{"head without an end", get + "A: " + std::string(20'000, 'a'), 431},
        Case{"body too large", post + "Content-Length: 1001\r\n\r\n", 413},
        Case{"chunk too large", post + "Transfer-Encoding: chunked\r\n\r\n3e9\r\n", 413},
        Case{"chunks too large",
             post + "Transfer-Encoding: chunked\r\n\r\n3e8\r\n" + std::string(1000, 'a') + "\r\n1\r\na\r\n", 413},
        Case{"chunk without size", post + "Transfer-Encoding: chunked\r\n\r\n\r\n", 400},
        Case{"chunk size beyond 64 bits", post + "Transfer-Encoding: chunked\r\n\r\n11111111111111111\r\n", 400},
        Case{"chunk size 0x1", post + "Transfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n0\r\n\r\n", 400},
        Case{"bare LF behind a chunk size", post + "Transfer-Encoding: chunked\r\n\r\n1\na\r\n0\r\n\r\n", 400},
        Case{"chunk longer than said", post + "Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n", 400},
        Case{"endless chunk line", post + "Transfer-Encoding: chunked\r\n\r\n1;" + std::string(20'000, 'a'), 400},
        Case{"another host", "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421}}) {
    const int before = echo.handled;
    const std::string answer = all(c.request + "GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_THAT(answer, StartsWith(fmt::format("HTTP/1.1 {} ", c.status))) << c.why;
    EXPECT_THAT(answer, HasSubstr("Connection: close\r\n")) << c.why;
    EXPECT_THAT(answer, EndsWith("\"}")) << c.why;
    EXPECT_THAT(answer, Not(HasSubstr("smuggled"))) << c.why;
    EXPECT_EQ(echo.handled, before) << c.why;
  }
}

TEST_F(HttpServer, KnowsItsNames) {
  struct Case {
    std::string_view host;
    bool ours;
  };
  for (const Case& c :
       {Case{"localhost", true}, Case{"LOCALHOST:8427", true}, Case{"127.0.0.1:1", true}, Case{"[::1]", true},
        Case{"[::1]:8427", true}, Case{"penstock.example:80", true}, Case{"10.1.2.3", true}, Case{"", false},
        Case{"evil.example", false}, Case{"localhost.", false}, Case{"localhost.evil.example", false},
        Case{"localhost:evil", false}, Case{"[::1", false}, Case{"[::1]x", false}, Case{"localhost@evil", false},
        Case{"127.0.0.2", false}, Case{"localhost, evil", false}}) {
    const std::string answer = all(fmt::format("GET /a HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", c.host));
    EXPECT_THAT(answer, StartsWith(c.ours ? "HTTP/1.1 200 OK\r\n" : "HTTP/1.1 421 ")) << c.host;
  }
  EXPECT_THAT(all("GET http://localhost:1/a?b HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"),
              HasSubstr("GET /a ?b []"));
  EXPECT_THAT(all("GET http://localhost HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"),
              HasSubstr("GET / ? []"));
  EXPECT_THAT(all("GET http://evil/a HTTP/1.1\r\nHost: localhost\r\n\r\n"), StartsWith("HTTP/1.1 421 "));
}

TEST_F(HttpServer, ServesPipelinedRequestsInOrder) {
  TestClient client(port);
  ASSERT_TRUE(
      client.send("GET /later HTTP/1.1\r\nHost: localhost\r\n\r\nPOST /2 HTTP/1.1\r\nHost: localhost\r\n"
                  "Content-Length: 2\r\n\r\nhiGET /3 HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  const HttpReply reply = echo.asked_later();
  EXPECT_EQ(echo.handled, 1);
  std::thread([reply] { reply({201, {}, "first"}); }).join();
  EXPECT_EQ(body_of(next(client)), "first");
  EXPECT_EQ(body_of(next(client)), "POST /2 ? [hi] true");
  EXPECT_EQ(body_of(next(client)), "GET /3 ? [] true");
}

TEST_F(HttpServer, SaysContinueOnlyToWhoWaitsForIt) {
  const std::string head = "POST /p HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 2\r\n";
  TestClient waits(port);
  ASSERT_TRUE(waits.send(head + "\r\n"));
  EXPECT_EQ(waits.read_to("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  ASSERT_TRUE(waits.send("hi"));
  EXPECT_EQ(body_of(next(waits)), "POST /p ? [hi] true");
  EXPECT_THAT(all(head + "Connection: close\r\n\r\nhi"), StartsWith("HTTP/1.1 200 OK"));
  const std::string refused =
      all("POST /secret HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
          "Content-Length: 2\r\n\r\n");
  EXPECT_THAT(refused, StartsWith("HTTP/1.1 401 Unauthorized\r\n"));
  EXPECT_THAT(refused, HasSubstr("Connection: close\r\n"));
}

TEST_F(HttpServer, ARefusalWithoutABodyKeepsTheConnection) {
  TestClient client(port);
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(client.send("GET /secret HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    EXPECT_THAT(next(client), StartsWith("HTTP/1.1 401 Unauthorized\r\n"));
  }
  EXPECT_EQ(echo.handled, 0);
  ASSERT_TRUE(client.send("GET /open HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  EXPECT_EQ(body_of(next(client)), "GET /open ? [] true");
}

TEST_F(HttpServer, ARequestThatNobodyAnswersIsAnError) {
  EXPECT_THAT(all("GET /forgotten HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"),
              StartsWith("HTTP/1.1 500 Internal Server Error\r\n"));
}

TEST_F(HttpServer, EndsAfterOneRequestOfHttp10) {
  EXPECT_THAT(all("GET /old HTTP/1.0\r\nHost: localhost\r\n\r\n"), EndsWith("GET /old ? [] true"));
}

TEST_F(HttpServer, CutsOffWhoSendsAHeadForever) {
  ListenOptions listen = http_listen_options(options);
  listen.stall_time = {50};
  const uint16_t impatient = server->listen(listen, serve_http(options, echo, clock)).value();
  TestClient client(impatient);
  ASSERT_TRUE(client.send("GET / HTTP/1.1\r\nHost: localhost\r\nA: "));
  EXPECT_EQ(client.read_all(), "");
  TestClient body(impatient);
  ASSERT_TRUE(body.send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nabc"));
  EXPECT_EQ(body.read_all(), "");
  EXPECT_EQ(echo.handled, 0);
}

TEST_F(HttpServer, AReplyMayComeAfterTheServer) {
  TestClient client(port);
  ASSERT_TRUE(client.send("GET /later HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  const HttpReply reply = echo.asked_later();
  server.reset();
  reply({200, {}, "late"});
  EXPECT_EQ(client.read_all(), "");
}

}  // namespace
}  // namespace penstock

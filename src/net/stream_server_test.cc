// SPDX-License-Identifier: Apache-2.0
#include "net/stream_server.h"

#include <gmock/gmock.h>
#include <malloc.h>

#include <thread>

#include "net/line_server_for_test.h"

namespace penstock {
namespace {

using testing::HasSubstr;

TEST(StreamServer, CarriesRequestsAndAnswersHoweverTheyAreCut) {
  LineServer line;
  struct Case {
    std::string_view why;
    std::vector<std::string_view> sent;
    std::string_view answer;
  };
  for (const Case& c : {Case{"one", {"one\n"}, "one\n"}, Case{"three at once", {"a\nb\nc\n"}, "a\nb\nc\n"},
                        Case{"in pieces", {"o", "n", "e", "\nt", "wo\n"}, "one\ntwo\n"},
                        Case{"one and a half", {"one\ntw", "o\n"}, "one\ntwo\n"}}) {
    TestClient client(line.port);
    for (const std::string_view part : c.sent)
      ASSERT_TRUE(client.send(part)) << c.why;
    EXPECT_EQ(client.read(c.answer.size()), c.answer) << c.why;
  }
}

TEST(StreamServer, KnowsThePeer) {
  LineServer line;
  TestClient client(line.port);
  const PeerInfo peer = line.peer(0);
  EXPECT_THAT(peer.address, testing::StartsWith("127.0.0.1:"));
  EXPECT_TRUE(peer.loopback);
  EXPECT_FALSE(peer.tls);
  EXPECT_EQ(peer.server_name, "");
}

TEST(StreamServer, LocalhostIsBothLoopbacks) {
  MemoryLogger log;
  auto server = StreamServer::start(log).value();
  ListenOptions only_v6;
  only_v6.host = "::1";
  LineServer line;
  if (!server->listen(only_v6, line.factory()).ok()) GTEST_SKIP() << "no IPv6 here";
  TestClient client(line.port, "::1");
  ASSERT_TRUE(client.send("six\n"));
  EXPECT_EQ(client.read(4), "six\n");
  EXPECT_THAT(line.peer(0).address, testing::StartsWith("[::1]:"));
  EXPECT_TRUE(line.peer(0).loopback);
}

TEST(StreamServer, SaysWhyItCannotListen) {
  LineServer line;
  ListenOptions taken;
  taken.host = "127.0.0.1";
  taken.port = line.port;
  const auto same = line.server().listen(taken, line.factory());
  ASSERT_FALSE(same.ok());
  EXPECT_EQ(same.error().code(), ErrorCode::kPeerUnreachable);
  EXPECT_THAT(same.error().message(), HasSubstr(fmt::format("127.0.0.1 port {}", line.port)));
  EXPECT_THAT(same.error().message(), HasSubstr("another process listens there"));

  ListenOptions foreign;
  foreign.host = "203.0.113.7";
  const auto not_ours = line.server().listen(foreign, line.factory());
  ASSERT_FALSE(not_ours.ok());
  EXPECT_EQ(not_ours.error().code(), ErrorCode::kPeerUnreachable);
  EXPECT_THAT(not_ours.error().message(), HasSubstr("this machine does not have the address"));

  ListenOptions no_certificate;
  no_certificate.tls = TlsOptions{"/no/such/server.pem", ""};
  const auto no_file = line.server().listen(no_certificate, line.factory());
  ASSERT_FALSE(no_file.ok());
  EXPECT_EQ(no_file.error().code(), ErrorCode::kBadInput);
  EXPECT_THAT(no_file.error().message(), HasSubstr("/no/such/server.pem"));
}

TEST(StreamServer, TurnsAwayWhoIsBeyondALimit) {
  struct Case {
    std::string_view why;
    size_t connections, per_address, unauthenticated;
    std::string_view log;
  };
  for (const Case& c : {Case{"in all", 2, 9, 9, "the limit of connections is reached"},
                        Case{"per address", 9, 2, 9, "its address has as many connections"},
                        Case{"not yet known", 9, 9, 2, "not said who they are"}}) {
    ListenOptions options;
    options.connections_max = c.connections;
    options.connections_per_address_max = c.per_address;
    options.unauthenticated_max = c.unauthenticated;
    LineServer line(options);
    TestClient first(line.port), second(line.port);
    line.peer(1);
    for (int i = 0; i < 4; ++i)
      EXPECT_EQ(TestClient(line.port).read_all(), "") << c.why;
    EXPECT_EQ(line.peers_seen(), 2u) << c.why;
    EXPECT_EQ(lines_with(line.log, c.log), 1u) << c.why << "\n" << line.log.text();
    ASSERT_TRUE(first.send("known\n") && second.send("two\n"));
    EXPECT_EQ(first.read(6) + second.read(4), "known\ntwo\n") << c.why;
    line.server().stop({0});
    EXPECT_THAT(line.log.text(), HasSubstr("3 more connections turned away")) << c.why;
  }
}

TEST(StreamServer, ALimitIsFreeAgainWhenItsHolderIsGoneOrKnown) {
  ListenOptions options;
  options.unauthenticated_max = 1;
  options.connections_max = 2;
  LineServer line(options);
  TestClient known(line.port);
  ASSERT_TRUE(known.send("known\n"));
  EXPECT_EQ(known.read(6), "known\n");
  {
    TestClient second(line.port);
    ASSERT_TRUE(second.send("bye\n"));
    EXPECT_EQ(second.read(4), "bye\n");
  }
  line.wait_closed(1);
  TestClient third(line.port);
  ASSERT_TRUE(third.send("three\n"));
  EXPECT_EQ(third.read(6), "three\n");
}

TEST(StreamServer, CutsOffWhoDoesNotSayWhoItIs) {
  ListenOptions options;
  options.authentication_time = {50};
  LineServer line(options);
  TestClient known(line.port);
  ASSERT_TRUE(known.send("known\n"));
  EXPECT_EQ(known.read(6), "known\n");
  TestClient unknown(line.port);
  EXPECT_EQ(unknown.read_all(), "");
  EXPECT_EQ(lines_with(line.log, "cut off: it has not said who it is in time"), 1u) << line.log.text();
  ASSERT_TRUE(known.send("still\n"));
  EXPECT_EQ(known.read(6), "still\n");
}

TEST(StreamServer, ClosesWhoIsIdleButNotWhoWaitsForAnAnswer) {
  ListenOptions options;
  options.idle_time = {50};
  LineServer line(options);
  TestClient waits(line.port);
  ASSERT_TRUE(waits.send("later\n"));
  const auto sender = line.asked_later();
  TestClient idle(line.port);
  EXPECT_EQ(idle.read_all(), "");
  EXPECT_EQ(lines_with(line.log, "nothing came for a long time"), 1u) << line.log.text();
  sender->send("now\n");
  EXPECT_EQ(waits.read(4), "now\n");
}

TEST(StreamServer, CutsOffAHalfSentRequest) {
  ListenOptions options;
  options.stall_time = {50};
  LineServer line(options);
  TestClient client(line.port);
  ASSERT_TRUE(client.send("whole\nhal"));
  EXPECT_EQ(client.read_all(), "whole\n");
  EXPECT_EQ(lines_with(line.log, "did not finish its request in time"), 1u) << line.log.text();
}

TEST(StreamServer, CutsOffARequestThatIsTooLarge) {
  ListenOptions options;
  options.input_bytes_max = 100'000;
  LineServer line(options);
  TestClient fits(line.port);
  const std::string large(100'000 - 1, 'a');
  ASSERT_TRUE(fits.send(large + "\n"));
  EXPECT_EQ(fits.read(large.size() + 1), large + "\n");
  TestClient too_large(line.port);
  too_large.send(std::string(400'000, 'a'));
  EXPECT_EQ(too_large.read_all(), "");
  EXPECT_EQ(lines_with(line.log, "its request is larger than allowed"), 1u) << line.log.text();
}

TEST(StreamServer, CutsOffASlowReader) {
  struct Case {
    std::string_view why;
    size_t output_bytes_max;
    int64_t stall_ms;
    std::string_view log;
  };
  for (const Case& c : {Case{"more waits than allowed", size_t{8} << 20, 60'000, "more bytes wait for it than allowed"},
                        Case{"takes nothing for long", size_t{64} << 20, 50, "does not take its answers"}}) {
    ListenOptions options;
    options.output_bytes_max = c.output_bytes_max;
    options.stall_time = {c.stall_ms};
    LineServer line(options);
    TestClient client(line.port, "127.0.0.1", 4096);
    ASSERT_TRUE(client.send("big 33554432\n"));
    line.wait_closed(1);
    EXPECT_EQ(lines_with(line.log, c.log), 1u) << c.why << "\n" << line.log.text();
  }
}

TEST(StreamServer, ALargeAnswerArrivesWhole) {
  LineServer line;
  TestClient client(line.port);
  ASSERT_TRUE(client.send("big 20000000\nend\n"));
  EXPECT_EQ(client.read(20'000'000), std::string(20'000'000, 'x'));
  EXPECT_EQ(client.read(4), "end\n");
}

TEST(StreamServer, APausedPeerWaits) {
  LineServer line;
  TestClient client(line.port);
  ASSERT_TRUE(client.send("later\nsecond\nlater\nfourth\n"));
  for (const std::string_view next : {"second\n", "fourth\n"}) {
    const auto sender = line.asked_later();
    sender->send("first\n");
    sender->pause(false);
    EXPECT_EQ(client.read(6 + next.size()), "first\n" + std::string(next));
  }
}

TEST(StreamServer, AnswersFromManyThreadsStayWhole) {
  LineServer line;
  TestClient client(line.port);
  ASSERT_TRUE(client.send("later\n"));
  const auto sender = line.asked_later();
  constexpr int kThreads = 4;
  constexpr int kLines = 500;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&sender, t] {
      for (int i = 0; i < kLines; ++i)
        sender->send(fmt::format("{} {}\n", t, i));
    });
  }
  for (std::thread& thread : threads)
    thread.join();
  sender->close();
  sender->send("after the end");
  std::vector<int> next(kThreads, 0);
  for (std::string text = client.read_to("\n"); !text.empty(); text = client.read_to("\n")) {
    const auto t = static_cast<size_t>(text[0] - '0');
    ASSERT_LT(t, next.size());
    EXPECT_EQ(text, fmt::format("{} {}\n", t, next[t]++));
  }
  EXPECT_EQ(next, std::vector<int>(kThreads, kLines));
}

TEST(StreamServer, TheLastAnswerArrivesAlthoughThePeerStillSends) {
  LineServer line;
  TestClient client(line.port);
  ASSERT_TRUE(client.send("bye\n" + std::string(500'000, 'z')));
  EXPECT_EQ(client.read_all(), "bye\n");
}

TEST(StreamServer, APeerThatHasEndedItsSideGetsItsAnswer) {
  LineServer line;
  TestClient client(line.port);
  ASSERT_TRUE(client.send("big 3000000\n"));
  client.end_sending();
  EXPECT_EQ(client.read_all().size(), 3'000'000u);
  line.wait_closed(1);
}

TEST(StreamServer, StopLetsARequestUnderWayEnd) {
  LineServer line;
  TestClient busy(line.port), idle(line.port);
  ASSERT_TRUE(busy.send("later\n"));
  const auto sender = line.asked_later();
  line.peer(1);
  std::thread stop([&line] { line.server().stop({30'000}); });
  EXPECT_EQ(idle.read_all(), "");  // It has begun.
  EXPECT_FALSE(TestClient(line.port).connected());
  sender->send("answer\n");
  sender->pause(false);
  EXPECT_EQ(busy.read_all(), "answer\n");
  stop.join();
  EXPECT_EQ(line.server().connections(), 0u);
}

TEST(StreamServer, StopDoesNotWaitForEver) {
  LineServer line;
  TestClient client(line.port);
  ASSERT_TRUE(client.send("later\n"));
  const auto sender = line.asked_later();
  line.server().stop({20});
  line.wait_closed(1);
  EXPECT_EQ(client.read_all(), "");
  line.end();
  // Whoever still holds the way back may use it.
  sender->send("late");
  sender->pause(true);
  sender->pause(false);
  sender->set_authenticated();
  sender->close();
}

// Two descriptors of this process for each; 400 are within the usual limit.
TEST(StreamServer, AnIdleConnectionCostsLittle) {
  LineServer line;
  std::vector<std::unique_ptr<TestClient>> clients;
  constexpr size_t kClients = 400;
  clients.reserve(kClients);
  const size_t before = ::mallinfo2().uordblks;
  for (size_t i = 0; i < kClients; ++i) {
    clients.push_back(std::make_unique<TestClient>(line.port));
    ASSERT_TRUE(clients.back()->send("hello\n"));
    ASSERT_EQ(clients.back()->read(6), "hello\n");
  }
  const size_t each = (::mallinfo2().uordblks - before) / kClients;
  RecordProperty("bytes_per_connection", static_cast<int>(each));
  EXPECT_LT(each, 4096u);
}

}  // namespace
}  // namespace penstock

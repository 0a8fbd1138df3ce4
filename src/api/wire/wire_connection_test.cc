// SPDX-License-Identifier: Apache-2.0
#include "api/wire/wire_connection.h"

#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <vector>

#include "api/wire/messages_for_test.h"

namespace penstock {
namespace {

struct Sent final : StreamSender {
  void send(std::string bytes) override { messages.push_back(std::move(bytes)); }
  void close() override { closed = true; }
  void set_authenticated() override { authenticated++; }
  void pause(bool on) override { paused = on; }
  std::vector<std::string> messages;
  bool closed = false, paused = false;
  int authenticated = 0;
};

// With enough of one letter that every compressor makes it smaller.
std::string long_ping() { return msg(fmt::format("{{ping: 1, $db: 'admin', a: '{}'}}", std::string(300, 'a'))); }

// A connection whose jobs run when the test says so, and whose commands say what they were.
class Wire : public testing::Test {
 protected:
  Wire() {
    work_.submit = [this](std::function<void()> job) {
      if (full_) return false;
      jobs_.push_back(std::move(job));
      return true;
    };
    work_.answer = [this](const Request& request, Session& session) {
      std::string_view name = (*request.body.begin()).name;
      asked_ += std::string(name) + " ";
      if (name == "hello") {
        session.said_hello = true;
        session.compressors = {Compressor::kZlib};
      }
      if (name == "login") session.principal = Principal{"a", "admin", {}};
      DocumentBuilder reply;
      reply.append("said", Value::string(name));
      reply.append("much", Value::string(std::string(100, 'x')));
      return OwnedDocument(reply.take());
    };
    work_.closed = [this](int32_t id) { gone_.push_back(id); };
    connection_ = std::make_unique<WireConnection>(7, PeerInfo{.address = "a:1"}, sent_, work_);
  }

  // As the network does it: what was not consumed comes again.
  void receive(std::string_view bytes) {
    waiting_ += bytes;
    offer();
  }
  void offer() {
    size_t used = 1;
    while (used > 0 && !sent_->paused && !waiting_.empty()) {
      used = connection_->on_bytes(waiting_);
      waiting_.erase(0, used);
    }
  }
  void work() {
    while (!jobs_.empty()) {
      auto job = std::move(jobs_.front());
      jobs_.pop_front();
      job();
      job = nullptr;
      if (connection_) offer();
    }
  }
  std::string last() { return to_json(body_of(sent_->messages.back())); }

  WireWork work_;
  std::deque<std::function<void()>> jobs_;
  bool full_ = false;
  std::string asked_;
  std::vector<int32_t> gone_;
  std::shared_ptr<Sent> sent_ = std::make_shared<Sent>();
  std::unique_ptr<WireConnection> connection_;
  std::string waiting_;
};

TEST_F(Wire, OneRequestAtATime) {
  std::string two = msg("{hello: 1, $db: 'admin'}") + msg("{ping: 1, $db: 'admin'}");
  for (char c : two)
    receive({&c, 1});
  EXPECT_TRUE(sent_->paused);
  EXPECT_EQ(jobs_.size(), 1u);
  EXPECT_TRUE(sent_->messages.empty());
  work();
  EXPECT_FALSE(sent_->paused);
  ASSERT_EQ(sent_->messages.size(), 2u);
  EXPECT_EQ(asked_, "hello ping ");
  EXPECT_EQ(header_of(sent_->messages[1]).response_to, 7);
  EXPECT_NE(header_of(sent_->messages[0]).id, header_of(sent_->messages[1]).id);
  EXPECT_TRUE(waiting_.empty());
}

TEST_F(Wire, MoreToComeIsRunAndNotAnswered) {
  receive(msg(2, body_section(doc("{endSessions: [], $db: 'admin'}"))) + msg("{ping: 1, $db: 'admin'}"));
  work();
  EXPECT_EQ(asked_, "endSessions ping ");
  EXPECT_EQ(sent_->messages.size(), 1u);
}

TEST_F(Wire, OpQueryGetsOpReply) {
  receive(query("admin.$cmd", "{hello: 1}"));
  work();
  ASSERT_EQ(sent_->messages.size(), 1u);
  EXPECT_EQ(header_of(sent_->messages[0]).opcode, kOpReply);
}

TEST_F(Wire, CompressionOnlyAfterItWasAgreedUpon) {
  receive(write_compressed(long_ping(), Compressor::kNoop));
  work();
  EXPECT_TRUE(sent_->closed);
  EXPECT_NE(last().find("not agreed"), std::string::npos);
  EXPECT_EQ(asked_, "");

  auto sent = std::make_shared<Sent>();
  WireConnection other(8, PeerInfo{}, sent, work_);
  std::string hello = msg("{hello: 1, $db: 'admin'}");
  EXPECT_EQ(other.on_bytes(hello), hello.size());
  jobs_.front()();
  jobs_.pop_front();
  std::string ping = write_compressed(long_ping(), Compressor::kZlib);
  EXPECT_EQ(other.on_bytes(ping), ping.size());
  jobs_.front()();
  jobs_.pop_front();
  ASSERT_EQ(sent->messages.size(), 2u);
  EXPECT_EQ(header_of(sent->messages[1]).opcode, kOpCompressed);
  EXPECT_FALSE(sent->closed);
}

// Security S10.
TEST_F(Wire, LittleIsTakenBeforeSomebodyHasLoggedIn) {
  receive(raw_message(kOpMsg, std::string(65 * 1024, 'a')).substr(0, 16));
  EXPECT_TRUE(sent_->closed) << "by its length alone";
  EXPECT_NE(last().find("65536 is the limit"), std::string::npos) << last();
  EXPECT_TRUE(jobs_.empty());
}

TEST_F(Wire, DeepDocumentsEndAConnectionBeforeLoginOnly) {
  receive(msg("{login: 1, $db: 'admin'}"));
  work();
  receive(write_msg(7, 0, nested(201)));
  work();
  EXPECT_FALSE(sent_->closed);
  EXPECT_NE(last().find("\"codeName\":\"InvalidBSON\""), std::string::npos);
  receive(write_msg(7, 0, nested(100)));
  work();
  EXPECT_EQ(asked_, "login ping ");

  auto sent = std::make_shared<Sent>();
  WireConnection other(8, PeerInfo{}, sent, work_);
  other.on_bytes(write_msg(7, 0, nested(100)));
  jobs_.front()();
  jobs_.pop_front();
  EXPECT_TRUE(sent->closed);
  EXPECT_EQ(other.on_bytes("anything"), 8u) << "what still comes is not looked at";
  EXPECT_TRUE(jobs_.empty());
}

TEST_F(Wire, WhatIsNoMessageEndsTheConnection) {
  for (const std::string& bytes : {std::string("GET / HTTP/1.1\r\n"), msg(0, "\5"), msg(4, ""), msg(1, "12345678")}) {
    auto sent = std::make_shared<Sent>();
    WireConnection other(8, PeerInfo{}, sent, work_);
    other.on_bytes(bytes);
    if (!jobs_.empty()) {
      jobs_.front()();
      jobs_.pop_front();
    }
    EXPECT_TRUE(sent->closed);
    EXPECT_LE(sent->messages.size(), 1u);
    EXPECT_EQ(sent->authenticated, 0);
  }
  EXPECT_EQ(asked_, "");
}

TEST_F(Wire, HelloIsEnoughToStay) {
  receive(msg("{ping: 1, $db: 'admin'}"));
  work();
  EXPECT_EQ(sent_->authenticated, 0);
  receive(msg("{hello: 1, $db: 'admin'}") + msg("{hello: 1, $db: 'admin'}"));
  work();
  EXPECT_EQ(sent_->authenticated, 1);
}

TEST_F(Wire, TooMuchToDoIsSaid) {
  full_ = true;
  receive(msg("{ping: 1, $db: 'admin'}"));
  ASSERT_EQ(sent_->messages.size(), 1u);
  EXPECT_NE(last().find("\"codeName\":\"TemporarilyUnavailable\""), std::string::npos);
  EXPECT_FALSE(sent_->paused);
  full_ = false;
  receive(msg("{ping: 1, $db: 'admin'}"));
  work();
  EXPECT_EQ(asked_, "ping ");
}

TEST_F(Wire, GoneIsSaidOnceAndNeverDuringACommand) {
  receive(msg("{ping: 1, $db: 'admin'}"));
  connection_->on_closed();
  connection_.reset();
  EXPECT_TRUE(gone_.empty()) << "the job is under way";
  work();
  EXPECT_EQ(gone_, std::vector<int32_t>{7});

  WireConnection idle(8, PeerInfo{}, sent_, work_);
  idle.on_closed();
  EXPECT_EQ(gone_, (std::vector<int32_t>{7, 8}));
}

}  // namespace
}  // namespace penstock

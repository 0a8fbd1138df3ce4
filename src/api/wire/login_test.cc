// SPDX-License-Identifier: Apache-2.0
#include "api/wire/login.h"

#include <gtest/gtest.h>

#include "api/auth/scram_client_for_test.h"
#include "api/wire/commands_for_test.h"

namespace penstock {
namespace {

constexpr std::string_view kSkip = "{skipEmptyExchange: true}";

class Login : public testing::Test {
 protected:
  Login() {
    PS_CHECK(server_.accounts.create("admin", "alice", "pencil", {Role::kAtlasAdmin}).ok());
    PS_CHECK(server_.accounts.create("$external", "CN=alice,O=Example", "", {Role::kReadAnyDatabase}).ok());
  }

  OwnedDocument start(Session& session, std::string_view payload, std::string_view mechanism = "SCRAM-SHA-256",
                      bool skip = true, std::string_view db = "admin") {
    DocumentBuilder b;
    b.append("saslStart", Value::int32(1));
    b.append("mechanism", Value::string(mechanism));
    b.append("payload", Value::bin_data(0, payload));
    if (skip) b.append("options", Value::object(doc(kSkip)));
    b.append("$db", Value::string(db));
    return server_.ask(session, b.finish());
  }
  OwnedDocument proceed(Session& session, std::string_view payload, int32_t id = 1) {
    DocumentBuilder b;
    b.append("saslContinue", Value::int32(1));
    b.append("conversationId", Value::int32(id));
    b.append("payload", Value::bin_data(0, payload));
    b.append("$db", Value::string("admin"));
    return server_.ask(session, b.finish());
  }
  static std::string payload(Document reply) {
    Value value = reply.get("payload");
    return value.is_missing() ? "(none) " + to_json(reply) : std::string(value.bytes());
  }
  static int code(Document reply) { return reply.has("code") ? reply.get("code").as_int() : 0; }
  // A whole login; its last reply.
  OwnedDocument log_in(Session& session, std::string_view user, std::string_view password) {
    ScramClient client(user, password, "nonce");
    OwnedDocument first = start(session, client.first());
    if (code(first) != 0) return first;
    return proceed(session, client.last(payload(first)));
  }

  ServerForTest server_;
  Session session_{1, ServerForTest::remote()};
};

const std::string kFailed =
    R"({"ok":0.0,"errmsg":"Authentication failed.","code":18,"codeName":"AuthenticationFailed"})";

TEST_F(Login, SkippingTheEmptyExchange) {
  ScramClient client("alice", "pencil", "nonce");
  OwnedDocument first = start(session_, client.first());
  EXPECT_EQ(first.view().get("conversationId").as_int(), 1);
  EXPECT_FALSE(first.view().get("done").as_bool());
  EXPECT_FALSE(session_.principal);
  OwnedDocument last = proceed(session_, client.last(payload(first)));
  EXPECT_TRUE(last.view().get("done").as_bool());
  EXPECT_EQ(payload(last), client.signature());
  EXPECT_EQ(session_.who(), "alice@admin");
  EXPECT_TRUE(session_.may("createStreamProcessor"));
  EXPECT_NE(server_.log.text().find("login: user alice@admin from 10.0.0.9:5000"), std::string::npos);
}

TEST_F(Login, WithTheEmptyExchange) {
  ScramClient client("alice", "pencil", "nonce");
  OwnedDocument first = start(session_, client.first(), "SCRAM-SHA-256", false);
  OwnedDocument second = proceed(session_, client.last(payload(first)));
  EXPECT_FALSE(second.view().get("done").as_bool());
  EXPECT_EQ(payload(second), client.signature());
  EXPECT_FALSE(session_.principal) << "not before the end";
  OwnedDocument third = proceed(session_, "");
  EXPECT_EQ(to_json(third),
            R"({"conversationId":1,"done":true,"payload":{"$binary":{"base64":"","subType":"00"}},"ok":1.0})");
  EXPECT_TRUE(session_.principal);
}

TEST_F(Login, EveryRefusalLooksTheSame) {
  EXPECT_EQ(to_json(log_in(session_, "alice", "Pencil")), kFailed);
  EXPECT_EQ(to_json(log_in(session_, "nobody", "pencil")), kFailed);
  EXPECT_EQ(to_json(log_in(session_, "CN=3Dalice=2CO=3DExample", "pencil")), kFailed);
  EXPECT_EQ(to_json(start(session_, "nonsense")), kFailed);
  EXPECT_EQ(to_json(start(session_, "n,a=root,n=alice,r=x")), kFailed);
  ScramClient client("alice", "pencil", "nonce");
  OwnedDocument first = start(session_, client.first(), "SCRAM-SHA-256", true, "test");
  EXPECT_EQ(to_json(proceed(session_, client.last(payload(first)))), kFailed) << "no users in database test";
  EXPECT_FALSE(session_.principal);
}

// Security S15.
TEST_F(Login, AnUnknownUserGetsAFirstAnswerThatStaysTheSame) {
  auto salt = [&](std::string_view user) {
    std::string text = payload(start(session_, ScramClient(user, "x", "nonce").first()));
    return text.substr(text.find(",s="));
  };
  EXPECT_EQ(salt("nobody"), salt("nobody"));
  EXPECT_NE(salt("nobody"), salt("somebody"));
  EXPECT_EQ(salt("nobody").size(), salt("alice").size());
}

// Security S17.
TEST_F(Login, ConversationsCannotBeMixedOrRepeated) {
  Session other(2, ServerForTest::remote());
  ScramClient client("alice", "pencil", "nonce");
  EXPECT_EQ(code(proceed(session_, "x")), 17) << "none was begun";
  OwnedDocument first = start(session_, client.first());
  std::string last = client.last(payload(first));
  EXPECT_EQ(code(proceed(other, last)), 17) << "of another connection";
  start(other, client.first());
  EXPECT_EQ(code(proceed(other, last)), 18) << "into another conversation";
  EXPECT_EQ(code(proceed(session_, last, 2)), 17) << "another id";
  EXPECT_EQ(code(proceed(session_, last)), 17) << "which has ended it";
  first = start(session_, client.first());
  last = client.last(payload(first));
  EXPECT_EQ(code(proceed(session_, last)), 0);
  EXPECT_EQ(code(proceed(session_, last)), 17) << "again";
  EXPECT_FALSE(other.principal);
}

TEST_F(Login, GuessingBecomesSlow) {
  for (int i = 0; i < 6; i++)
    EXPECT_EQ(code(log_in(session_, "alice", "guess")), 18);
  EXPECT_EQ(to_json(log_in(session_, "alice", "pencil")), kFailed) << "the right one has to wait, too";
  Session other(2, {.address = "10.0.0.10:1"});
  EXPECT_EQ(code(log_in(other, "alice", "pencil")), 0) << "from elsewhere it does not";
  server_.clock.advance({1'001});
  EXPECT_EQ(code(log_in(session_, "alice", "pencil")), 0);
}

TEST_F(Login, OtherMechanismsAreNotThere) {
  for (std::string_view mechanism : {"SCRAM-SHA-1", "PLAIN", "MONGODB-AWS", "MONGODB-OIDC", "GSSAPI"}) {
    OwnedDocument reply = start(session_, "n,,n=alice,r=x", mechanism);
    EXPECT_EQ(code(reply), 334) << mechanism;
    EXPECT_EQ(reply.view().get("codeName").as_string(), "MechanismUnavailable");
  }
  EXPECT_EQ(code(doc(server_.ask(session_, "{saslStart: 1, $db: 'admin'}"))), 40414);
  EXPECT_EQ(code(doc(server_.ask(session_, "{saslStart: 1, mechanism: 'SCRAM-SHA-256', payload: 'x', $db: 'admin'}"))),
            14);
}

TEST_F(Login, Speculative) {
  auto hello = [&](Session& session, std::string_view user, std::string_view mechanism) {
    DocumentBuilder b;
    b.append("hello", Value::int32(1));
    size_t first = b.begin_object("speculativeAuthenticate");
    b.append("saslStart", Value::int32(1));
    b.append("mechanism", Value::string(mechanism));
    std::string payload = ScramClient(user, "pencil", "nonce").first();
    b.append("payload", Value::bin_data(0, payload));
    b.append("options", Value::object(doc(kSkip)));
    b.append("db", Value::string("admin"));
    b.end(first);
    b.append("$db", Value::string("admin"));
    return server_.ask(session, b.finish());
  };
  ScramClient client("alice", "pencil", "nonce");
  OwnedDocument reply = hello(session_, "alice", "SCRAM-SHA-256");
  ASSERT_TRUE(reply.view().get("speculativeAuthenticate").is_object()) << to_json(reply);
  OwnedDocument last = proceed(session_, client.last(payload(reply.view().get("speculativeAuthenticate").as_object())));
  EXPECT_EQ(payload(last), client.signature());
  EXPECT_TRUE(session_.principal);
  Session other(2, ServerForTest::remote());
  EXPECT_TRUE(hello(other, "nobody", "SCRAM-SHA-256").view().has("speculativeAuthenticate"));
  OwnedDocument without = hello(other, "alice", "SCRAM-SHA-1");
  EXPECT_FALSE(without.view().has("speculativeAuthenticate"));
  EXPECT_EQ(without.view().get("ok").as_double(), 1);
}

TEST_F(Login, ByCertificate) {
  constexpr std::string_view kAuthenticate = "{authenticate: 1, mechanism: 'MONGODB-X509', $db: '$external'}";
  struct Case {
    std::string_view why, subject, command, reply;
  };
  for (const Case& c : {
           Case{"good", "CN=alice,O=Example", kAuthenticate,
                R"({"dbname":"$external","user":"CN=alice,O=Example","ok":1.0})"},
           Case{"says who it is", "CN=alice,O=Example",
                "{authenticate: 1, mechanism: 'MONGODB-X509', user: 'CN=alice,O=Example', $db: '$external'}",
                R"({"dbname":"$external","user":"CN=alice,O=Example","ok":1.0})"},
           Case{"says who it is not", "CN=alice,O=Example",
                "{authenticate: 1, mechanism: 'MONGODB-X509', user: 'CN=bob', $db: '$external'}", kFailed},
           Case{"other order", "O=Example,CN=alice", kAuthenticate, kFailed},
           Case{"one more", "CN=alice,OU=x,O=Example", kAuthenticate, kFailed},
           Case{"no certificate", "", kAuthenticate, kFailed},
           Case{"other database", "CN=alice,O=Example", "{authenticate: 1, mechanism: 'MONGODB-X509', $db: 'admin'}",
                kFailed},
       }) {
    Session session(1, {.address = "10.0.0.9:1", .tls = true, .client_subject = std::string(c.subject)});
    EXPECT_EQ(server_.ask(session, c.command), c.reply) << c.why;
    EXPECT_EQ(session.principal.has_value(), c.reply != kFailed) << c.why;
  }
  Session session(1, {.address = "10.0.0.9:1", .tls = true, .client_subject = "CN=alice,O=Example"});
  std::string hello = server_.ask(session,
                                  "{hello: 1, speculativeAuthenticate: {authenticate: 1, mechanism: 'MONGODB-X509', "
                                  "db: '$external'}, $db: 'admin'}");
  EXPECT_NE(hello.find(R"("speculativeAuthenticate":{"dbname":"$external")"), std::string::npos) << hello;
  EXPECT_EQ(session.who(), "CN=alice,O=Example@$external");
  EXPECT_NE(server_.ask(session, "{authenticate: 1, mechanism: 'MONGODB-CR', $db: 'admin'}").find("334"),
            std::string::npos);
}

}  // namespace
}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
// The handshake and what clients ask when they connect (reference control-plane A1.3, A2, D1).
#include <gtest/gtest.h>

#include "api/wire/commands_for_test.h"

namespace penstock {
namespace {

bool has(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

TEST(Hello, OfMongosh) {
  ServerForTest server;
  Session session(42, ServerForTest::loopback());
  auto request = read_request(
      query("admin.$cmd", "{ismaster: 1, backpressure: '2', helloOk: true, client: {}, compression: ['none']}"),
      kLimitsBeforeLogin, {});
  ASSERT_TRUE(request.ok());
  EXPECT_EQ(to_json(answer(*request, session, server.context)),
            R"({"helloOk":true,"ismaster":true,"maxBsonObjectSize":16777216,"maxMessageSizeBytes":48000000,)"
            R"("maxWriteBatchSize":100000,"localTime":{"$date":"2023-11-14T22:13:20.000Z"},)"
            R"("logicalSessionTimeoutMinutes":30,"connectionId":42,"minWireVersion":0,"maxWireVersion":21,)"
            R"("readOnly":false,"ok":1.0})");
  EXPECT_TRUE(session.said_hello);
}

TEST(Hello, WhatIsAskedForIsThere) {
  ServerForTest server;
  struct Case {
    std::string_view why, command, there, not_there;
  };
  for (const Case& c : {
           Case{"plain", "{hello: 1, $db: 'admin'}", R"("isWritablePrimary":true)", "ismaster"},
           Case{"old name", "{ismaster: 1, $db: 'admin'}", R"("ismaster":true)", "isWritablePrimary"},
           Case{"other old name", "{isMaster: 1, $db: 'test'}", R"("ismaster":true)", "helloOk"},
           Case{"nothing more", "{hello: 1, $db: 'admin'}", "ok", "compression"},
           Case{"no service", "{hello: 1, $db: 'admin'}", "ok", "serviceId"},
           Case{"no mechanisms", "{hello: 1, $db: 'admin'}", "ok", "saslSupportedMechs"},
           Case{"no topology version: no exhaust", "{hello: 1, $db: 'admin'}", "ok", "topologyVersion"},
           Case{"no set, no mongos", "{hello: 1, $db: 'admin'}", "ok", "setName"},
           Case{"load balanced", "{hello: 1, loadBalanced: true, $db: 'admin'}", R"("serviceId":{"$oid":")", "setName"},
           Case{"mechanisms of anybody", "{hello: 1, saslSupportedMechs: 'admin.nobody', $db: 'admin'}",
                R"("saslSupportedMechs":["SCRAM-SHA-256"])", "speculative"},
           Case{"compression none", "{hello: 1, compression: ['none'], $db: 'admin'}", "ok", "compression"},
           Case{"compression in the client's order",
                "{hello: 1, compression: ['zstd', 'lz4', 'snappy', 'zlib', 'zstd'], $db: 'admin'}",
                R"("compression":["zstd","snappy","zlib"])", "lz4"},
           Case{"riding fields", "{hello: 1, apiVersion: '1', lsid: {id: 1}, backpressure: '2', $db: 'admin'}", "ok",
                "apiVersion"},
       }) {
    Session session(1, ServerForTest::loopback());
    std::string reply = server.ask(session, c.command);
    EXPECT_TRUE(has(reply, c.there)) << c.why << ": " << reply;
    EXPECT_FALSE(has(reply, c.not_there)) << c.why << ": " << reply;
    EXPECT_TRUE(has(reply, R"("ok":1.0})")) << c.why;
  }
}

TEST(Hello, TheServiceIdStaysWithTheConnection) {
  ServerForTest server;
  Session a(1, ServerForTest::loopback()), b(2, ServerForTest::loopback());
  constexpr std::string_view kHello = "{hello: 1, loadBalanced: true, $db: 'admin'}";
  EXPECT_EQ(server.ask(a, kHello).substr(200), server.ask(a, kHello).substr(200));
  std::string id_a = server.ask(a, kHello), id_b = server.ask(b, kHello);
  EXPECT_NE(id_a.substr(id_a.find("serviceId")), id_b.substr(id_b.find("serviceId")));
}

TEST(ConnectCommands, AnswersOfAnOpenServer) {
  ServerForTest server;
  Session session(1, ServerForTest::loopback());
  struct Case {
    std::string_view command, there;
  };
  for (const Case& c : {
           Case{"{ping: 1, $db: 'admin'}", R"({"ok":1.0})"},
           Case{"{endSessions: [], $db: 'admin'}", R"({"ok":1.0})"},
           Case{"{killSessions: [], $db: 'admin'}", R"({"ok":1.0})"},
           Case{"{refreshSessions: [], $db: 'admin'}", R"({"ok":1.0})"},
           Case{"{startSession: 1, $db: 'admin'}", R"("timeoutMinutes":30)"},
           Case{"{logout: 1, $db: 'admin'}", R"({"ok":1.0})"},
           Case{"{whatsmyuri: 1, $db: 'admin'}", R"({"you":"127.0.0.1:5000","ok":1.0})"},
           Case{"{buildInfo: 1, $db: 'admin'}", R"("version":"7.0.0")"},
           Case{"{buildinfo: 1, $db: 'admin'}", R"("versionArray":[7,0,0,0])"},
           Case{"{getParameter: 1, featureCompatibilityVersion: 1, $db: 'admin'}",
                R"({"featureCompatibilityVersion":{"version":"7.0"},"ok":1.0})"},
           Case{"{getParameter: '*', $db: 'admin'}", R"("authenticationMechanisms":["SCRAM-SHA-256","MONGODB-X509"])"},
           Case{"{getParameter: 'foo', $db: 'admin'}", R"("code":72)"},
           Case{"{getLog: 'startupWarnings', $db: 'admin'}", "Access control is not enabled"},
           Case{"{getLog: '*', $db: 'admin'}", R"("names":["startupWarnings"])"},
           Case{"{getLog: 'global', $db: 'admin'}", R"("code":2)"},
           Case{"{connectionStatus: 1, $db: 'admin'}",
                R"({"authInfo":{"authenticatedUsers":[],"authenticatedUserRoles":[]},"ok":1.0})"},
           Case{"{connectionStatus: 1, showPrivileges: true, $db: 'admin'}", R"("authenticatedUserPrivileges":[])"},
           Case{"{hostInfo: 1, $db: 'admin'}", R"("numCores":)"},
           Case{"{serverStatus: 1, $db: 'admin'}", R"("process":"penstock")"},
           Case{"{listCommands: 1, $db: 'admin'}", R"("ping":{"help":)"},
           Case{"{getCmdLineOpts: 1, $db: 'admin'}", R"({"argv":["penstock","serve"],"parsed":{},"ok":1.0})"},
           Case{"{getFreeMonitoringStatus: 1, $db: 'admin'}", R"({"state":"disabled","ok":1.0})"},
           Case{"{atlasVersion: 1, $db: 'admin'}", R"("errmsg":"no such command: 'atlasVersion'","code":59)"},
       }) {
    std::string reply = server.ask(session, c.command);
    EXPECT_TRUE(has(reply, c.there)) << c.command << ": " << reply;
  }
}

TEST(ConnectCommands, OfSomebodyWhoHasLoggedIn) {
  ServerForTest server;
  ASSERT_TRUE(server.accounts.create("admin", "alice", "x", {Role::kReadAnyDatabase}).ok());
  Session session(1, ServerForTest::remote());
  session.principal = {"alice", "admin", {Role::kReadAnyDatabase}};
  std::string status = server.ask(session, "{connectionStatus: 1, showPrivileges: true, $db: 'admin'}");
  EXPECT_TRUE(has(status, R"("authenticatedUsers":[{"user":"alice","db":"admin"}])")) << status;
  EXPECT_TRUE(has(status, R"("authenticatedUserRoles":[{"role":"readAnyDatabase","db":"admin"}])")) << status;
  EXPECT_TRUE(has(status, R"({"resource":{"db":"","collection":""},"actions":["collStats")")) << status;
  EXPECT_FALSE(has(status, "insert")) << status;
  EXPECT_TRUE(has(server.ask(session, "{getLog: 'startupWarnings', $db: 'admin'}"), R"("log":[])"));
  EXPECT_EQ(server.ask(session, "{logout: 1, $db: 'admin'}"), R"({"ok":1.0})");
  EXPECT_TRUE(has(server.ask(session, "{connectionStatus: 1, $db: 'admin'}"), "requires authentication"));
}

}  // namespace
}  // namespace penstock

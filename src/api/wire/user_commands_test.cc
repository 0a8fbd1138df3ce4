// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "api/wire/commands_for_test.h"

namespace penstock {
namespace {

// In order, on one server; `there` stands in the reply.
TEST(UserCommands, InOrder) {
  ServerForTest server;
  Session session(1, ServerForTest::remote());
  session.principal = {"boss", "admin", {Role::kAtlasAdmin}};
  session.users_version = 1;
  ASSERT_TRUE(server.accounts.create("admin", "boss", "x", {Role::kAtlasAdmin}).ok());
  struct Case {
    std::string_view command, there;
  };
  for (
      const Case& c : {
          Case{"{createUser: 'a', pwd: 'p', roles: [{role: 'readAnyDatabase', db: 'admin'}], $db: 'admin'}",
               R"({"ok":1.0})"},
          Case{"{createUser: 'a', pwd: 'p', roles: ['atlasAdmin'], $db: 'admin'}", R"("code":51003)"},
          Case{"{createUser: 'b', pwd: 'p', roles: ['atlasAdmin', 'atlasAdmin'], digestPassword: true, "
               "mechanisms: ['SCRAM-SHA-256'], customData: {}, writeConcern: {w: 1}, $db: 'admin'}",
               R"({"ok":1.0})"},
          Case{"{createUser: 'CN=x', roles: ['readAnyDatabase'], $db: '$external'}", R"({"ok":1.0})"},
          Case{"{createUser: 'CN=y', pwd: 'x', roles: ['readAnyDatabase'], $db: '$external'}", "has no pwd"},
          Case{"{createUser: 'c', roles: ['atlasAdmin'], $db: 'admin'}",
               "BSON field 'createUser.pwd' is missing but a required field"},
          Case{"{createUser: 'c', pwd: 1, roles: ['atlasAdmin'], $db: 'admin'}", R"("code":14)"},
          Case{"{createUser: 'c', pwd: 'p', $db: 'admin'}",
               "BSON field 'createUser.roles' is missing but a required field"},
          Case{"{createUser: 'c', pwd: 'p', roles: [], $db: 'admin'}", "must choose at least one role"},
          Case{"{createUser: 'c', pwd: 'p', roles: ['root'], $db: 'admin'}", "Could not find role: root@admin"},
          Case{"{createUser: 'c', pwd: 'p', roles: [1], $db: 'admin'}", R"("code":14)"},
          Case{"{createUser: '', pwd: 'p', roles: ['atlasAdmin'], $db: 'admin'}", R"("code":2)"},
          Case{"{createUser: 'c', pwd: 'p', roles: ['atlasAdmin'], customData: {a: 1}, $db: 'admin'}",
               "customData is not supported"},
          Case{"{createUser: 'c', pwd: 'p', roles: ['atlasAdmin'], digestPassword: false, $db: 'admin'}",
               "digestPassword: false"},
          Case{"{createUser: 'c', pwd: 'p', roles: ['atlasAdmin'], mechanisms: ['SCRAM-SHA-1'], $db: 'admin'}",
               "SCRAM-SHA-256 is the only one"},
          Case{
              "{usersInfo: 'a', $db: 'admin'}",
              R"({"users":[{"_id":"admin.a","user":"a","db":"admin","roles":[{"role":"readAnyDatabase","db":"admin"}],)"
              R"("mechanisms":["SCRAM-SHA-256"]}],"ok":1.0})"},
          Case{"{usersInfo: {user: 'CN=x', db: '$external'}, $db: 'admin'}", R"("mechanisms":["external"])"},
          Case{"{usersInfo: ['a', {user: 'b', db: 'admin'}], $db: 'admin'}", R"("_id":"admin.b")"},
          Case{"{usersInfo: {forAllDBs: true}, $db: 'admin'}", R"({"users":[{"_id":"$external.CN=x")"},
          Case{"{usersInfo: 'nobody', $db: 'admin'}", R"({"users":[],"ok":1.0})"},
          Case{"{usersInfo: 1, showCredentials: true, $db: 'admin'}", "showCredentials is not supported"},
          Case{"{usersInfo: true, $db: 'admin'}", R"("code":2)"},
          Case{"{updateUser: 'a', pwd: 'q', $db: 'admin'}", R"("codeName":"CommandNotSupported")"},
          Case{"{grantRolesToUser: 'a', roles: ['atlasAdmin'], $db: 'admin'}", "grantRolesToUser is not supported"},
          Case{"{dropUser: 'a', $db: 'admin'}", R"({"ok":1.0})"},
          Case{"{dropUser: 'a', $db: 'admin'}", R"("codeName":"UserNotFound")"},
      }) {
    std::string reply = server.ask(session, c.command);
    EXPECT_NE(reply.find(c.there), std::string::npos) << c.command << ": " << reply;
  }
  std::string all = server.ask(session, "{usersInfo: 1, $db: 'admin'}");
  EXPECT_EQ(all.find("CN=x"), std::string::npos) << all;
  EXPECT_EQ(server.log.text().find("'p'"), std::string::npos);
  session.principal->roles = {Role::kReadWriteAnyDatabase};
  EXPECT_NE(server.ask(session, "{usersInfo: 1, $db: 'admin'}").find("\"code\":13"), std::string::npos);
}

}  // namespace
}  // namespace penstock

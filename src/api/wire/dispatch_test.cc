// SPDX-License-Identifier: Apache-2.0
#include "api/wire/dispatch.h"

#include <gtest/gtest.h>

#include <set>

#include "api/wire/commands_for_test.h"

namespace penstock {
namespace {

Result<OwnedDocument> works(const CommandCall& call, CommandContext&) {
  DocumentBuilder reply;
  reply.append("who", Value::string(call.session.who()));
  return OwnedDocument(reply.take());
}
Result<OwnedDocument> fails(const CommandCall&, CommandContext&) {
  return Error(ErrorCode::kBadValue, "a {{brace}}").at("pipeline[1]");
}
Result<OwnedDocument> fails_on_disk(const CommandCall&, CommandContext&) {
  return Error(ErrorCode::kDisk, "cannot write '/var/lib/penstock/store/data.mdb': no space");
}
Result<OwnedDocument> too_large(const CommandCall&, CommandContext&) {
  DocumentBuilder reply;
  std::string text(16 * 1024 * 1024, 'a');
  reply.append("a", Value::string(text));
  reply.append("b", Value::string(text));
  return OwnedDocument(reply.take());
}

constexpr Command kRead{.name = "read", .action = "find", .run = works};
constexpr Command kWrite{.name = "write", .action = "insert", .run = works};
constexpr Command kStart{.name = "start", .action = "startStreamProcessor", .run = works};
constexpr Command kAny{.name = "any", .run = works};
constexpr Command kFirst{.name = "first", .before_login = true, .run = works};
constexpr Command kCreateUser{.name = "createUser", .action = "createUser", .run = works};
constexpr Command kFails{.name = "fails", .run = fails};
constexpr Command kDisk{.name = "disk", .run = fails_on_disk};
constexpr Command kLarge{.name = "large", .run = too_large};

const Command* find(std::string_view name) {
  for (const Command* command : {&kRead, &kWrite, &kStart, &kAny, &kFirst, &kCreateUser, &kFails, &kDisk, &kLarge}) {
    if (command->name == name) return command;
  }
  return nullptr;
}

class Dispatch : public testing::Test {
 protected:
  std::string ask(Session& session, std::string_view command) {
    auto request = read_request(msg(command), kLimitsAfterLogin, {});
    PS_CHECK(request.ok());
    return to_json(answer(*request, session, server_.context, find));
  }
  void add_user(Role role) { ASSERT_TRUE(server_.accounts.create("admin", "alice", "x", {role}).ok()); }
  void log_in(Session& session, Role role) {
    session.principal = {"alice", "admin", {role}};
    session.users_version = server_.server.users_version;
  }
  ServerForTest server_;
  Session local_{1, ServerForTest::loopback()};
  Session remote_{2, ServerForTest::remote()};
};

TEST_F(Dispatch, RepliesAndErrors) {
  struct Case {
    std::string_view command, reply;
  };
  for (const Case& c : {
           Case{"{any: 1, $db: 'd'}", R"({"who":"","ok":1.0})"},
           Case{"{fails: 1, $db: 'd'}",
                R"({"ok":0.0,"errmsg":"pipeline[1]: a {brace}","code":2,"codeName":"BadValue"})"},
           Case{"{nothing: 1, $db: 'd'}",
                R"({"ok":0.0,"errmsg":"no such command: 'nothing'","code":59,"codeName":"CommandNotFound"})"},
           Case{"{$db: 'd'}", R"({"ok":0.0,"errmsg":"no such command: '$db'","code":59,"codeName":"CommandNotFound"})"},
           Case{"{disk: 1, $db: 'd'}",
                R"({"ok":0.0,"errmsg":"cannot write '(file)': no space","code":39,"codeName":"FileStreamFailed"})"},
       }) {
    EXPECT_EQ(ask(local_, c.command), c.reply) << c.command;
  }
  EXPECT_NE(server_.log.text().find("/var/lib/penstock"), std::string::npos) << "the log has the path";
  EXPECT_NE(ask(local_, "{large: 1, $db: 'd'}").find("\"code\":10334"), std::string::npos);
  EXPECT_NE(ask(local_, "{any: 1, startTransaction: true, autocommit: false, $db: 'd'}").find("\"code\":20"),
            std::string::npos);
}

TEST(ErrorReply, PathsStayHere) {
  struct Case {
    std::string_view text, shown;
  };
  for (const Case& c : {
           Case{"/a/b: no such file", "(file): no such file"},
           Case{"cannot open \"/srv/x y/z\"", "cannot open \"(file) y/z\""},
           Case{"a/b and 1 / 2", "a/b and 1 / 2"},
           Case{"mongodb://host/db", "mongodb://host/db"},
           Case{"(/tmp/a), [/b]", "((file)), [(file)]"},
       }) {
    auto reply = error_reply(Error::of(ErrorCode::kDisk, std::string(c.text)));
    EXPECT_EQ(reply.view().get("errmsg").as_string(), c.shown);
  }
  auto reply = error_reply(Error::of(ErrorCode::kBadValue, "a topic /a/b"));
  EXPECT_EQ(reply.view().get("errmsg").as_string(), "a topic /a/b") << "what the user wrote stays";
}

// Who may run what: columns are a command anybody may run, one for any login, find, insert, start, createUser.
TEST_F(Dispatch, Rights) {
  auto allowed = [&](Session& session) {
    std::string marks;
    for (std::string_view name : {"first", "any", "read", "write", "start", "createUser"}) {
      std::string reply = ask(session, fmt::format("{{{}: 1, $db: 'd'}}", name));
      bool ok = reply.ends_with("\"ok\":1.0}");
      EXPECT_TRUE(ok || reply.find("\"code\":13,\"codeName\":\"Unauthorized\"") != std::string::npos) << reply;
      marks += ok ? '+' : '-';
    }
    return marks;
  };
  EXPECT_EQ(allowed(local_), "++++++") << "no users, from loopback";
  EXPECT_EQ(allowed(remote_), "+-----") << "no users, from elsewhere";
  add_user(Role::kReadAnyDatabase);
  EXPECT_EQ(allowed(local_), "+-----") << "there is a user";
  EXPECT_EQ(allowed(remote_), "+-----");
  log_in(remote_, Role::kReadAnyDatabase);
  EXPECT_EQ(allowed(remote_), "+++---");
  log_in(remote_, Role::kReadWriteAnyDatabase);
  EXPECT_EQ(allowed(remote_), "+++++-");
  log_in(remote_, Role::kAtlasAdmin);
  EXPECT_EQ(allowed(remote_), "++++++");
}

TEST_F(Dispatch, TextsOfRefusals) {
  add_user(Role::kReadAnyDatabase);
  EXPECT_NE(ask(local_, "{read: 'c', $db: 'd'}").find("Command read requires authentication"), std::string::npos);
  log_in(local_, Role::kReadAnyDatabase);
  local_.workspace = "default";
  EXPECT_NE(
      ask(local_, "{write: 'c', $db: 'd'}")
          .find(R"(not authorized: missing privilege for action insert on resource { db: \"d\", collection: \"c\" })"),
      std::string::npos)
      << ask(local_, "{write: 'c', $db: 'd'}");
  EXPECT_NE(ask(local_, "{start: 'p', $db: 'admin'}")
                .find(R"(action startStreamProcessor on resource { workspace: \"default\" })"),
            std::string::npos);
}

// Security S05.
TEST(FirstUser, OnlyFromLoopbackOnlyWhileThereIsNone) {
  ServerForTest server(false);
  Session local(1, ServerForTest::loopback()), remote(2, ServerForTest::remote());
  constexpr std::string_view kCreate = "{createUser: 'alice', pwd: 'secret', roles: ['atlasAdmin'], $db: 'admin'}";
  EXPECT_NE(server.ask(local, "{connectionStatus: 1, $db: 'admin'}").find("requires authentication"),
            std::string::npos);
  EXPECT_NE(server.ask(remote, kCreate).find("requires authentication"), std::string::npos);
  EXPECT_EQ(server.ask(local, kCreate), R"({"ok":1.0})");
  EXPECT_NE(server.ask(local, "{createUser: 'bob', pwd: 'x', roles: ['atlasAdmin'], $db: 'admin'}")
                .find("requires authentication"),
            std::string::npos);
  EXPECT_EQ(server.log.text().find("secret"), std::string::npos);
}

TEST_F(Dispatch, WhoIsDroppedOrChangedIsSoAtOnce) {
  add_user(Role::kAtlasAdmin);
  ASSERT_TRUE(server_.accounts.create("admin", "boss", "x", {Role::kAtlasAdmin}).ok());
  log_in(remote_, Role::kAtlasAdmin);
  EXPECT_EQ(ask(remote_, "{write: 1, $db: 'd'}"), R"({"who":"alice@admin","ok":1.0})");
  ASSERT_TRUE(server_.accounts.remove("admin", "alice").ok());
  add_user(Role::kReadAnyDatabase);
  server_.server.users_version++;
  EXPECT_NE(ask(remote_, "{write: 1, $db: 'd'}").find("missing privilege"), std::string::npos);
  ASSERT_TRUE(server_.accounts.remove("admin", "alice").ok());
  server_.server.users_version++;
  EXPECT_NE(ask(remote_, "{any: 1, $db: 'd'}").find("requires authentication"), std::string::npos);
}

TEST(Catalog, RowsAreWhole) {
  std::set<std::string_view> before_login;
  std::string_view last;
  for (const Command* command : all_commands()) {
    EXPECT_LT(last, command->name);
    last = command->name;
    EXPECT_FALSE(command->summary.empty()) << command->name;
    EXPECT_NE(command->run, nullptr) << command->name;
    EXPECT_TRUE(command->action.empty() || is_action(command->action)) << command->name << " " << command->action;
    if (command->before_login) before_login.insert(command->name);
    EXPECT_EQ(find_command(command->name), command);
  }
  EXPECT_EQ(find_command("nothing"), nullptr);
  // Security S10: nothing else is looked at before somebody has logged in.
  EXPECT_EQ(before_login,
            (std::set<std::string_view>{"authenticate", "buildInfo", "buildinfo", "endSessions", "hello", "isMaster",
                                        "ismaster", "killSessions", "logout", "ping", "saslContinue", "saslStart"}));
}

}  // namespace
}  // namespace penstock

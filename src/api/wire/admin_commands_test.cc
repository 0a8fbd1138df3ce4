// SPDX-License-Identifier: Apache-2.0
// The commands of our own against a Control in a folder of its own.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>

#include "api/auth/control_accounts.h"
#include "api/wire/command.h"
#include "api/wire/cursor_registry.h"
#include "bson/ejson.h"

namespace penstock {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class AdminCommands : public testing::Test {
 protected:
  AdminCommands() {
    std::string pattern = (std::filesystem::temp_directory_path() / "penstock-admin-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    ControlOptions options;
    options.data_folder = folder_;
    auto control = Control::open(std::move(options), clock_, random_, log_);
    EXPECT_TRUE(control.ok()) << (control.ok() ? "" : control.error().message());
    control_ = std::move(*control);
    session_.workspace = "default";
    session_.open = true;
  }
  ~AdminCommands() override {
    control_.reset();
    std::filesystem::remove_all(folder_);
  }

  // The reply as JSON, or "code path: message".
  std::string ask(std::string_view text) {
    auto parsed = parse_ejson(text);
    EXPECT_TRUE(parsed.ok()) << text;
    const Document command = parsed->document;
    const std::string_view name = command.begin()->name;
    for (const Command& row : admin_commands()) {
      if (row.name != name) continue;
      ControlAccounts accounts(control_->users(), random_);
      ServerState server(clock_, true);
      CommandContext context{*control_, cursors_, clock_, random_, log_, accounts, server};
      const auto reply = row.run({name, command, "admin", {}, session_}, context);
      if (reply.ok()) return to_json(*reply);
      const Error& error = reply.error();
      return fmt::format("{} {}{}{}", static_cast<int32_t>(error.code()), error.path(),
                         error.path().empty() ? "" : ": ", error.message());
    }
    return "no such command";
  }

  std::string folder_;
  SystemClock clock_;
  SystemRandom random_;
  MemoryLogger log_;
  CursorRegistry cursors_{clock_, random_};
  std::unique_ptr<Control> control_;
  Session session_{1, {.address = "127.0.0.1:1", .loopback = true}};
};

constexpr std::string_view kCreate = R"({"penstockCreateConnection": "k", "connection": {"type": "Kafka",
  "bootstrapServers": "h:9092", "security": {"protocol": "SASL_PLAINTEXT"},
  "authentication": {"mechanism": "PLAIN", "username": "u", "password": "secret-marker"}}})";

TEST_F(AdminCommands, KeepConnectionsAndNeverShowASecret) {
  EXPECT_EQ(ask(kCreate), "{}");
  const std::string shown = ask(R"({"penstockGetConnection": "k"})");
  EXPECT_EQ(shown, R"({"connection":{"name":"k","type":"kafka","bootstrapServers":"h:9092"}})");
  EXPECT_THAT(ask(kCreate), HasSubstr("48 there is a connection named \"k\""));
  EXPECT_THAT(ask(kCreate), Not(HasSubstr("secret-marker")));
  EXPECT_EQ(ask(R"({"penstockDeleteConnection": "k", "lsid": {"id": 1}, "comment": "c"})"), "{}");
  EXPECT_THAT(ask(R"({"penstockGetConnection": "k"})"), HasSubstr("4 "));
  EXPECT_THAT(log_.text(), Not(HasSubstr("secret-marker")));
}

TEST_F(AdminCommands, ReplaceKeepsSecretsThatAreLeftOut) {
  ASSERT_EQ(ask(kCreate), "{}");
  EXPECT_EQ(ask(R"({"penstockCreateConnection": "k", "replace": true, "connection": {"name": "k", "type": "Kafka",
    "bootstrapServers": "other:1", "security": {"protocol": "SASL_PLAINTEXT"},
    "authentication": {"mechanism": "PLAIN", "username": "u"}}})"),
            "{}");
  const auto stored = control_->connections().get("default", "k");
  EXPECT_THAT(to_json(stored->spec), HasSubstr("other:1"));
  ASSERT_NE(stored->secret("authentication.password"), nullptr);
  EXPECT_EQ(stored->secret("authentication.password")->reveal(), "secret-marker");
  // What is not there yet is created.
  EXPECT_EQ(ask(R"({"penstockCreateConnection": "c", "replace": true, "connection": {"type": "Cluster",
    "clusterName": "c"}})"),
            "{}");
}

TEST_F(AdminCommands, MistakesAreNamed) {
  struct Case {
    std::string_view command, error;
  };
  for (const Case& c :
       {Case{R"({"penstockCreateConnection": "k"})", "14 BSON field 'penstockCreateConnection.connection'"},
        Case{R"({"penstockCreateConnection": 1, "connection": {}})",
             "14 penstockCreateConnection takes a name, found 1"},
        Case{R"({"penstockCreateConnection": "k", "connection": {}})", "40414 BSON field"},
        Case{R"({"penstockCreateConnection": "k", "connection": {"name": "l", "type": "Cluster"}})",
             "2 the connection's name \"l\" is not the one to be created, \"k\""},
        Case{R"({"penstockCreateConnection": "k", "connection": {"type": "Kafka"}})", "420 bootstrapServers: "},
        Case{R"({"penstockGetConnection": "k", "nmae": 1})", "40415 "},
        Case{R"({"penstockDeleteConnection": ""})", "14 penstockDeleteConnection takes a name"},
        Case{R"({"penstockDeleteConnection": "nowhere"})", "4 "},
        Case{R"({"penstockTestConnection": "nowhere"})", "4 "}, Case{R"({"penstockGetWorkspace": "nowhere"})", "26 "},
        Case{R"({"penstockDeleteWorkspace": "default"})", "20 "},
        Case{R"({"penstockCreateWorkspace": "default"})", "48 "},
        Case{R"({"penstockCreateWorkspace": "a b"})", "2 "}}) {
    EXPECT_THAT(ask(c.command), ::testing::StartsWith(c.error)) << c.command;
  }
}

TEST_F(AdminCommands, AFailedTestIsAReply) {
  ASSERT_EQ(ask(R"({"penstockCreateConnection": "k", "connection": {"type": "Kafka",
    "bootstrapServers": "127.0.0.1:1", "security": {"protocol": "PLAINTEXT"}}})"),
            "{}");
  const std::string reply = ask(R"({"penstockTestConnection": "k"})");
  EXPECT_THAT(reply, HasSubstr(R"("name":"k","passed":false,"steps":[{)"));
  EXPECT_THAT(reply, HasSubstr(R"("ok":false)"));
}

TEST_F(AdminCommands, Workspaces) {
  EXPECT_THAT(ask(R"({"penstockCreateWorkspace": "orders"})"), HasSubstr(R"("name":"orders","default":false)"));
  EXPECT_THAT(ask(R"({"penstockGetWorkspace": 1})"), HasSubstr(R"("name":"default","default":true)"));
  EXPECT_THAT(ask(R"({"penstockGetWorkspace": "orders"})"),
              HasSubstr(R"("defaultTierSize":"SP10","maxTierSize":"SP50")"));
  const std::string all = ask(R"({"penstockListWorkspaces": 1})");
  EXPECT_THAT(all, HasSubstr(R"("name":"default")"));
  EXPECT_THAT(all, HasSubstr(R"("name":"orders")"));
  // Connections belong to the workspace that the client is in.
  session_.workspace = "orders";
  ASSERT_EQ(ask(kCreate), "{}");
  session_.workspace = "default";
  EXPECT_THAT(ask(R"({"penstockGetConnection": "k"})"), HasSubstr("4 "));
  session_.workspace = "orders";
  EXPECT_EQ(ask(R"({"penstockDeleteConnection": "k"})"), "{}");
  EXPECT_EQ(ask(R"({"penstockDeleteWorkspace": "orders"})"), "{}");
}

TEST(AdminCommandCatalog, IsSortedAndForAdminsOnly) {
  std::string_view before;
  for (const Command& row : admin_commands()) {
    EXPECT_LT(before, row.name);
    before = row.name;
    EXPECT_EQ(row.action, "penstockAdmin") << row.name;
    EXPECT_FALSE(row.before_login) << row.name;
    EXPECT_FALSE(row.summary.empty()) << row.name;
  }
}

}  // namespace
}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
#include "app/start_message.h"

#include <gmock/gmock.h>

namespace penstock {
namespace {

using ::testing::HasSubstr;

TEST(ConnectLine, HasWhatIsNeededAndNothingElse) {
  struct Case {
    ConnectTarget target;
    std::string_view line;
  };
  const Case cases[] = {
      {{"127.0.0.1", 27027, false, "", ""}, R"(mongosh "mongodb://127.0.0.1:27027/")"},
      {{"::1", 1, false, "", ""}, R"(mongosh "mongodb://[::1]:1/")"},
      {{"h", 1, true, "", ""}, R"(mongosh "mongodb://h:1/" --tls)"},
      {{"h", 1, true, "/etc/my ca.pem", ""}, R"(mongosh "mongodb://h:1/" --tls --tlsCAFile '/etc/my ca.pem')"},
      {{"h", 1, false, "ca.pem", "ada"}, R"(mongosh "mongodb://h:1/" --authenticationDatabase admin --username ada)"},
      {{"h", 1, true, "ca.pem", "o'neil"},
       R"(mongosh "mongodb://h:1/" --tls --tlsCAFile ca.pem --authenticationDatabase admin --username 'o'\''neil')"},
  };
  for (const Case& c : cases)
    EXPECT_EQ(connect_line(c.target), c.line);
}

TEST(ConnectLine, NamesAHostThatClientsCanUse) {
  struct Case {
    std::string_view why, listened, name, host;
  };
  for (const Case& c :
       {Case{"as listened", "127.0.0.1", "", "127.0.0.1"}, Case{"all addresses", "0.0.0.0", "", "box"},
        Case{"all addresses, IPv6", "::", "", "box"}, Case{"as told", "0.0.0.0", "s.example", "s.example"}}) {
    Settings settings;
    settings.wire.host = c.listened;
    settings.public_host = c.name;
    EXPECT_EQ(connect_target(settings, {.machine_name = "box"}).host, c.host) << c.why;
  }
}

TEST(StartMessage, SaysWhereEverythingIs) {
  Settings settings;
  settings.data_folder = "/srv/data";
  const StartFacts facts{.version = "1.2.3", .wire_port = 4711, .http_port = 4712, .processors_resumed = 3};
  EXPECT_EQ(start_message(settings, facts),
            "penstock 1.2.3 serves\n"
            "  data        /srv/data\n"
            "  wire        127.0.0.1:4711  (no TLS, no users, this machine only)\n"
            "  http        http://127.0.0.1:4712\n"
            "  workspace   default\n"
            "  processors  3 resumed\n"
            "Connect with\n"
            "  mongosh \"mongodb://127.0.0.1:4711/\"\n");
}

TEST(StartMessage, OfASecureServer) {
  Settings settings;
  settings.wire.host = "0.0.0.0";
  settings.tls_cert_file = "server.pem";
  settings.tls_ca_file = "ca.pem";
  const StartFacts facts{.wire_port = 1, .http_port = 2, .machine_name = "box", .username = "ada"};
  const std::string text = start_message(settings, facts);
  EXPECT_THAT(text, HasSubstr("0.0.0.0:1  (TLS, users log in)\n"));
  EXPECT_THAT(text, HasSubstr("https://127.0.0.1:2\n"));
  EXPECT_THAT(text, HasSubstr("mongosh \"mongodb://box:1/\" --tls --tlsCAFile ca.pem --authenticationDatabase admin "
                              "--username ada\n"));
}

TEST(StartMessage, AWorkspaceIsPartOfTheHostName) {
  EXPECT_EQ(host_of_workspace("orders", "127.0.0.1"), "orders.localhost");
  EXPECT_EQ(host_of_workspace("orders", "::1"), "orders.localhost");
  EXPECT_EQ(host_of_workspace("orders", "streams.example.net"), "orders.streams.example.net");
}

}  // namespace
}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
#include "app/settings.h"

#include <gmock/gmock.h>

#include <set>

namespace penstock {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string key_of(const Setting& row) { return std::string(row.section) + "." + std::string(row.name); }

Result<Settings> settings_of_text(std::string_view text) {
  PS_TRY(const std::vector<GivenSetting> given, settings_of_file(text, "penstock.toml"));
  return make_settings(given);
}

std::string error_of(std::string_view text) {
  const auto settings = settings_of_text(text);
  return settings.ok() ? "no error" : settings.error().message();
}

TEST(SettingCatalog, HasWholeRows) {
  std::set<std::string> keys;
  for (const Setting& row : setting_catalog()) {
    EXPECT_TRUE(keys.insert(key_of(row)).second) << key_of(row);
    EXPECT_FALSE(row.type.empty()) << key_of(row);
    EXPECT_FALSE(row.example.empty()) << key_of(row);
    EXPECT_TRUE(row.summary.ends_with(".")) << key_of(row);
    EXPECT_EQ(row.apply == nullptr, row.section == "clusters") << key_of(row);
  }
}

// What the reference page calls the default is what holds when nothing is given.
TEST(SettingCatalog, SaysTheTrueDefaults) {
  for (const Setting& row : setting_catalog()) {
    if (row.default_text.empty() || row.name == "data") continue;
    const auto without = make_settings({});
    const GivenSetting given{.key = key_of(row), .text = std::string(row.default_text)};
    const auto with = make_settings({&given, 1});
    ASSERT_TRUE(with.ok()) << with.error().message();
    EXPECT_EQ(with->wire, without->wire) << key_of(row);
    EXPECT_EQ(with->http, without->http) << key_of(row);
    EXPECT_EQ(with->allow_plaintext, without->allow_plaintext) << key_of(row);
    EXPECT_EQ(with->workspace, without->workspace) << key_of(row);
    EXPECT_EQ(with->checkpoint_period, without->checkpoint_period) << key_of(row);
    EXPECT_EQ(with->log_level, without->log_level) << key_of(row);
    EXPECT_EQ(with->memory_bytes, without->memory_bytes) << key_of(row);
    EXPECT_EQ(with->connections_max, without->connections_max) << key_of(row);
    EXPECT_EQ(with->connections_per_address_max, without->connections_per_address_max) << key_of(row);
    EXPECT_EQ(with->idle_time, without->idle_time) << key_of(row);
  }
}

TEST(SettingCatalog, TakesItsOwnExamples) {
  for (const Setting& row : setting_catalog()) {
    const GivenSetting given{.key = key_of(row), .text = std::string(row.example)};
    EXPECT_TRUE(make_settings({&given, 1}).ok()) << key_of(row);
  }
}

TEST(Settings, ComeFromAFile) {
  const auto settings = settings_of_text(R"(
    [net]
    wire_host = "0.0.0.0"
    wire_port = 27999
    [security]
    allow_plaintext = true
    tls_cert_file = "server.pem"
    [storage]
    data = "/srv/data"
    checkpoint_every = "250ms"
    [limits]
    memory = "64MiB"
    [log]
    level = "debug"
    [clusters]
    Cluster0 = "mongodb://u:p@h/"
  )");
  ASSERT_TRUE(settings.ok()) << settings.error().message();
  EXPECT_EQ(settings->wire, (ListenAddress{"0.0.0.0", 27999}));
  EXPECT_EQ(settings->http, (ListenAddress{"127.0.0.1", 8427}));
  EXPECT_TRUE(settings->allow_plaintext);
  EXPECT_EQ(settings->tls_cert_file, "server.pem");
  EXPECT_EQ(settings->data_folder, "/srv/data");
  EXPECT_EQ(settings->checkpoint_period.ms, 250);
  EXPECT_EQ(settings->memory_bytes, size_t{64} << 20);
  EXPECT_EQ(settings->log_level, LogLevel::kDebug);
  EXPECT_EQ(settings->clusters.at("Cluster0"), "mongodb://u:p@h/");
}

TEST(Settings, MistakesOfAFileNamePlaceAndRemedy) {
  struct Case {
    std::string_view text, error;
  };
  for (const Case& c : {
           Case{"[net]\nwire_prot = 1",
                "penstock.toml:2:1: there is no setting \"wire_prot\" in [net]. Did you mean "
                "\"wire_port\"?"},
           Case{"[nett]\nwire_port = 1", "there is no section \"nett\" of settings. Did you mean \"net\"?"},
           Case{"[nett]\n", "penstock.toml:1:"},
           Case{"wire_port = 1", "penstock.toml:1:1: \"wire_port\" stands outside of a section, such as [net]"},
           Case{"[net]\nwire_port = \"x\"", "penstock.toml:2:1: net.wire_port: \"x\" is no port"},
           Case{"[net]\nwire_port = 70000", "\"70000\" is no port"},
           Case{"[net]\nwire_port = 1.5", "net.wire_port takes a text, a whole number, true or false, found a number"},
           Case{"[net.deeper]\na = 1", "net.deeper takes a text"},
           Case{"[net]\nwire_host = \"h:1/\"", "is no host"},
           Case{"[net]\nwire_host = \"\"", "net.wire_host: must not be empty"},
           Case{"[net]\nwire_port = = 1", "penstock.toml:2:"},
           Case{"[net]\nwire_port = 1\nwire_port = 2", "penstock.toml:3:"},
           Case{"[security]\nallow_plaintext = \"yes\"", "takes true or false, not \"yes\""},
           Case{"[limits]\nmemory = \"1KiB\"", "must be at least 16MiB"},
           Case{"[limits]\nconnections = 0", "takes a number from 1 to 1000000"},
           Case{"[limits]\nidle_time = \"1 hour\"", "is no time span"},
           Case{"[log]\nlevel = \"loud\"", "takes debug, info, warning or error, not \"loud\""},
       }) {
    EXPECT_THAT(error_of(c.text), HasSubstr(c.error)) << c.text;
  }
}

TEST(Settings, NeverShowTheUriOfACluster) {
  const std::string error = error_of("[clusters]\nCluster0 = \"http://u:secret-marker@h/\"");
  EXPECT_THAT(error, HasSubstr("clusters.Cluster0 takes a uri that begins with mongodb://"));
  EXPECT_THAT(error, Not(HasSubstr("secret-marker")));
}

TEST(Settings, ComeFromTheEnvironment) {
  const EnvironmentVariable variables[] = {{"PENSTOCK_NET_WIRE_PORT", "1"},
                                           {"PENSTOCK_BUILD", "build/release"},
                                           {"PENSTOCK_NET_HTTP_HOSTS", " a , b.example"},
                                           {"PENSTOCK_PORT_27027_TCP", "tcp://10.0.0.1:27027"},
                                           {"PENSTOCK_CLUSTERS_Cluster0", "mongodb://h/"},
                                           {"HOME", "/nowhere"}};
  const auto settings = make_settings(settings_of_environment(variables));
  ASSERT_TRUE(settings.ok()) << settings.error().message();
  EXPECT_EQ(settings->wire.port, 1);
  EXPECT_EQ(settings->clusters.at("Cluster0"), "mongodb://h/");
  EXPECT_THAT(settings->http_hosts, ::testing::ElementsAre("a", "b.example"));

  const EnvironmentVariable wrong[] = {{"PENSTOCK_NET_WIRE_PROT", "1"}};
  const auto refused = make_settings(settings_of_environment(wrong));
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().message(), HasSubstr("PENSTOCK_NET_WIRE_PROT: there is no setting \"wire_prot\""));
}

TEST(Settings, TheLastOneWins) {
  const GivenSetting given[] = {{.key = "net.wire_port", .text = "1", .origin = "penstock.toml:1:1"},
                                {.key = "net.wire_port", .text = "2", .origin = "PENSTOCK_NET_WIRE_PORT"},
                                {.key = "net.wire_port", .text = "3", .origin = "--wire"}};
  for (size_t n = 1; n <= 3; ++n)
    EXPECT_EQ(make_settings(std::span(given).first(n))->wire.port, n);
}

TEST(Settings, AFlagIsToBlameForItsText) {
  const GivenSetting given{.key = "storage.workspace", .origin = "--workspace", .blame = ErrorCode::kUsage};
  const auto settings = make_settings({&given, 1});
  ASSERT_FALSE(settings.ok());
  EXPECT_EQ(settings.error().code(), ErrorCode::kUsage);
}

TEST(SettingCatalog, NamesItsVariables) { EXPECT_EQ(environment_name(setting_catalog()[1]), "PENSTOCK_NET_WIRE_PORT"); }

}  // namespace
}  // namespace penstock

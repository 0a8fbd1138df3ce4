// SPDX-License-Identifier: Apache-2.0
#include "app/listen_policy.h"

#include <gmock/gmock.h>

namespace penstock {
namespace {

using ::testing::HasSubstr;

struct Case {
  std::string_view why, wire, http;
  bool users, tls, plaintext;
  std::string_view outcome;  // "ok", "warning", or which of "users", "tls" the refusal asks for.
};

Settings settings_of(const Case& c) {
  Settings settings;
  settings.wire.host = c.wire;
  settings.http.host = c.http;
  settings.data_folder = "DIR";
  settings.allow_plaintext = c.plaintext;
  if (c.tls) settings.tls_cert_file = "server.pem";
  return settings;
}

TEST(ListenPolicy, OpensWiderOnlyWithUsersAndTls) {
  for (const Case& c : {
           Case{"the defaults", "127.0.0.1", "127.0.0.1", false, false, false, "ok"},
           Case{"loopback by name and IPv6", "localhost", "::1", false, false, false, "ok"},
           Case{"nothing is there", "0.0.0.0", "127.0.0.1", false, false, false, "users tls"},
           Case{"users, no TLS", "0.0.0.0", "127.0.0.1", true, false, false, "tls"},
           Case{"TLS, no users", "::", "127.0.0.1", false, true, false, "users"},
           Case{"both", "10.0.0.1", "10.0.0.1", true, true, false, "ok"},
           Case{"plaintext on request", "0.0.0.0", "127.0.0.1", true, false, true, "warning"},
           Case{"plaintext on request does not replace users", "0.0.0.0", "127.0.0.1", false, false, true, "users"},
           Case{"HTTP counts, too", "127.0.0.1", "0.0.0.0", false, false, false, "users tls"},
           Case{"a name is wide", "db.example.net", "127.0.0.1", true, false, false, "tls"},
           Case{"plaintext allowed, TLS there", "0.0.0.0", "0.0.0.0", true, true, true, "ok"},
       }) {
    SCOPED_TRACE(c.why);
    const auto outcome = check_listeners(settings_of(c), c.users);
    const bool refused = c.outcome != "ok" && c.outcome != "warning";
    ASSERT_EQ(outcome.ok(), !refused);
    if (!refused) {
      EXPECT_EQ(outcome->empty(), c.outcome == "ok");
      continue;
    }
    const std::string& text = outcome.error().message();
    const auto asks = [&c](std::string_view what) { return c.outcome.find(what) != std::string_view::npos; };
    EXPECT_EQ(text.find("penstock user create") != std::string::npos, asks("users")) << text;
    EXPECT_EQ(text.find("penstock cert create") != std::string::npos, asks("tls")) << text;
    EXPECT_EQ(text.find("--allow-plaintext") != std::string::npos, asks("tls")) << text;
    EXPECT_THAT(text, HasSubstr("127.0.0.1:"));
    EXPECT_EQ(outcome.error().code(), ErrorCode::kBadValue);
  }
}

}  // namespace
}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
#include "app/listen_address.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

TEST(ListenAddress, IsHostAndPort) {
  struct Case {
    std::string_view text, host;
    int port;
  };
  for (const Case& c : {Case{"127.0.0.1:27027", "127.0.0.1", 27027}, Case{"[::1]:8427", "::1", 8427},
                        Case{"localhost:0", "localhost", 0}, Case{"db.example.net:65535", "db.example.net", 65535}}) {
    const auto address = parse_listen_address(c.text);
    ASSERT_TRUE(address.ok()) << c.text;
    EXPECT_EQ(address->host, c.host) << c.text;
    EXPECT_EQ(address->port, c.port) << c.text;
    EXPECT_EQ(address_text(*address), c.text);
  }
}

TEST(ListenAddress, RefusesWhatIsNone) {
  for (const std::string_view text : {"", ":", ":1", "host", "host:", "host:x", "host:65536", "host:-1", "host:1 ",
                                      "::1:27027", "[::1]", "[]:1", "[host]:1", "a b:1", "mongodb://h:1"}) {
    const auto address = parse_listen_address(text);
    ASSERT_FALSE(address.ok()) << text;
    EXPECT_EQ(address.error().code(), ErrorCode::kUsage) << text;
  }
}

TEST(ListenAddress, KnowsWhatOnlyThisMachineReaches) {
  struct Case {
    std::string_view host;
    bool loopback, any;
  };
  for (const Case& c : {Case{"127.0.0.1", true, false}, Case{"127.9.9.9", true, false}, Case{"::1", true, false},
                        Case{"::ffff:127.0.0.1", true, false}, Case{"localhost", true, false},
                        Case{"0.0.0.0", false, true}, Case{"::", false, true}, Case{"::ffff:0.0.0.0", false, true},
                        Case{"10.0.0.1", false, false}, Case{"::ffff:10.0.0.1", false, false},
                        Case{"2001:db8::1", false, false}, Case{"127.0.0.1.example.net", false, false},
                        Case{"localhost.example.net", false, false}, Case{"", false, false}}) {
    EXPECT_EQ(is_loopback(c.host), c.loopback) << c.host;
    EXPECT_EQ(is_any_address(c.host), c.any) << c.host;
  }
}

}  // namespace
}  // namespace penstock

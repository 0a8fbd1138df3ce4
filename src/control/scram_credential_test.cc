// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "bson/base64.h"
#include "control/users.h"

namespace penstock {
namespace {

using namespace std::string_view_literals;

std::string base64(std::string_view bytes) {
  std::string text;
  append_base64(bytes, text);
  return text;
}

// The exchange of RFC 7677, 3: user "user", password "pencil". The keys belong to the proof and the server signature
// printed there (scram_test.cc checks those).
TEST(ScramCredential, OfRfc7677) {
  auto made = make_scram_credential("pencil", *bytes_from_base64("W22ZaJ0SNY7soEsUEjb6gQ=="), 4096);
  ASSERT_TRUE(made.ok());
  EXPECT_EQ(base64(made->stored_key), "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=");
  EXPECT_EQ(base64(made->server_key), "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=");
  EXPECT_EQ(made->iterations, 4096);
}

// RFC 4013, 3: what is written differently and is the same password.
TEST(ScramCredential, PasswordsAreSaslPrepared) {
  struct Case {
    std::string_view why, written, same;
  };
  for (const Case& c : {
           Case{"soft hyphen maps to nothing", "I\u00ADX", "IX"},
           Case{"no change", "user", "user"},
           Case{"case stays", "USER", "USER"},
           Case{"NFKC", "\u00AA", "a"},
           Case{"roman nine", "\u2168", "IX"},
           Case{"other spaces", "a\u00A0b", "a b"},
       }) {
    auto a = make_scram_credential(c.written, "salt", 4096);
    auto b = make_scram_credential(c.same, "salt", 4096);
    ASSERT_TRUE(a.ok() && b.ok()) << c.why;
    EXPECT_EQ(a->stored_key, b->stored_key) << c.why;
  }
  EXPECT_NE(make_scram_credential("user", "salt", 4096)->stored_key,
            make_scram_credential("USER", "salt", 4096)->stored_key);
}

TEST(ScramCredential, WhatIsRefused) {
  struct Case {
    std::string_view why;
    std::string password;
    std::string_view message;
  };
  for (const Case& c : {
           Case{"empty", "", "empty"},
           Case{"long", std::string(256, 'a'), "256 bytes"},
           Case{"control", "a\007b", "prohibits"},
           Case{"both directions", "\u06271", "left"},
           Case{"not UTF-8", "\xFF", "UTF-8"},
           Case{"new character", "\U0001F600", "Unicode 3.2"},
           Case{"nothing left", "\u00AD", "nothing is left"},
       }) {
    auto made = make_scram_credential(c.password, "salt", 4096);
    ASSERT_FALSE(made.ok()) << c.why;
    EXPECT_EQ(made.error().code(), ErrorCode::kBadValue) << c.why;
    EXPECT_NE(made.error().message().find(c.message), std::string::npos) << c.why << ": " << made.error().message();
    if (c.password.size() <= 3) continue;
    EXPECT_EQ(made.error().message().find(c.password), std::string::npos) << c.why << ": the password is not shown";
  }
  EXPECT_FALSE(make_scram_credential("a", "salt", 4095).ok());
}

}  // namespace
}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
#include "api/auth/scram.h"

#include <gtest/gtest.h>

#include "api/auth/scram_client_for_test.h"
#include "bson/base64.h"
#include "control/users.h"

namespace penstock {
namespace {

ScramCredential credential(std::string_view password = "pencil") {
  auto made = make_scram_credential(password, *bytes_from_base64("W22ZaJ0SNY7soEsUEjb6gQ=="), 4096);
  PS_CHECK(made.ok());
  return *made;
}

ScramConversation conversation(std::string_view first, bool known = true, std::string_view nonce = "server") {
  auto read = read_client_first(first);
  PS_CHECK(read.ok());
  return ScramConversation(std::move(*read), credential(), known, nonce);
}

// The exchange printed in RFC 7677, 3.
TEST(Scram, Rfc7677) {
  auto c = conversation("n,,n=user,r=rOprNGfwEbeRWgbNEkqO", true, "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0");
  EXPECT_EQ(c.server_first(), "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096");
  auto end = c.finish(
      "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");
  ASSERT_TRUE(end.ok());
  EXPECT_EQ(*end, "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
}

TEST(Scram, FirstMessages) {
  struct Case {
    std::string_view why, message, result;  // user|nonce|channel binding, or part of the error
  };
  for (const Case& c : {
           Case{"plain", "n,,n=user,r=abc", "user|abc|n,,"},
           Case{"would bind", "y,,n=user,r=abc", "user|abc|y,,"},
           Case{"acts as itself", "n,a=user,n=user,r=abc", "user|abc|n,a=user,"},
           Case{"acts as another", "n,a=root,n=user,r=abc", "act as another"},
           Case{"escapes", "n,,n=a=2Cb=3Dc,r=abc", "a,b=c|abc|n,,"},
           Case{"bad escape", "n,,n=a=2cb,r=abc", "no user"},
           Case{"cut escape", "n,,n=a=2,r=abc", "no user"},
           Case{"extension behind", "n,,n=user,r=abc,x=1", "user|abc|n,,"},
           Case{"mandatory extension", "n,,m=1,n=user,r=abc", "extension"},
           Case{"channel binding", "p=tls-unique,,n=user,r=abc", "channel binding"},
           Case{"empty", "", "flag"},
           Case{"only a flag", "n,", "RFC 5802"},
           Case{"cut", "n,a=", "authorization identity"},
           Case{"no user", "n,,n=,r=abc", "no user"},
           Case{"not UTF-8", "n,,n=\xFF,r=abc", "no user"},
           Case{"no nonce", "n,,n=user", "no nonce"},
           Case{"empty nonce", "n,,n=user,r=", "no nonce"},
           Case{"nonce with a blank", "n,,n=user,r=a b", "no nonce"},
       }) {
    auto read = read_client_first(c.message);
    std::string found =
        read.ok() ? read->user + "|" + read->nonce + "|" + read->channel_binding : read.error().message();
    if (read.ok()) {
      EXPECT_EQ(found, c.result) << c.why;
    } else {
      EXPECT_NE(found.find(c.result), std::string::npos) << c.why << ": " << found;
    }
  }
  EXPECT_FALSE(read_client_first("n,,n=user,r=" + std::string(5000, 'a')).ok());
}

TEST(Scram, RightAndWrongPasswords) {
  for (std::string_view header : {"n,,", "y,,", "n,a=user,"}) {
    ScramClient right("user", "pencil", "nonce", header);
    auto c = conversation(right.first());
    auto end = c.finish(right.last(c.server_first()));
    ASSERT_TRUE(end.ok()) << header << end.error().message();
    EXPECT_EQ(*end, right.signature());
  }
  ScramClient wrong("user", "Pencil", "nonce");
  auto c = conversation(wrong.first());
  auto end = c.finish(wrong.last(c.server_first()));
  ASSERT_FALSE(end.ok());
  EXPECT_EQ(end.error().code(), ErrorCode::kAuthenticationFailed);
}

TEST(Scram, AnUnknownUserLooksTheSameAndFailsEvenWithTheRightProof) {
  ScramClient client("user", "pencil", "nonce");
  auto known = conversation(client.first());
  auto unknown = conversation(client.first(), false);
  EXPECT_EQ(known.server_first(), unknown.server_first());
  EXPECT_FALSE(unknown.finish(client.last(unknown.server_first())).ok());
}

// Security S17.
TEST(Scram, NothingCanBeUsedAgain) {
  ScramClient client("user", "pencil", "nonce");
  auto first = conversation(client.first(), true, "one");
  std::string last = client.last(first.server_first());
  EXPECT_TRUE(first.finish(last).ok());
  EXPECT_FALSE(first.finish(last).ok()) << "the same conversation twice";
  auto second = conversation(client.first(), true, "two");
  EXPECT_FALSE(second.finish(last).ok()) << "another conversation";
}

TEST(Scram, DamagedLastMessages) {
  ScramClient client("user", "pencil", "nonce");
  std::string last = client.last(conversation(client.first()).server_first());
  size_t proof = last.find(",p=");
  for (const std::string& message :
       {std::string(), std::string("c=biws"), last.substr(0, proof), last.substr(0, last.size() - 1),
        "c=eSws" + last.substr(6), last.substr(proof + 1) + "," + last.substr(0, proof), last + ",x=1",
        last.substr(0, proof) + ",p=", last.substr(0, proof) + ",p=AAAA",
        last.substr(0, proof) + ",x=1" + last.substr(proof), std::string(5000, 'a')}) {
    EXPECT_FALSE(conversation(client.first()).finish(message).ok()) << message;
  }
  for (size_t i = 0; i < last.size() - 1; i++) {
    std::string changed = last;
    changed[i] ^= 1;
    EXPECT_FALSE(conversation(client.first()).finish(changed).ok()) << changed;
  }
  EXPECT_TRUE(conversation(client.first()).finish(last).ok());
}

TEST(Scram, NoncesDiffer) {
  SystemRandom random;
  std::string a = random_nonce(random);
  EXPECT_EQ(a.size(), 32u);
  EXPECT_NE(a, random_nonce(random));
}

}  // namespace
}  // namespace penstock

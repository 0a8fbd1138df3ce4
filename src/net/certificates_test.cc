// SPDX-License-Identifier: Apache-2.0
#include "net/certificates.h"

#include <gmock/gmock.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <filesystem>

#include "net/line_server_for_test.h"

namespace penstock {
namespace {

using testing::HasSubstr;

constexpr int64_t kDayMs = 86'400'000;

struct Certificates : testing::Test {
  Result<CertificateFolder> make(std::vector<std::string> hosts) {
    return make_certificates(folder.path + "/tls", hosts, files, clock);
  }
  std::string content(const std::string& file) { return files.read(file, 1 << 20).value(); }
  // The first certificate of a file, as `openssl x509 -text` shows it.
  std::string text(const std::string& file) {
    BIO* in = BIO_new_file(file.c_str(), "r");
    X509* certificate = PEM_read_bio_X509(in, nullptr, nullptr, nullptr);
    BIO* out = BIO_new(BIO_s_mem());
    X509_print_ex(out, certificate, XN_FLAG_RFC2253, 0);
    char* data = nullptr;
    const long size = BIO_get_mem_data(out, &data);
    std::string shown(data, static_cast<size_t>(size));
    BIO_free(in);
    BIO_free(out);
    X509_free(certificate);
    return shown;
  }
  static std::filesystem::perms mode(const std::string& file) { return std::filesystem::status(file).permissions(); }

  TestFolder folder;
  SystemFiles files;
  ManualClock clock{EventTime{1'790'000'000'000}};  // 2026-09-21
};

TEST_F(Certificates, HaveWhatClientsLookAt) {
  const CertificateFolder made = make({"db.example.com", "*.db.example.com", "10.0.0.7", "::1"}).value();
  EXPECT_FALSE(made.ca_was_there);
  EXPECT_EQ(made.server_valid_until.ms, clock.now().ms - 3'600'000 + 824 * kDayMs);
  const std::string server = text(made.server_file);
  for (const char* part :
       {"Subject: CN=db.example.com", "Issuer: CN=Penstock private CA ", "NIST CURVE: P-256",
        "DNS:db.example.com, DNS:*.db.example.com, IP Address:10.0.0.7, IP Address:0:0:0:0:0:0:0:1", "CA:FALSE",
        "Digital Signature", "TLS Web Server Authentication", "Signature Algorithm: ecdsa-with-SHA256", "Version: 3"}) {
    EXPECT_THAT(server, HasSubstr(part));
  }
  const std::string authority = text(made.ca_file);
  for (const char* part : {"CA:TRUE, pathlen:0", "Certificate Sign, CRL Sign", "Subject: CN=Penstock private CA "}) {
    EXPECT_THAT(authority, HasSubstr(part));
  }
}

TEST_F(Certificates, AreReadableForThoseWhoNeedThem) {
  const CertificateFolder made = make({"localhost"}).value();
  using std::filesystem::perms;
  EXPECT_EQ(mode(made.ca_key_file), perms::owner_read | perms::owner_write);
  EXPECT_EQ(mode(made.server_file), perms::owner_read | perms::owner_write);
  EXPECT_EQ(mode(made.ca_file), perms{0644});
  EXPECT_EQ(mode(folder.path + "/tls"), perms::owner_all);
}

TEST_F(Certificates, AnAuthorityIsUsedAgain) {
  const CertificateFolder first = make({"localhost"}).value();
  const std::string ca = content(first.ca_file);
  const std::string key = content(first.ca_key_file);
  const std::string server = content(first.server_file);
  clock.advance({3000 * kDayMs});
  const CertificateFolder second = make({"other.example"}).value();
  EXPECT_TRUE(second.ca_was_there);
  EXPECT_EQ(content(second.ca_file), ca);
  EXPECT_EQ(content(second.ca_key_file), key);
  EXPECT_NE(content(second.server_file), server);
  EXPECT_THAT(text(second.server_file), HasSubstr("DNS:other.example"));
  // The authority ends before 824 days are over.
  EXPECT_EQ(second.server_valid_until.ms, 1'790'000'000'000 + 3652 * kDayMs);
}

TEST_F(Certificates, AnAuthorityThatCannotBeUsedStaysAsItIs) {
  const CertificateFolder made = make({"localhost"}).value();
  const std::string ca = content(made.ca_file);
  const std::string key = content(made.ca_key_file);
  TestFolder elsewhere;
  const std::vector<std::string> hosts = {"localhost"};
  const CertificateFolder other = make_certificates(elsewhere.path, hosts, files, clock).value();
  struct Case {
    std::string_view why;
    std::string ca, key;
    int64_t days;
    std::string_view problem;
  };
  for (const Case& c : {Case{"key missing", ca, "", 0, "ca-key.pem is missing"},
                        Case{"certificate missing", "", key, 0, "ca.pem is missing"},
                        Case{"no certificate", "hello", key, 0, "holds no certificate"},
                        Case{"no key", ca, "hello", 0, "holds no private key"},
                        Case{"another's key", ca, content(other.ca_key_file), 0, "is not the key of"},
                        Case{"expired", ca, key, 3700, "has expired"}}) {
    for (const auto& [file, bytes] : {std::pair{made.ca_file, c.ca}, std::pair{made.ca_key_file, c.key}}) {
      ASSERT_TRUE((bytes.empty() ? files.remove(file) : files.write_file(file, bytes)).ok());
    }
    clock.set({1'790'000'000'000 + c.days * kDayMs});
    const auto again = make({"localhost"});
    ASSERT_FALSE(again.ok()) << c.why;
    EXPECT_EQ(again.error().code(), ErrorCode::kBadInput) << c.why;
    EXPECT_THAT(again.error().message(), HasSubstr(c.problem)) << c.why;
    EXPECT_THAT(again.error().message(), HasSubstr("move the two files away")) << c.why;
    if (!c.ca.empty()) {
      EXPECT_EQ(content(made.ca_file), c.ca) << c.why;
    }
    if (!c.key.empty()) {
      EXPECT_EQ(content(made.ca_key_file), c.key) << c.why;
    }
  }
}

TEST_F(Certificates, HostsAreNamesOrAddresses) {
  struct Case {
    std::string host;
    bool fine;
  };
  for (const Case& c :
       {Case{"localhost", true}, Case{"atlas-stream-0-x.db.example", true}, Case{"*.example.com", true},
        Case{"my_host", true}, Case{"127.0.0.1", true}, Case{"fe80::1", true},
        Case{std::string(60, 'a') + "." + std::string(60, 'b'), true},  // No room in a common name.
        Case{"", false}, Case{"host:27017", false}, Case{"[::1]", false}, Case{"a..b", false}, Case{"*", false},
        Case{"a.*.b", false}, Case{"-a", false}, Case{"a b", false}, Case{"a,DNS:b", false}, Case{"1.2.3", false},
        Case{"https://a", false}, Case{std::string(64, 'a'), false}}) {
    const auto made = make({c.host});
    EXPECT_EQ(made.ok(), c.fine) << c.host;
    if (!made.ok()) {
      EXPECT_EQ(made.error().code(), ErrorCode::kUsage) << c.host;
    }
  }
  EXPECT_FALSE(make({}).ok());
}

}  // namespace
}  // namespace penstock

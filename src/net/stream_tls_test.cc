// SPDX-License-Identifier: Apache-2.0
// StreamServer through TLS: who is there, what is refused, certificates that change.
#include <gmock/gmock.h>
#include <malloc.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "net/certificates.h"
#include "net/line_server_for_test.h"
#include "net/stream_server.h"

namespace penstock {
namespace {

using testing::HasSubstr;

struct Tls : testing::Test {
  CertificateFolder make(std::vector<std::string> hosts = {"localhost", "*.penstock.test", "127.0.0.1"}) {
    return make_certificates(folder.path, hosts, files, clock).value();
  }
  ListenOptions options(bool client_certificates = false) const {
    ListenOptions listen;
    listen.tls = TlsOptions{made.server_file, client_certificates ? made.ca_file : ""};
    return listen;
  }
  ClientTls trusting(std::string name = "localhost") const { return {made.ca_file, std::move(name), "", 0}; }

  // A client certificate signed by the authority in `by`; CN, two OUs, O.
  std::string client_certificate(const CertificateFolder& by, const std::string& name) {
    BIO* in = BIO_new_file(by.ca_file.c_str(), "r");
    X509* ca = PEM_read_bio_X509(in, nullptr, nullptr, nullptr);
    BIO_free(in);
    in = BIO_new_file(by.ca_key_file.c_str(), "r");
    EVP_PKEY* ca_key = PEM_read_bio_PrivateKey(in, nullptr, nullptr, nullptr);
    BIO_free(in);
    EVP_PKEY* key = EVP_EC_gen("P-256");
    X509* made_one = X509_new();
    X509_set_version(made_one, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(made_one), 7);
    X509_gmtime_adj(X509_getm_notBefore(made_one), -60);
    X509_gmtime_adj(X509_getm_notAfter(made_one), 3600);
    for (const auto& [field, value] :
         {std::pair{"O", "Acme, Inc."}, std::pair{"OU", "b"}, std::pair{"OU", "a"}, std::pair{"CN", name.c_str()}}) {
      X509_NAME_add_entry_by_txt(X509_get_subject_name(made_one), field, MBSTRING_UTF8,
                                 reinterpret_cast<const unsigned char*>(value), -1, -1, 0);
    }
    X509_set_issuer_name(made_one, X509_get_subject_name(ca));
    X509_set_pubkey(made_one, key);
    X509_sign(made_one, ca_key, EVP_sha256());
    const std::string file = folder.path + "/" + name + ".pem";
    BIO* out = BIO_new_file(file.c_str(), "w");
    PEM_write_bio_X509(out, made_one);
    PEM_write_bio_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr);
    BIO_free(out);
    X509_free(made_one);
    X509_free(ca);
    EVP_PKEY_free(key);
    EVP_PKEY_free(ca_key);
    return file;
  }

  TestFolder folder;
  SystemFiles files;
  SystemClock clock;
  CertificateFolder made = make();
};

TEST_F(Tls, CarriesBytesAndTheServerName) {
  LineServer line(options());
  struct Case {
    std::string asked, seen;
  };
  size_t number = 0;
  for (const Case& c : {Case{"localhost", "localhost"},
                        Case{"Atlas-Stream-1.penstock.test", "atlas-stream-1.penstock.test"}, Case{"127.0.0.1", ""}}) {
    TestClient client(line.port);
    ASSERT_TRUE(client.start_tls(trusting(c.asked))) << c.asked;
    ASSERT_TRUE(client.send("hello\nbig 3000000\nbye\n"));
    EXPECT_EQ(client.read_all(), "hello\n" + std::string(3'000'000, 'x') + "bye\n") << c.asked;
    const PeerInfo peer = line.peer(number++);
    EXPECT_TRUE(peer.tls);
    EXPECT_EQ(peer.server_name, c.seen);
    EXPECT_EQ(peer.client_subject, "");
  }
  EXPECT_EQ(line.log.text(), "");
}

TEST_F(Tls, ManyRequestsInOneRecordAndLargeOnes) {
  LineServer line(options());
  TestClient client(line.port);
  ASSERT_TRUE(client.start_tls(trusting()));
  const std::string large(2'000'000, 'q');
  ASSERT_TRUE(client.send("a\nb\n" + large + "\nc\n"));
  EXPECT_EQ(client.read(large.size() + 7), "a\nb\n" + large + "\nc\n");
}

TEST_F(Tls, IsRefusedToWhoSpeaksSomethingElse) {
  LineServer line(options());
  ClientTls old = trusting();
  old.version_max = TLS1_1_VERSION;
  EXPECT_FALSE(TestClient(line.port).start_tls(old));
  TestClient plain(line.port);
  ASSERT_TRUE(plain.send("GET /livez HTTP/1.1\r\n\r\n"));
  EXPECT_THAT(plain.read_all(), testing::Not(HasSubstr("HTTP")));
  EXPECT_EQ(line.peers_seen(), 0u);
  EXPECT_EQ(lines_with(line.log, "no TLS handshake"), 1u) << line.log.text();
  ClientTls newer = trusting();
  newer.version_max = TLS1_2_VERSION;
  EXPECT_TRUE(TestClient(line.port).start_tls(newer));
}

TEST_F(Tls, AHandshakeThatDoesNotEndIsCutOff) {
  ListenOptions listen = options();
  listen.authentication_time = {50};
  LineServer line(listen);
  EXPECT_EQ(TestClient(line.port).read_all(), "");
  EXPECT_EQ(lines_with(line.log, "has not said who it is in time"), 1u) << line.log.text();
}

TEST_F(Tls, AClientCertificateTellsItsSubject) {
  LineServer line(options(true));
  ClientTls with = trusting();
  with.certificate_file = client_certificate(made, "shop");
  TestClient client(line.port);
  ASSERT_TRUE(client.start_tls(with));
  ASSERT_TRUE(client.send("x\n"));
  EXPECT_EQ(client.read(2), "x\n");
  EXPECT_EQ(line.peer(0).client_subject, R"(CN=shop,OU=a,OU=b,O=Acme\, Inc.)");

  TestClient without(line.port);
  ASSERT_TRUE(without.start_tls(trusting()));
  ASSERT_TRUE(without.send("y\n"));
  EXPECT_EQ(without.read(2), "y\n");
  EXPECT_EQ(line.peer(1).client_subject, "");
}

TEST_F(Tls, AClientCertificateOfAnotherAuthorityIsRefused) {
  LineServer line(options(true));
  TestFolder elsewhere;
  const std::vector<std::string> hosts = {"localhost"};
  const CertificateFolder other = make_certificates(elsewhere.path, hosts, files, clock).value();
  ClientTls with = trusting();
  with.certificate_file = client_certificate(other, "stranger");
  TestClient client(line.port);
  client.start_tls(with);  // With TLS 1.3 the refusal comes after the client's side is done.
  client.send("x\n");
  EXPECT_EQ(client.read_all(), "");
  EXPECT_EQ(line.peers_seen(), 0u);
}

TEST_F(Tls, ANewCertificateIsUsedWithoutARestart) {
  LineServer line(options());
  const auto serial = [&] {
    TestClient client(line.port);
    EXPECT_TRUE(client.start_tls(trusting()));
    return client.serial();
  };
  const std::string first = serial();
  EXPECT_EQ(serial(), first);
  make();
  const std::string second = serial();
  EXPECT_NE(second, first);
  ASSERT_TRUE(files.write_file(made.server_file, "not a certificate").ok());
  EXPECT_EQ(serial(), second);
  EXPECT_EQ(serial(), second);
  EXPECT_EQ(lines_with(line.log, "cannot be used"), 1u) << line.log.text();
  make();
  EXPECT_NE(serial(), second);
}

TEST_F(Tls, FilesThatAreNoCertificatesAreNamed) {
  MemoryLogger log;
  auto server = StreamServer::start(log).value();
  struct Case {
    std::string certificate, ca, named;
  };
  for (const Case& c : {Case{made.ca_file, "", "the private key in " + made.ca_file},
                        Case{made.server_file, folder.path + "/none.pem", folder.path + "/none.pem"},
                        Case{made.server_file, made.ca_key_file, "certificate authority in " + made.ca_key_file}}) {
    ListenOptions listen;
    listen.tls = TlsOptions{c.certificate, c.ca};
    const auto refused = server->listen(listen, {});
    ASSERT_FALSE(refused.ok()) << c.named;
    EXPECT_EQ(refused.error().code(), ErrorCode::kBadInput);
    EXPECT_THAT(refused.error().message(), HasSubstr(c.named));
  }
}

TEST_F(Tls, AnIdleConnectionCostsLittle) {
  LineServer line(options());
  std::vector<std::unique_ptr<TestClient>> clients;
  constexpr size_t kClients = 200;
  clients.reserve(kClients);
  const size_t before = ::mallinfo2().uordblks;
  for (size_t i = 0; i < kClients; ++i) {
    clients.push_back(std::make_unique<TestClient>(line.port));
    ASSERT_TRUE(clients.back()->start_tls(trusting()));
    ASSERT_TRUE(clients.back()->send("hello\n"));
    ASSERT_EQ(clients.back()->read(6), "hello\n");
    clients.back()->end_tls();
  }
  const size_t each = (::mallinfo2().uordblks - before) / kClients;
  RecordProperty("bytes_per_connection", static_cast<int>(each));
  EXPECT_LT(each, size_t{24} << 10);
}

}  // namespace
}  // namespace penstock

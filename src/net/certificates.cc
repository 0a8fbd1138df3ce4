// SPDX-License-Identifier: Apache-2.0
#include "net/certificates.h"

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <memory>
#include <system_error>

namespace penstock {
namespace {

constexpr int64_t kDay = 24 * 3600;  // Seconds.
constexpr int64_t kAuthorityDays = 3652;
constexpr int64_t kServerDays = 824;
constexpr int64_t kClockSkew = 3600;  // A client whose clock is behind accepts the certificate too.
constexpr size_t kPemBytesMax = size_t{1} << 20;
constexpr size_t kNameBytesMax = 253;
constexpr size_t kCommonNameBytesMax = 64;

template <auto release>
struct Release {
  template <typename T>
  void operator()(T* object) const {
    release(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Release<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Release<X509_free>>;
using Memory = std::unique_ptr<BIO, Release<BIO_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Release<X509_EXTENSION_free>>;
using Number = std::unique_ptr<BIGNUM, Release<BN_free>>;

struct Authority {
  Certificate certificate;
  Key key;
};

// For calls that fail only without memory or random numbers, or by a mistake of ours.
void must(bool done, const char* what) { PS_CHECK(done, what); }

Memory memory_of(std::string_view text) { return Memory(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))); }

std::string taken(const Memory& memory) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &data);
  return {data, static_cast<size_t>(size)};
}

std::string pem_of(X509* certificate) {
  const Memory memory(BIO_new(BIO_s_mem()));
  must(PEM_write_bio_X509(memory.get(), certificate) == 1, "a certificate becomes PEM");
  return taken(memory);
}

std::string pem_of(EVP_PKEY* key) {
  const Memory memory(BIO_new(BIO_s_mem()));
  must(PEM_write_bio_PKCS8PrivateKey(memory.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1,
       "a key becomes PEM");
  return taken(memory);
}

Key make_key() {
  Key key(EVP_EC_gen("P-256"));
  must(key != nullptr, "a P-256 key is made");
  return key;
}

void add_extension(X509* certificate, X509* issuer, int what, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const Extension extension(X509V3_EXT_nconf_nid(nullptr, &context, what, value.c_str()));
  must(extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1, value.c_str());
}

// 126 bits of chance: what a browser's rules ask for, and never negative nor zero.
void set_serial(X509* certificate) {
  unsigned char bytes[16];
  must(RAND_bytes(bytes, sizeof bytes) == 1, "random bytes for a serial number");
  bytes[0] = static_cast<unsigned char>((bytes[0] & 0x3f) | 0x40);
  const Number number(BN_bin2bn(bytes, sizeof bytes, nullptr));
  must(BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr, "a serial number is set");
}

void add_name(X509* certificate, const char* field, const std::string& value) {
  must(X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), field, MBSTRING_UTF8,
                                  reinterpret_cast<const unsigned char*>(value.c_str()), -1, -1, 0) == 1,
       "a name is added to a certificate");
}

// Serial number, life, key and names; the subject is set before.
void fill(X509* certificate, EVP_PKEY* key, X509* issuer, int64_t from, int64_t until) {
  must(X509_set_version(certificate, X509_VERSION_3) == 1, "version 3");
  set_serial(certificate);
  must(ASN1_TIME_set(X509_getm_notBefore(certificate), from) != nullptr, "beginning of validity");
  must(ASN1_TIME_set(X509_getm_notAfter(certificate), until) != nullptr, "end of validity");
  must(X509_set_pubkey(certificate, key) == 1, "public key");
  must(X509_set_issuer_name(certificate, X509_get_subject_name(issuer)) == 1, "issuer");
}

Authority make_authority(int64_t now) {
  Authority authority{Certificate(X509_new()), make_key()};
  X509* certificate = authority.certificate.get();
  unsigned char chance[4];
  must(RAND_bytes(chance, sizeof chance) == 1, "random bytes for a name");
  // Two authorities of the same name in one trust store confuse those who look by name.
  add_name(certificate, "CN",
           fmt::format("Penstock private CA {:02x}{:02x}{:02x}{:02x}", chance[0], chance[1], chance[2], chance[3]));
  fill(certificate, authority.key.get(), certificate, now - kClockSkew, now + kAuthorityDays * kDay);
  add_extension(certificate, certificate, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
  add_extension(certificate, certificate, NID_key_usage, "critical,keyCertSign,cRLSign");
  add_extension(certificate, certificate, NID_subject_key_identifier, "hash");
  must(X509_sign(certificate, authority.key.get(), EVP_sha256()) > 0, "the authority signs itself");
  return authority;
}

int64_t end_of(X509* certificate) {
  std::tm end{};
  must(ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end) == 1, "an end of validity");
  return ::timegm(&end);
}

Result<Authority> read_authority(const CertificateFolder& folder, const Files& files, int64_t now) {
  constexpr std::string_view kAdvice = "move the two files away and run the command again to make a new authority";
  for (const std::string& file : {folder.ca_file, folder.ca_key_file}) {
    if (!files.exists(file)) {
      return Error(ErrorCode::kBadInput, "of the certificate authority {} is missing: bring it back, or {}", file,
                   kAdvice);
    }
  }
  PS_TRY(const std::string certificate_pem, files.read(folder.ca_file, kPemBytesMax));
  PS_TRY(const std::string key_pem, files.read(folder.ca_key_file, kPemBytesMax));
  const auto no_password = [](char*, int, int, void*) { return 0; };
  Authority authority{Certificate(PEM_read_bio_X509(memory_of(certificate_pem).get(), nullptr, no_password, nullptr)),
                      Key(PEM_read_bio_PrivateKey(memory_of(key_pem).get(), nullptr, no_password, nullptr))};
  ERR_clear_error();
  if (authority.certificate == nullptr) {
    return Error(ErrorCode::kBadInput, "{} holds no certificate: {}", folder.ca_file, kAdvice);
  }
  if (authority.key == nullptr) {
    return Error(ErrorCode::kBadInput, "{} holds no private key (without a password): {}", folder.ca_key_file, kAdvice);
  }
  const bool fits = X509_check_private_key(authority.certificate.get(), authority.key.get()) == 1;
  const bool signs = X509_check_ca(authority.certificate.get()) == 1;
  ERR_clear_error();
  if (!fits)
    return Error(ErrorCode::kBadInput, "{} is not the key of {}: {}", folder.ca_key_file, folder.ca_file, kAdvice);
  if (!signs) return Error(ErrorCode::kBadInput, "{} is not a certificate authority: {}", folder.ca_file, kAdvice);
  if (end_of(authority.certificate.get()) <= now) {
    return Error(ErrorCode::kBadInput, "the certificate authority in {} has expired: {}", folder.ca_file, kAdvice);
  }
  return authority;
}

Certificate make_server(const Authority& authority, EVP_PKEY* key, const std::string& common_name,
                        const std::string& alternative_names, int64_t from, int64_t until) {
  Certificate made(X509_new());
  X509* certificate = made.get();
  X509* issuer = authority.certificate.get();
  if (common_name.size() <= kCommonNameBytesMax) add_name(certificate, "CN", common_name);
  fill(certificate, key, issuer, from, until);
  // Without a subject the names must be critical.
  const std::string critical = common_name.size() <= kCommonNameBytesMax ? "" : "critical,";
  add_extension(certificate, issuer, NID_basic_constraints, "critical,CA:FALSE");
  add_extension(certificate, issuer, NID_key_usage, "critical,digitalSignature");
  add_extension(certificate, issuer, NID_ext_key_usage, "serverAuth");
  add_extension(certificate, issuer, NID_subject_key_identifier, "hash");
  add_extension(certificate, issuer, NID_authority_key_identifier, "keyid");
  add_extension(certificate, issuer, NID_subject_alt_name, critical + alternative_names);
  must(X509_sign(certificate, authority.key.get(), EVP_sha256()) > 0, "the authority signs the server");
  return made;
}

bool is_address(const std::string& host) {
  unsigned char bytes[16];
  return ::inet_pton(AF_INET, host.c_str(), bytes) == 1 || ::inet_pton(AF_INET6, host.c_str(), bytes) == 1;
}

bool is_label(std::string_view label) {
  if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') return false;
  for (const char c : label) {
    const bool fine =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    if (!fine) return false;
  }
  return true;
}

bool is_dns_name(std::string_view host) {
  if (host.size() > kNameBytesMax) return false;
  if (host.starts_with("*.")) host.remove_prefix(2);
  // Digits and dots alone are an address written wrongly.
  if (host.find_first_not_of("0123456789.") == std::string_view::npos) return false;
  while (true) {
    const size_t dot = host.find('.');
    if (!is_label(host.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    host.remove_prefix(dot + 1);
  }
}

// "DNS:localhost,IP:127.0.0.1". The names have no character with a meaning in that notation.
Result<std::string> alternative_names_of(std::span<const std::string> hosts) {
  if (hosts.empty()) return Error(ErrorCode::kUsage, "a certificate needs at least one host name or IP address");
  std::string names;
  for (const std::string& host : hosts) {
    const bool address = is_address(host);
    if (!address && !is_dns_name(host)) {
      return Error(ErrorCode::kUsage, "'{}' is neither a DNS name nor an IP address (without port and brackets)", host);
    }
    names += names.empty() ? "" : ",";
    names += (address ? "IP:" : "DNS:") + host;
  }
  return names;
}

Result<Authority> find_authority(CertificateFolder& folder, Files& files, int64_t now) {
  folder.ca_was_there = files.exists(folder.ca_file) || files.exists(folder.ca_key_file);
  if (folder.ca_was_there) return read_authority(folder, files, now);
  Authority made = make_authority(now);
  PS_TRY(files.write_atomically(folder.ca_key_file, pem_of(made.key.get())));
  PS_TRY(files.write_atomically(folder.ca_file, pem_of(made.certificate.get())));
  // Clients run as other users. Where that cannot be, they are given a copy.
  std::error_code ignored;
  std::filesystem::permissions(folder.ca_file, std::filesystem::perms{0644}, ignored);
  return made;
}

}  // namespace

Result<CertificateFolder> make_certificates(const std::string& folder, std::span<const std::string> hosts, Files& files,
                                            const Clock& clock) {
  PS_TRY(const std::string names, alternative_names_of(hosts));
  if (!files.exists(folder)) PS_TRY(files.make_folders(folder));
  CertificateFolder made;
  made.ca_file = folder + "/ca.pem";
  made.ca_key_file = folder + "/ca-key.pem";
  made.server_file = folder + "/server.pem";
  const int64_t now = clock.now().ms / 1000;
  PS_TRY(const Authority authority, find_authority(made, files, now));
  const int64_t from = now - kClockSkew;
  const int64_t until = std::min(from + kServerDays * kDay, end_of(authority.certificate.get()));
  const Key key = make_key();
  const Certificate server = make_server(authority, key.get(), hosts.front(), names, from, until);
  PS_TRY(files.write_atomically(made.server_file,
                                pem_of(server.get()) + pem_of(authority.certificate.get()) + pem_of(key.get())));
  made.server_valid_until = {until * 1000};
  return made;
}

}  // namespace penstock

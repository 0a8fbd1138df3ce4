// SPDX-License-Identifier: Apache-2.0
// A peer for tests of servers: a blocking socket on loopback, with TLS on demand. What does not come within 30 seconds
// ends a read, so that a failing test ends too.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace penstock {

struct ClientTls {
  std::string ca_file;           // Whom to trust.
  std::string server_name;       // Asked for and checked.
  std::string certificate_file;  // Of the client, with its key; "" none.
  int version_max = 0;           // TLS1_1_VERSION, ...; 0: any.
};

class TestClient {
 public:
  explicit TestClient(uint16_t port, const char* address = "127.0.0.1", int receive_buffer = 0) {
    const bool v6 = std::string_view(address).find(':') != std::string_view::npos;
    fd_ = ::socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const timeval patience{30, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (receive_buffer > 0) ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    sockaddr_in to4{};
    sockaddr_in6 to6{};
    to4.sin_family = AF_INET;
    to4.sin_port = htons(port);
    to6.sin6_family = AF_INET6;
    to6.sin6_port = htons(port);
    ::inet_pton(v6 ? AF_INET6 : AF_INET, address,
                v6 ? static_cast<void*>(&to6.sin6_addr) : static_cast<void*>(&to4.sin_addr));
    const sockaddr* to = v6 ? reinterpret_cast<sockaddr*>(&to6) : reinterpret_cast<sockaddr*>(&to4);
    connected_ = ::connect(fd_, to, v6 ? sizeof to6 : sizeof to4) == 0;
  }
  ~TestClient() {
    end_tls();
    ::close(fd_);
  }
  TestClient(const TestClient&) = delete;
  TestClient& operator=(const TestClient&) = delete;

  bool connected() const { return connected_; }

  // Whether the handshake was done and the server is who it should be.
  bool start_tls(const ClientTls& options) {
    SSL_CTX* context = SSL_CTX_new(TLS_client_method());
    if (options.version_max != 0) {
      SSL_CTX_set_security_level(context, 0);
      SSL_CTX_set_max_proto_version(context, options.version_max);
    }
    SSL_CTX_load_verify_file(context, options.ca_file.c_str());
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF);
    if (!options.certificate_file.empty()) {
      SSL_CTX_use_certificate_chain_file(context, options.certificate_file.c_str());
      SSL_CTX_use_PrivateKey_file(context, options.certificate_file.c_str(), SSL_FILETYPE_PEM);
    }
    ssl_ = SSL_new(context);
    SSL_CTX_free(context);
    SSL_set_fd(ssl_, fd_);
    unsigned char address[16];
    const bool by_address = ::inet_pton(AF_INET, options.server_name.c_str(), address) == 1;
    if (by_address) {
      X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_), options.server_name.c_str());
    } else {
      SSL_ctrl(ssl_, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
               const_cast<char*>(options.server_name.c_str()));
      SSL_set1_host(ssl_, options.server_name.c_str());
    }
    return SSL_connect(ssl_) == 1;
  }
  // Forgets the TLS side here; the socket stays.
  void end_tls() {
    SSL_free(ssl_);
    ssl_ = nullptr;
  }
  // Of the server's certificate.
  std::string serial() const {
    X509* certificate = SSL_get1_peer_certificate(ssl_);
    BIGNUM* number = ASN1_INTEGER_to_BN(X509_get_serialNumber(certificate), nullptr);
    char* text = BN_bn2hex(number);
    std::string out(text);
    OPENSSL_free(text);
    BN_free(number);
    X509_free(certificate);
    return out;
  }

  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ssl_ != nullptr ? SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size()))
                                           : ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
    return true;
  }
  void end_sending() { ::shutdown(fd_, SHUT_WR); }

  // Up to and with `end`; less when the connection ends before.
  std::string read_to(std::string_view end) {
    while (true) {
      const size_t found = buffer_.find(end);
      if (found != std::string::npos) return take(found + end.size());
      if (!fill()) return take(buffer_.size());
    }
  }
  std::string read(size_t bytes) {
    while (buffer_.size() < bytes && fill()) {
    }
    return take(std::min(bytes, buffer_.size()));
  }
  // All until the server ends the connection.
  std::string read_all() {
    while (fill()) {
    }
    return take(buffer_.size());
  }

 private:
  bool fill() {
    char bytes[64 * 1024];
    const ssize_t got = ssl_ != nullptr ? SSL_read(ssl_, bytes, sizeof bytes) : ::recv(fd_, bytes, sizeof bytes, 0);
    if (got <= 0) return false;
    buffer_.append(bytes, static_cast<size_t>(got));
    return true;
  }
  std::string take(size_t bytes) {
    std::string taken = buffer_.substr(0, bytes);
    buffer_.erase(0, bytes);
    return taken;
  }

  int fd_ = -1;
  SSL* ssl_ = nullptr;
  bool connected_ = false;
  std::string buffer_;
};

}  // namespace penstock

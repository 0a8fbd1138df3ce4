// SPDX-License-Identifier: Apache-2.0
#include "net/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

namespace penstock {
namespace {

constexpr size_t kWriteMax = 16 * 1024;  // One TLS record.

std::string last_reason() {
  const unsigned long code = ERR_peek_last_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  return reason != nullptr ? reason : ERR_SYSTEM_ERROR(code) ? "cannot be read" : "no reason given";
}

// OpenSSL's own socket BIO raises SIGPIPE when the peer is gone; this one does not.
int socket_of(BIO* bio) { return static_cast<int>(reinterpret_cast<intptr_t>(BIO_get_data(bio))); }

int bio_write(BIO* bio, const char* bytes, int size) {
  BIO_clear_retry_flags(bio);
  const ssize_t sent = ::send(socket_of(bio), bytes, static_cast<size_t>(size), MSG_NOSIGNAL);
  if (sent < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_write(bio);
  return static_cast<int>(sent);
}

int bio_read(BIO* bio, char* bytes, int size) {
  BIO_clear_retry_flags(bio);
  const ssize_t got = ::recv(socket_of(bio), bytes, static_cast<size_t>(size), 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_read(bio);
  return static_cast<int>(got);
}

long bio_ctrl(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

const BIO_METHOD* socket_method() {
  static const BIO_METHOD* const method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket without signals");
    BIO_meth_set_write(made, bio_write);
    BIO_meth_set_read(made, bio_read);
    BIO_meth_set_ctrl(made, bio_ctrl);
    return made;
  }();
  return method;
}

class TlsChannel final : public ByteChannel {
 public:
  TlsChannel(SSL_CTX* context, int socket) : ssl_(SSL_new(context)) {
    BIO* bio = BIO_new(socket_method());
    PS_CHECK(ssl_ != nullptr && bio != nullptr, "no memory for a TLS connection");
    BIO_set_data(bio, reinterpret_cast<void*>(static_cast<intptr_t>(socket)));
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl_, bio, bio);
    SSL_set_accept_state(ssl_);
  }
  ~TlsChannel() override { SSL_free(ssl_); }

  ChannelStep handshake() override {
    ERR_clear_error();
    return step_of(SSL_do_handshake(ssl_));
  }
  ChannelResult read(std::span<char> into) override {
    ERR_clear_error();
    size_t got = 0;
    const ChannelStep step = step_of(SSL_read_ex(ssl_, into.data(), into.size(), &got));
    return {step, got};
  }
  ChannelResult write(std::string_view bytes) override {
    ERR_clear_error();
    size_t written = 0;
    const ChannelStep step = step_of(SSL_write_ex(ssl_, bytes.data(), std::min(bytes.size(), kWriteMax), &written));
    return {step, written};
  }
  void say_end() override {
    ERR_clear_error();
    if (SSL_is_init_finished(ssl_)) SSL_shutdown(ssl_);
  }
  void describe(PeerInfo& peer) const override {
    peer.tls = true;
    if (const char* name = SSL_get_servername(ssl_, TLSEXT_NAMETYPE_host_name)) {
      peer.server_name = name;
      for (char& c : peer.server_name)
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 'a' - 'A') : c;
    }
    if (X509* certificate = SSL_get1_peer_certificate(ssl_)) {
      if (SSL_get_verify_result(ssl_) == X509_V_OK) peer.client_subject = subject_of(certificate);
      X509_free(certificate);
    }
  }
  std::string failure() const override { return failure_; }

 private:
  ChannelStep step_of(int result) {
    if (result == 1) return ChannelStep::kDone;
    switch (SSL_get_error(ssl_, result)) {
      case SSL_ERROR_WANT_READ: return ChannelStep::kNeedsRead;
      case SSL_ERROR_WANT_WRITE: return ChannelStep::kNeedsWrite;
      case SSL_ERROR_SSL:
        failure_ = last_reason();
        ERR_clear_error();
        return ChannelStep::kFailed;
      default: return ChannelStep::kEnd;
    }
  }
  static std::string subject_of(X509* certificate) {
    BIO* text = BIO_new(BIO_s_mem());
    X509_NAME_print_ex(text, X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253);
    char* data = nullptr;
    const long size = BIO_get_mem_data(text, &data);
    std::string subject(data, static_cast<size_t>(size));
    BIO_free(text);
    return subject;
  }

  SSL* ssl_;
  std::string failure_;
};

int no_password(char*, int, int, void*) { return 0; }  // Never asks on a terminal.

// Without it a resumed TLS 1.2 session does not tell its server name.
int take_any_name(SSL*, int*, void*) { return SSL_TLSEXT_ERR_OK; }

Error unusable(std::string_view what, const std::string& file) {
  Error error(ErrorCode::kBadInput, "{} {} cannot be used: {}", what, file, last_reason());
  ERR_clear_error();
  return error;
}

void set_rules(SSL_CTX* context) {
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                   SSL_OP_PRIORITIZE_CHACHA);
  SSL_CTX_set_mode(context,
                   SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  constexpr unsigned char kName[] = "penstock";
  SSL_CTX_set_session_id_context(context, kName, sizeof kName - 1);
  PS_CHECK(SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1, "the TLS suites are known");
  SSL_CTX_callback_ctrl(context, SSL_CTRL_SET_TLSEXT_SERVERNAME_CB, reinterpret_cast<void (*)()>(take_any_name));
  SSL_CTX_set_default_passwd_cb(context, no_password);
}

Result<void> load_files(SSL_CTX* context, const TlsOptions& options) {
  ERR_clear_error();
  const char* file = options.certificate_file.c_str();
  if (SSL_CTX_use_certificate_chain_file(context, file) != 1) {
    return unusable("the TLS certificate in", options.certificate_file);
  }
  if (SSL_CTX_use_PrivateKey_file(context, file, SSL_FILETYPE_PEM) != 1 || SSL_CTX_check_private_key(context) != 1) {
    return unusable("the private key in", options.certificate_file);
  }
  if (options.ca_file.empty()) return {};
  STACK_OF(X509_NAME)* names = SSL_load_client_CA_file(options.ca_file.c_str());
  if (names == nullptr || SSL_CTX_load_verify_file(context, options.ca_file.c_str()) != 1) {
    sk_X509_NAME_pop_free(names, X509_NAME_free);
    return unusable("the certificate authority in", options.ca_file);
  }
  SSL_CTX_set_client_CA_list(context, names);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  return {};
}

Result<SSL_CTX*> make_context(const TlsOptions& options) {
  SSL_CTX* context = SSL_CTX_new(TLS_server_method());
  PS_CHECK(context != nullptr, "no memory for TLS");
  set_rules(context);
  Result<void> loaded = load_files(context, options);
  if (loaded.ok()) return context;
  SSL_CTX_free(context);
  return loaded.take_error();
}

}  // namespace

Result<std::unique_ptr<TlsContext>> TlsContext::open(const TlsOptions& options) {
  const Stamp stamp = stamp_of(options);
  PS_TRY(SSL_CTX * context, make_context(options));
  return std::unique_ptr<TlsContext>(new TlsContext(options, stamp, context));
}

TlsContext::TlsContext(const TlsOptions& options, const Stamp& stamp, SSL_CTX* context)
    : options_(options), stamp_(stamp), context_(context) {}

TlsContext::~TlsContext() { SSL_CTX_free(context_); }

TlsContext::Stamp TlsContext::stamp_of(const TlsOptions& options) {
  Stamp stamp{};
  size_t i = 0;
  for (const std::string* file : {&options.certificate_file, &options.ca_file}) {
    struct stat found{};
    if (!file->empty() && ::stat(file->c_str(), &found) == 0) {
      stamp[i] = static_cast<int64_t>(found.st_ino);
      stamp[i + 1] = found.st_size;
      stamp[i + 2] = found.st_mtim.tv_sec;
      stamp[i + 3] = found.st_mtim.tv_nsec;
    }
    i += 4;
  }
  return stamp;
}

std::optional<Error> TlsContext::reload_if_changed() {
  const Stamp stamp = stamp_of(options_);
  if (stamp == stamp_) return {};
  stamp_ = stamp;
  Result<SSL_CTX*> made = make_context(options_);
  if (!made.ok()) return made.take_error();
  SSL_CTX_free(context_);  // Connections hold it as long as they need it.
  context_ = *made;
  return {};
}

std::unique_ptr<ByteChannel> TlsContext::make_channel(int socket) {
  return std::make_unique<TlsChannel>(context_, socket);
}

}  // namespace penstock

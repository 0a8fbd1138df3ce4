// SPDX-License-Identifier: Apache-2.0
// The server's end of TLS, by OpenSSL. Internal to net.
// TLS 1.2 and 1.3, forward-secret AEAD suites only, no renegotiation, no compression (security S08). A client
// certificate is optional; one that the given CA has not signed ends the handshake (S09). No session is kept in memory.
// Thread: open() any, the rest the network thread.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>

#include "net/byte_channel.h"

struct ssl_ctx_st;

namespace penstock {

class TlsContext {
 public:
  // Error kBadInput: a file cannot be read or used; names it.
  static Result<std::unique_ptr<TlsContext>> open(const TlsOptions& options);
  ~TlsContext();

  // Reads the files again when one has changed since. If the new ones cannot be used, the old certificate stays in use
  // and the error is given once.
  std::optional<Error> reload_if_changed();
  std::unique_ptr<ByteChannel> make_channel(int socket);

 private:
  using Stamp = std::array<int64_t, 8>;  // Inode, size and time of change of both files.
  TlsContext(const TlsOptions& options, const Stamp& stamp, ssl_ctx_st* context);
  static Stamp stamp_of(const TlsOptions& options);

  TlsOptions options_;
  Stamp stamp_;
  ssl_ctx_st* context_;
};

}  // namespace penstock

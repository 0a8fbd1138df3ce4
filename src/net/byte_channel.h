// SPDX-License-Identifier: Apache-2.0
// Bytes over a connected socket that never waits, in the clear or through TLS. Internal to net.
// Thread: the network thread. The socket belongs to somebody else and is open as long as the channel is used.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "net/stream_server.h"

namespace penstock {

enum class ChannelStep {
  kDone,
  kNeedsRead,   // Try again when the socket can be read;
  kNeedsWrite,  // when it can be written.
  kEnd,         // The peer is gone.
  kFailed,      // What it sends is not TLS, or was refused.
};

struct ChannelResult {
  ChannelStep step;
  size_t bytes = 0;  // More than none when kDone.
};

class ByteChannel {
 public:
  virtual ~ByteChannel() = default;
  // To be repeated until kDone before anything else.
  virtual ChannelStep handshake() { return ChannelStep::kDone; }
  virtual ChannelResult read(std::span<char> into) = 0;
  // A write that asked to be tried again must be tried again with bytes that begin the same.
  virtual ChannelResult write(std::string_view bytes) = 0;
  // Tells the peer that nothing follows, as far as the protocol has words for it. Never waits.
  virtual void say_end() {}
  // After the handshake: what the peer said of itself.
  virtual void describe(PeerInfo&) const {}
  // Why a step failed.
  virtual std::string failure() const { return ""; }
};

std::unique_ptr<ByteChannel> make_plain_channel(int socket);

}  // namespace penstock

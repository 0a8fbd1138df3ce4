// SPDX-License-Identifier: Apache-2.0
#include "net/byte_channel.h"

#include <sys/socket.h>

#include <cerrno>

namespace penstock {
namespace {

ChannelResult result_of(ssize_t moved, ChannelStep wait) {
  if (moved > 0) return {ChannelStep::kDone, static_cast<size_t>(moved)};
  if (moved < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) return {wait};
  return {ChannelStep::kEnd};
}

class PlainChannel final : public ByteChannel {
 public:
  explicit PlainChannel(int socket) : socket_(socket) {}
  ChannelResult read(std::span<char> into) override {
    return result_of(::recv(socket_, into.data(), into.size(), 0), ChannelStep::kNeedsRead);
  }
  ChannelResult write(std::string_view bytes) override {
    return result_of(::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL), ChannelStep::kNeedsWrite);
  }

 private:
  int socket_;
};

}  // namespace

std::unique_ptr<ByteChannel> make_plain_channel(int socket) { return std::make_unique<PlainChannel>(socket); }

}  // namespace penstock

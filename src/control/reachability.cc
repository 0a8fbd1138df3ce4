// SPDX-License-Identifier: Apache-2.0
#include "control/reachability.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

namespace penstock {
namespace {

struct AddressesDeleter {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};
using Addresses = std::unique_ptr<addrinfo, AddressesDeleter>;

Result<Addresses> look_up(const std::string& host, const std::string& port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int code = ::getaddrinfo(host.c_str(), port.empty() ? nullptr : port.c_str(), &hints, &found);
  if (code != 0) return Error(ErrorCode::kPeerUnreachable, "{}: {}", host, ::gai_strerror(code));
  return Addresses(found);
}

std::string text_of(const addrinfo& address) {
  char text[NI_MAXHOST] = "";
  if (::getnameinfo(address.ai_addr, address.ai_addrlen, text, sizeof text, nullptr, 0, NI_NUMERICHOST) != 0)
    return "?";
  return text;
}

// errno of the attempt, 0 when the port answered.
int try_address(const addrinfo& address, int timeout_ms) {
  const int fd = ::socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return errno;
  int code = ::connect(fd, address.ai_addr, address.ai_addrlen) == 0 ? 0 : errno;
  if (code == EINPROGRESS) {
    pollfd waiting{.fd = fd, .events = POLLOUT, .revents = 0};
    const int ready = ::poll(&waiting, 1, timeout_ms);
    socklen_t size = sizeof code;
    if (ready == 0) code = ETIMEDOUT;
    if (ready < 0) code = errno;
    if (ready > 0) ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &size);
  }
  ::close(fd);
  return code;
}

}  // namespace

Result<std::string> resolve_host(const std::string& host) {
  PS_TRY(const Addresses addresses, look_up(host, ""));
  std::string text;
  for (const addrinfo* address = addresses.get(); address != nullptr; address = address->ai_next)
    text += (text.empty() ? "" : ", ") + text_of(*address);
  return text;
}

Result<void> reach_port(const std::string& host, uint16_t port, Duration contact_time) {
  PS_TRY(const Addresses addresses, look_up(host, std::to_string(port)));
  int count = 0;
  for (const addrinfo* address = addresses.get(); address != nullptr; address = address->ai_next)
    ++count;
  int code = 0;
  for (const addrinfo* address = addresses.get(); address != nullptr; address = address->ai_next) {
    code = try_address(*address, static_cast<int>(contact_time.ms / std::max(count, 1)));
    if (code == 0) return {};
  }
  return Error(ErrorCode::kPeerUnreachable, "{}:{}: {}", host, port, std::strerror(code));
}

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
// HOST:PORT as people write it, and which hosts only this machine can reach.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace penstock {

struct ListenAddress {
  std::string host;  // An address or a name; IPv6 without brackets.
  uint16_t port = 0;
  bool operator==(const ListenAddress&) const = default;
};

// "127.0.0.1:27027", "[::1]:27027", "localhost:0". Error kUsage, with how to write it.
Result<ListenAddress> parse_listen_address(std::string_view text);
// 0 to 65535; error kUsage.
Result<uint16_t> parse_port(std::string_view text);
// "[::1]:27027"
std::string address_text(const ListenAddress& address);

// 127.0.0.0/8, ::1 (also IPv4 inside IPv6) and the name localhost. Any other name counts as wide: what it resolves to
// tomorrow nobody knows.
bool is_loopback(std::string_view host);
// 0.0.0.0 and ::, every address of the machine: no address that a client could be told.
bool is_any_address(std::string_view host);

}  // namespace penstock

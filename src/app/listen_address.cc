// SPDX-License-Identifier: Apache-2.0
#include "app/listen_address.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace penstock {
namespace {

// The 16 bytes of an address; IPv4 as ::ffff:a.b.c.d. Empty: it is a name.
std::optional<std::array<unsigned char, 16>> address_bytes(std::string_view host) {
  const std::string text(host);
  std::array<unsigned char, 16> bytes{};
  if (::inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1) return bytes;
  bytes = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (::inet_pton(AF_INET, text.c_str(), bytes.data() + 12) == 1) return bytes;
  return std::nullopt;
}

bool is_mapped_ipv4(const std::array<unsigned char, 16>& bytes) {
  return std::all_of(bytes.begin(), bytes.begin() + 10, [](unsigned char b) { return b == 0; }) && bytes[10] == 0xff &&
         bytes[11] == 0xff;
}

Error no_address(std::string_view text) {
  return Error(ErrorCode::kUsage, "\"{}\" is no address: write HOST:PORT, such as 127.0.0.1:27027 or [::1]:27027",
               text);
}

}  // namespace

Result<uint16_t> parse_port(std::string_view text) {
  uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) {
    return Error(ErrorCode::kUsage, "\"{}\" is no port: write a number from 1 to 65535, or 0 for any that is free",
                 text);
  }
  return port;
}

Result<ListenAddress> parse_listen_address(std::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return no_address(text);
  std::string_view host = text.substr(0, colon);
  if (host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
    if (host.find(':') == std::string_view::npos) return no_address(text);
  } else if (host.find(':') != std::string_view::npos) {
    return no_address(text);  // IPv6 without brackets: which colon begins the port?
  }
  const bool odd = std::any_of(host.begin(), host.end(), [](char c) { return c <= ' ' || c == '/' || c == '['; });
  if (host.empty() || odd) return no_address(text);
  PS_TRY(const uint16_t port, parse_port(text.substr(colon + 1)));
  return ListenAddress{std::string(host), port};
}

std::string address_text(const ListenAddress& address) {
  const bool ipv6 = address.host.find(':') != std::string::npos;
  return fmt::format("{}{}{}:{}", ipv6 ? "[" : "", address.host, ipv6 ? "]" : "", address.port);
}

bool is_loopback(std::string_view host) {
  if (host == "localhost") return true;
  const auto bytes = address_bytes(host);
  if (!bytes) return false;
  if (is_mapped_ipv4(*bytes)) return (*bytes)[12] == 127;
  return std::all_of(bytes->begin(), bytes->end() - 1, [](unsigned char b) { return b == 0; }) && bytes->back() == 1;
}

bool is_any_address(std::string_view host) {
  const auto bytes = address_bytes(host);
  if (!bytes) return false;
  const auto begin = is_mapped_ipv4(*bytes) ? bytes->begin() + 12 : bytes->begin();
  return std::all_of(begin, bytes->end(), [](unsigned char b) { return b == 0; });
}

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
#include "app/start_message.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace penstock {
namespace {

std::string access_text(const Settings& settings, const StartFacts& facts) {
  const std::string_view tls = settings.tls_cert_file.empty() ? "no TLS" : "TLS";
  const std::string_view users = facts.username.empty() ? "no users" : "users log in";
  const bool local = is_loopback(settings.wire.host) && is_loopback(settings.http.host);
  return fmt::format("{}, {}{}", tls, users, local ? ", this machine only" : "");
}

}  // namespace

std::string shell_word(std::string_view text) {
  const bool plain = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           std::string_view("._-/:@%+=,").find(c) != std::string::npos;
  });
  if (plain) return std::string(text);
  std::string quoted = "'";
  for (const char c : text)
    quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

std::string connect_line(const ConnectTarget& target) {
  std::string line = fmt::format("mongosh \"mongodb://{}/\"", address_text({target.host, target.port}));
  if (target.tls) line += " --tls";
  if (target.tls && !target.ca_file.empty()) line += " --tlsCAFile " + shell_word(target.ca_file);
  if (!target.username.empty()) line += " --authenticationDatabase admin --username " + shell_word(target.username);
  return line;
}

std::string host_of_workspace(std::string_view workspace, std::string_view server_host) {
  if (is_loopback(server_host)) return fmt::format("{}.localhost", workspace);
  return fmt::format("{}.{}", workspace, server_host);
}

ConnectTarget connect_target(const Settings& settings, const StartFacts& facts) {
  ConnectTarget target;
  target.host = !settings.public_host.empty()        ? settings.public_host
                : is_any_address(settings.wire.host) ? facts.machine_name
                                                     : settings.wire.host;
  target.port = facts.wire_port;
  target.tls = !settings.tls_cert_file.empty();
  target.ca_file = settings.tls_ca_file;
  target.username = facts.username;
  return target;
}

std::string start_message(const Settings& settings, const StartFacts& facts) {
  const std::string scheme = settings.tls_cert_file.empty() ? "http" : "https";
  std::string text = fmt::format(
      "penstock {} serves\n"
      "  data        {}\n"
      "  wire        {}  ({})\n"
      "  http        {}://{}\n"
      "  workspace   {}\n"
      "  processors  {} resumed\n",
      facts.version, settings.data_folder, address_text({settings.wire.host, facts.wire_port}),
      access_text(settings, facts), scheme, address_text({settings.http.host, facts.http_port}), settings.workspace,
      facts.processors_resumed);
  text += fmt::format("Connect with\n  {}\n", connect_line(connect_target(settings, facts)));
  return text;
}

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
#include "app/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "app/inputs.h"
#include "base/did_you_mean.h"
#include "control/connectors.h"

namespace penstock {
namespace {

// "~/x" in the folder of the user; a shell does not do that inside of a file.
std::string expand_home(const std::string& path) {
  const char* home = std::getenv("HOME");
  return path.starts_with("~/") && home != nullptr ? home + path.substr(1) : path;
}

Result<void> set_text(std::string& to, const std::string& text) {
  if (text.empty()) return Error(ErrorCode::kUsage, "must not be empty");
  to = text;
  return {};
}

Result<void> set_path(std::string& to, const std::string& text) { return set_text(to, expand_home(text)); }

Result<void> set_host(std::string& to, const std::string& text) {
  const bool odd = std::any_of(text.begin(), text.end(), [](char c) { return c <= ' ' || c == '/' || c == '['; });
  if (odd) return Error(ErrorCode::kUsage, "\"{}\" is no host: write an address or a name, without a port", text);
  return set_text(to, text);
}

// "a.example, b.example"
Result<void> set_hosts(std::vector<std::string>& to, const std::string& text) {
  to.clear();
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(',', begin), text.size());
    std::string host = text.substr(begin, end - begin);
    host.erase(0, host.find_first_not_of(' '));
    host.erase(host.find_last_not_of(' ') + 1);
    PS_TRY(set_host(to.emplace_back(), host));
    begin = end + 1;
  }
  return {};
}

Result<void> set_port(uint16_t& to, const std::string& text) {
  PS_TRY(to, parse_port(text));
  return {};
}

Result<void> set_bool(bool& to, const std::string& text) {
  if (text != "true" && text != "false") return Error(ErrorCode::kUsage, "takes true or false, not \"{}\"", text);
  to = text == "true";
  return {};
}

Result<void> set_count(size_t& to, const std::string& text) {
  size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number == 0 || number > 1'000'000) {
    return Error(ErrorCode::kUsage, "takes a number from 1 to 1000000, not \"{}\"", text);
  }
  to = number;
  return {};
}

Result<void> set_size(size_t& to, const std::string& text) {
  PS_TRY(to, parse_size(text));
  if (to < (size_t{16} << 20)) return Error(ErrorCode::kUsage, "must be at least 16MiB, found {}", text);
  return {};
}

Result<void> set_span(Duration& to, const std::string& text) {
  PS_TRY(to, parse_span(text));
  return {};
}

Result<void> set_level(LogLevel& to, const std::string& text) {
  constexpr std::pair<std::string_view, LogLevel> kLevels[] = {{"debug", LogLevel::kDebug},
                                                               {"info", LogLevel::kInfo},
                                                               {"warning", LogLevel::kWarning},
                                                               {"error", LogLevel::kError}};
  for (const auto& [name, level] : kLevels) {
    if (name != text) continue;
    to = level;
    return {};
  }
  return Error(ErrorCode::kUsage, "takes debug, info, warning or error, not \"{}\"", text);
}

using S = Settings;
using T = std::string;

constexpr Setting kSettings[] = {
    {.section = "net",
     .name = "wire_host",
     .type = "address or name",
     .default_text = "127.0.0.1",
     .example = "0.0.0.0",
     .summary = "Where mongosh and drivers are listened for. Wider than this machine needs users "
                "and TLS.",
     .flag = "--wire",
     .apply = [](S& s, const T& text) { return set_host(s.wire.host, text); }},
    {.section = "net",
     .name = "wire_port",
     .type = "port",
     .default_text = "27027",
     .example = "27017",
     .summary = "Port of the MongoDB wire protocol; 0 takes any that is free.",
     .flag = "--wire",
     .apply = [](S& s, const T& text) { return set_port(s.wire.port, text); }},
    {.section = "net",
     .name = "http_host",
     .type = "address or name",
     .default_text = "127.0.0.1",
     .example = "::1",
     .summary = "Where HTTP is listened for: /livez and /readyz. Wider than this machine needs users "
                "and TLS.",
     .flag = "--http",
     .apply = [](S& s, const T& text) { return set_host(s.http.host, text); }},
    {.section = "net",
     .name = "http_port",
     .type = "port",
     .default_text = "8427",
     .example = "8080",
     .summary = "Port of HTTP; 0 takes any that is free.",
     .flag = "--http",
     .apply = [](S& s, const T& text) { return set_port(s.http.port, text); }},
    {.section = "net",
     .name = "http_hosts",
     .type = "names, separated by commas",
     .example = "streams.example.net, 10.0.0.7",
     .summary = "Names that may stand in Host of an HTTP request, besides those of this machine, http_host and "
                "public_host.",
     .apply = [](S& s, const T& text) { return set_hosts(s.http_hosts, text); }},
    {.section = "net",
     .name = "public_host",
     .type = "address or name",
     .example = "streams.example.net",
     .summary = "What clients call this machine, for the connect line of the start message. Default: wire_host, or "
                "the machine's name when that is every address.",
     .apply = [](S& s, const T& text) { return set_host(s.public_host, text); }},

    {.section = "security",
     .name = "tls_cert_file",
     .type = "file",
     .example = "/etc/penstock/server.pem",
     .summary = "PEM file with the server's certificate and its key. With it both ports speak TLS only.",
     .flag = "--tls-cert",
     .apply = [](S& s, const T& text) { return set_path(s.tls_cert_file, text); }},
    {.section = "security",
     .name = "tls_ca_file",
     .type = "file",
     .example = "/etc/penstock/ca.pem",
     .summary = "PEM file with the authority that signed it, when no public one did; also accepted as signer of client "
                "certificates.",
     .flag = "--tls-ca",
     .apply = [](S& s, const T& text) { return set_path(s.tls_ca_file, text); }},
    {.section = "security",
     .name = "allow_plaintext",
     .type = "true or false",
     .default_text = "false",
     .example = "true",
     .summary = "Lets other machines in without TLS, where a proxy or a mesh encrypts.",
     .flag = "--allow-plaintext",
     .apply = [](S& s, const T& text) { return set_bool(s.allow_plaintext, text); }},

    {.section = "storage",
     .name = "data",
     .type = "folder",
     .default_text = "~/.local/share/penstock",
     .example = "/var/lib/penstock",
     .summary = "Catalog, embedded store and state of the processors. One server at a "
                "time owns it.",
     .flag = "--data",
     .apply = [](S& s, const T& text) { return set_path(s.data_folder, text); }},
    {.section = "storage",
     .name = "workspace",
     .type = "name",
     .default_text = "default",
     .example = "production",
     .summary = "The workspace of connections that name none; made when it is missing.",
     .flag = "--workspace",
     .apply = [](S& s, const T& text) { return set_text(s.workspace, text); }},
    {.section = "storage",
     .name = "connections_file",
     .type = "file",
     .example = "/etc/penstock/connections.json",
     .summary = "Connections to add to the default workspace at the start: a JSON array as the Admin API takes it.",
     .flag = "--connections",
     .apply = [](S& s, const T& text) { return set_path(s.connections_file, text); }},
    {.section = "storage",
     .name = "checkpoint_every",
     .type = "time such as 5s",
     .default_text = "5s",
     .example = "500ms",
     .summary = "Time between checkpoints of a processor; windows that close make one at once.",
     .apply = [](S& s, const T& text) { return set_span(s.checkpoint_period, text); }},

    {.section = "log",
     .name = "level",
     .type = "debug, info, warning or error",
     .default_text = "info",
     .example = "warning",
     .summary = "The least that is written to stderr.",
     .apply = [](S& s, const T& text) { return set_level(s.log_level, text); }},

    {.section = "limits",
     .name = "memory",
     .type = "size such as 1GiB",
     .default_text = "1GiB",
     .example = "512MiB",
     .summary = "Most memory of one processor, state and queues together; its tier may allow less.",
     .apply = [](S& s, const T& text) { return set_size(s.memory_bytes, text); }},
    {.section = "limits",
     .name = "connections",
     .type = "number",
     .default_text = "2000",
     .example = "500",
     .summary = "Most client connections at a time.",
     .apply = [](S& s, const T& text) { return set_count(s.connections_max, text); }},
    {.section = "limits",
     .name = "connections_per_address",
     .type = "number",
     .default_text = "1500",
     .example = "100",
     .summary = "Most client connections from one address at a time.",
     .apply = [](S& s, const T& text) { return set_count(s.connections_per_address_max, text); }},
    {.section = "limits",
     .name = "idle_time",
     .type = "time such as 60m",
     .default_text = "60m",
     .example = "10m",
     .summary = "A client connection without a request for so long is closed.",
     .apply = [](S& s, const T& text) { return set_span(s.idle_time, text); }},

    {.section = "clusters",
     .name = "NAME",
     .type = "uri",
     .example = "mongodb://user:password@db.example.net/",
     .summary = "Where the cluster is that connections call clusterName NAME. A cluster that is neither here nor has a "
                "uri of its own is in the embedded store.",
     .secret = true},
};

std::vector<std::string_view> section_names() {
  std::vector<std::string_view> names;
  for (const Setting& row : kSettings) {
    if (names.empty() || names.back() != row.section) names.push_back(row.section);
  }
  return names;
}

std::string upper(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? c - 32 : c; });
  return result;
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
  return result;
}

Error unknown(const GivenSetting& given, std::string_view section, std::string_view name) {
  const std::vector<std::string_view> sections = section_names();
  const std::string at = given.origin.empty() ? "" : given.origin + ": ";
  if (std::find(sections.begin(), sections.end(), section) == sections.end()) {
    return Error(given.blame, "{}there is no section \"{}\" of settings.{}", at, section,
                 did_you_mean(section, sections));
  }
  std::vector<std::string_view> names;
  for (const Setting& row : kSettings) {
    if (row.section == section) names.push_back(row.name);
  }
  return Error(given.blame, "{}there is no setting \"{}\" in [{}].{}", at, name, section, did_you_mean(name, names));
}

Result<void> add_cluster(Settings& settings, const GivenSetting& given, std::string_view name) {
  const bool is_uri = given.text.starts_with("mongodb://") || given.text.starts_with("mongodb+srv://");
  if (!is_uri || name.empty()) {
    return Error(given.blame, "{}: {} takes a uri that begins with mongodb:// or mongodb+srv://", given.origin,
                 given.key);
  }
  settings.clusters.insert_or_assign(std::string(name), given.text);
  return {};
}

Result<void> apply(Settings& settings, const GivenSetting& given) {
  const size_t dot = given.key.find('.');
  const std::string_view section = std::string_view(given.key).substr(0, dot);
  const std::string_view name = dot == std::string::npos ? "" : std::string_view(given.key).substr(dot + 1);
  if (section == "clusters") return add_cluster(settings, given, name);
  for (const Setting& row : kSettings) {
    if (row.section != section || row.name != name) continue;
    auto applied = row.apply(settings, given.text);
    if (applied.ok()) return applied;
    return Error(given.blame, "{}{}: {}", given.origin.empty() ? "" : given.origin + ": ", given.key,
                 applied.error().message());
  }
  return unknown(given, section, name);
}

}  // namespace

std::span<const Setting> setting_catalog() { return kSettings; }

std::string environment_name(const Setting& setting) {
  const std::string name = setting.section == "clusters" ? std::string(setting.name) : upper(setting.name);
  return fmt::format("PENSTOCK_{}_{}", upper(setting.section), name);
}

std::vector<GivenSetting> settings_of_environment(std::span<const EnvironmentVariable> variables) {
  std::vector<GivenSetting> given;
  for (const std::string_view section : section_names()) {
    const std::string prefix = fmt::format("PENSTOCK_{}_", upper(section));
    for (const auto& [name, value] : variables) {
      if (!name.starts_with(prefix)) continue;
      const std::string rest = name.substr(prefix.size());
      given.push_back({.key = fmt::format("{}.{}", section, section == "clusters" ? rest : lower(rest)),
                       .text = value,
                       .origin = name});
    }
  }
  return given;
}

Result<Settings> make_settings(std::span<const GivenSetting> given) {
  Settings settings;
  settings.data_folder = default_data_folder();
  for (const GivenSetting& one : given)
    PS_TRY(apply(settings, one));
  return settings;
}

}  // namespace penstock

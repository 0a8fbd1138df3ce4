// SPDX-License-Identifier: Apache-2.0
// What `penstock serve` can be told, and the catalog of it: one row a setting (architecture 5). From a row follow the
// key in penstock.toml, the environment variable, the checks, "did you mean", and the reference page.
//
//   defaults < penstock.toml < environment (PENSTOCK_NET_WIRE_PORT) < flags (--wire)
//
// All values arrive as text with the place they came from; the row turns the text into a member of Settings.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/listen_address.h"
#include "base/clock.h"
#include "base/log.h"

namespace penstock {

struct Settings {
  ListenAddress wire{"127.0.0.1", 27027};
  ListenAddress http{"127.0.0.1", 8427};
  std::string public_host;              // "": the host of `wire`, or the machine's name when that is every address.
  std::vector<std::string> http_hosts;  // More names in Host of an HTTP request (security S06).
  std::string tls_cert_file;            // PEM: certificate chain and key. "": no TLS.
  std::string tls_ca_file;              // PEM; "": clients trust the certificate by what their system knows.
  bool allow_plaintext = false;         // Wider than loopback without TLS (security S03).
  std::string data_folder;
  std::string workspace = "default";
  std::string connections_file;  // "": none.
  Duration checkpoint_period{5000};
  LogLevel log_level = LogLevel::kInfo;
  size_t memory_bytes = size_t{1} << 30;
  size_t connections_max = 2000;
  size_t connections_per_address_max = 1500;
  Duration idle_time{3'600'000};
  std::map<std::string, std::string> clusters;  // clusterName -> uri; holds passwords.
};

struct Setting {
  std::string_view section;
  std::string_view name;
  std::string_view type;          // What may be written: "port", "file", "size such as 1GiB".
  std::string_view default_text;  // As it would be written; "": none.
  std::string_view example;
  std::string_view summary;
  std::string_view flag;  // Of `serve`; "": it has none.
  bool secret = false;    // Its value is in no message.
  // Errors say what is wrong with the text; the caller puts key and place before it. Null: any name ([clusters]).
  Result<void> (*apply)(Settings& settings, const std::string& text) = nullptr;
};

// By section, in the order of a person reading them.
std::span<const Setting> setting_catalog();
// "PENSTOCK_NET_WIRE_PORT"
std::string environment_name(const Setting& setting);

// A value that somebody gave.
struct GivenSetting {
  std::string key;  // "net.wire_port", "clusters.Cluster0"
  std::string text;
  std::string origin;                               // "penstock.toml:3:8", "environment", "--wire"; "" says nothing.
  ErrorCode blame = ErrorCode::kInvalidDefinition;  // kUsage for flags: chooses the exit code.
};

// The values of a configuration file. Errors with file, line and column: syntax, values that are no text, number or
// truth value, keys that are nested deeper than section and name.
Result<std::vector<GivenSetting>> settings_of_file(std::string_view text, std::string_view file_name);
// Variables that begin with PENSTOCK_ and the name of a section; all others are not ours.
using EnvironmentVariable = std::pair<std::string, std::string>;
std::vector<GivenSetting> settings_of_environment(std::span<const EnvironmentVariable> variables);

// Defaults, then `given` in its order: the last one wins. Unknown sections and names are errors with "did you mean".
Result<Settings> make_settings(std::span<const GivenSetting> given);

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
// What a person types to reach a server, and what `serve` says when it is there.
#pragma once

#include <string>

#include "app/settings.h"

namespace penstock {

struct ConnectTarget {
  std::string host;  // As clients call it.
  uint16_t port = 27027;
  bool tls = false;
  std::string ca_file;   // "": a public authority.
  std::string username;  // "": the server has no users.
};

// mongosh "mongodb://127.0.0.1:27027/" --tls --tlsCAFile ca.pem --authenticationDatabase admin --username NAME
std::string connect_line(const ConnectTarget& target);

// A workspace that is not the default one is chosen by its name as the first part of the host name, which takes TLS
// (reference A1.1): "orders.example.net". On this machine "orders.localhost".
std::string host_of_workspace(std::string_view workspace, std::string_view server_host);

struct StartFacts {
  std::string version;
  uint16_t wire_port = 0;  // Those in use; the settings may say 0.
  uint16_t http_port = 0;
  std::string machine_name;
  std::string username;  // Of one who may do everything; "": there are no users.
  size_t processors_resumed = 0;
};

// How clients reach a server with these settings.
ConnectTarget connect_target(const Settings& settings, const StartFacts& facts);
// Several lines, each with its newline.
std::string start_message(const Settings& settings, const StartFacts& facts);

// `text` for a POSIX shell: quoted if it must be.
std::string shell_word(std::string_view text);

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
// The server and the commands that talk to it, one function each: options in, exit code out. Data goes to stdout,
// messages to stderr.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/server_session.h"
#include "app/settings.h"

namespace penstock {

struct ServeOptions {
  std::string config;               // penstock.toml; "": none.
  std::vector<GivenSetting> flags;  // As given, each with its flag as origin.
};
int serve_command(const ServeOptions& options);

struct ProcessorOptions {
  ServerOptions server;
  std::string name;
  std::string file;    // A definition.
  std::string rename;  // modify: the new name.
  std::string tier;
  bool fresh = false;    // start, modify: the checkpoint is forgotten.
  bool start = false;    // create: and start it.
  bool verbose = false;  // stats: with every stage and partition.
  bool watch = false;    // stats: a line a second.
  uint64_t count = 0;    // sample: so many documents; 0: until Ctrl-C.
};
int processor_list_command(const ProcessorOptions& options);
int processor_get_command(const ProcessorOptions& options);
int processor_create_command(const ProcessorOptions& options);
int processor_start_command(const ProcessorOptions& options);
int processor_stop_command(const ProcessorOptions& options);
int processor_drop_command(const ProcessorOptions& options);
int processor_stats_command(const ProcessorOptions& options);
int processor_sample_command(const ProcessorOptions& options);
int processor_modify_command(const ProcessorOptions& options);

struct ConnectionOptions {
  ServerOptions server;
  std::string name;
  std::string file;  // One connection, or an array of them.
  bool replace = false;
};
int connection_list_command(const ConnectionOptions& options);
int connection_get_command(const ConnectionOptions& options);
int connection_create_command(const ConnectionOptions& options);
int connection_delete_command(const ConnectionOptions& options);
int connection_test_command(const ConnectionOptions& options);

struct WorkspaceOptions {
  ServerOptions server;
  std::string name;  // get: "" is the one that the server takes this client to.
};
int workspace_list_command(const WorkspaceOptions& options);
int workspace_get_command(const WorkspaceOptions& options);
int workspace_create_command(const WorkspaceOptions& options);
int workspace_delete_command(const WorkspaceOptions& options);

// On the data folder while no server has it, else through the server.
struct UserOptions {
  ServerOptions server;
  std::string data;  // "": PENSTOCK_STORAGE_DATA or the default data folder.
  std::string name;
  std::vector<std::string> roles;
  std::string new_password_file;  // "-": stdin; "": the terminal.
};
int user_list_command(const UserOptions& options);
int user_create_command(const UserOptions& options);
int user_delete_command(const UserOptions& options);

struct CertOptions {
  std::vector<std::string> hosts;
  std::string folder = "penstock-certificates";
};
int cert_create_command(const CertOptions& options);

}  // namespace penstock

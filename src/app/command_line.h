// SPDX-License-Identifier: Apache-2.0
// The two halves of the command line; both speak CLI11, which is included by their .cc files only.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace penstock {

// serve, processor, connection, workspace, user, cert. A command that is called leaves its exit code in `exit_code`.
void add_server_commands(CLI::App& app, int& exit_code);
// run, check, explain, datagen, find, demo.
void add_local_commands(CLI::App& app, int& exit_code);

}  // namespace penstock

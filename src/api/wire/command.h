// SPDX-License-Identifier: Apache-2.0
// The catalog of wire commands: one row each (architecture 5). From a row follow dispatch, the right it needs,
// `listCommands`, the reference page. A command translates: reads its fields, makes one call into control or docstore,
// formats what comes back.
//
// Fields that may ride on any command (lsid, $clusterTime, $readPreference, readConcern, writeConcern, apiVersion,
// comment, maxTimeMS, ...: control-plane A1.2) are never looked at by a command.
// Thread: workers; one command of a connection at a time, so a Session needs no lock.
#pragma once

#include <span>
#include <string_view>

#include "api/auth/accounts.h"
#include "api/wire/message.h"
#include "api/wire/server_state.h"
#include "api/wire/session.h"
#include "base/log.h"
#include "control/control.h"

namespace penstock {

struct CommandCall {
  std::string_view name;  // As in the catalog.
  Document command;       // The whole body; its first element is the command. Validated BSON.
  std::string_view db;    // "$db", or of the namespace of OP_QUERY.
  std::span<const DocumentSequence> sequences;
  Session& session;
};

class CursorRegistry;

// What commands work on; all outlive every call.
struct CommandContext {
  Control& control;
  CursorRegistry& cursors;
  const Clock& clock;
  Random& random;
  Logger& log;
  Accounts& accounts;  // Control's users.
  ServerState& server;
};

struct Command {
  std::string_view name;  // "find"
  std::string_view summary;
  // The right it needs: an action of control-plane C1, or "find", "insert", ... ; "": any user that has logged in.
  std::string_view action;
  bool before_login = false;  // Allowed to anybody (security S10).
  bool hidden = false;        // Not in listCommands: other spellings.
  // The reply without `ok`, which the caller adds as 1.0 at its end. Errors become {ok: 0, errmsg, code, codeName}.
  Result<OwnedDocument> (*run)(const CommandCall& call, CommandContext& context) = nullptr;
};

// All rows, sorted by name. Explicit list of families in catalog.cc.
std::span<const Command* const> all_commands();
const Command* find_command(std::string_view name);

// "0.1.0", of this program.
std::string_view penstock_version();

// Families, each in a file of its own.
std::span<const Command> session_commands();     // hello, ping, buildInfo, ...
std::span<const Command> server_commands();      // buildInfo, hostInfo, serverStatus, getParameter, ...
std::span<const Command> login_commands();       // saslStart, saslContinue, authenticate, logout, connectionStatus
std::span<const Command> processor_commands();   // what `sp` sends
std::span<const Command> read_commands();        // find, aggregate, getMore, killCursors, count, distinct
std::span<const Command> write_commands();       // insert, update, delete, findAndModify
std::span<const Command> collection_commands();  // create, drop, createIndexes, listIndexes, listCollections, ...
std::span<const Command> user_commands();        // createUser, dropUser, usersInfo
std::span<const Command> admin_commands();  // penstock's own: what its command line sends (connections, workspaces)

}  // namespace penstock

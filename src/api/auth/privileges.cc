// SPDX-License-Identifier: Apache-2.0
#include "api/auth/privileges.h"

#include <algorithm>

namespace penstock {
namespace {

// The least role that grants it; each role grants what those before it grant.
enum class Least { kRead, kWrite, kAdmin };

struct Row {
  std::string_view action;
  Least least;
  bool stream = false;
};

// Sorted by name.
constexpr Row kRows[] = {
    {"collMod", Least::kWrite},
    {"collStats", Least::kRead},
    {"convertToCapped", Least::kWrite},
    {"createCollection", Least::kWrite},
    {"createIndex", Least::kWrite},
    {"createStreamProcessor", Least::kWrite, true},
    {"createUser", Least::kAdmin},
    {"dbHash", Least::kRead},
    {"dbStats", Least::kRead},
    {"dropCollection", Least::kWrite},
    {"dropDatabase", Least::kAdmin},
    {"dropIndex", Least::kWrite},
    {"dropStreamProcessor", Least::kWrite, true},
    {"dropUser", Least::kAdmin},
    {"find", Least::kRead},
    {"getParameter", Least::kRead},
    {"getStreamProcessor", Least::kRead, true},
    {"grantRole", Least::kAdmin},
    {"hostInfo", Least::kAdmin},
    {"insert", Least::kWrite},
    {"killCursors", Least::kRead},
    {"listCollections", Least::kRead},
    {"listConnections", Least::kRead, true},  // The older name of listStreamConnections.
    {"listDatabases", Least::kRead},
    {"listIndexes", Least::kRead},
    {"listStreamConnections", Least::kRead, true},
    {"listStreamProcessors", Least::kRead, true},
    {"modifyStreamProcessor", Least::kWrite, true},
    {"penstockAdmin", Least::kAdmin, true},  // Connections and workspaces, by our own command line.
    {"processStreamProcessor", Least::kWrite, true},
    {"remove", Least::kWrite},
    {"renameCollection", Least::kWrite},
    {"revokeRole", Least::kAdmin},
    {"sampleStreamProcessor", Least::kWrite, true},
    {"serverStatus", Least::kAdmin},
    {"startStreamProcessor", Least::kWrite, true},
    {"stopStreamProcessor", Least::kWrite, true},
    {"streamProcessorStats", Least::kRead, true},
    {"update", Least::kWrite},
    {"validate", Least::kRead},
    {"viewUser", Least::kAdmin},
};
static_assert(std::ranges::is_sorted(kRows, {}, &Row::action));

const Row* row_of(std::string_view action) {
  const Row* row = std::ranges::lower_bound(kRows, action, {}, &Row::action);
  return row != std::end(kRows) && row->action == action ? row : nullptr;
}

Least least_for(Role role) {
  switch (role) {
    case Role::kAtlasAdmin: return Least::kAdmin;
    case Role::kReadWriteAnyDatabase: return Least::kWrite;
    case Role::kReadAnyDatabase: return Least::kRead;
  }
  return Least::kRead;
}

}  // namespace

bool grants(std::span<const Role> roles, std::string_view action) {
  const Row* row = row_of(action);
  return std::ranges::any_of(
      roles, [&](Role role) { return role == Role::kAtlasAdmin || (row != nullptr && least_for(role) >= row->least); });
}

bool is_action(std::string_view action) { return row_of(action) != nullptr; }

bool is_stream_action(std::string_view action) {
  const Row* row = row_of(action);
  return row != nullptr && row->stream;
}

std::vector<std::string_view> granted_actions(std::span<const Role> roles) {
  std::vector<std::string_view> actions;
  for (const Row& row : kRows) {
    if (grants(roles, row.action)) actions.push_back(row.action);
  }
  return actions;
}

}  // namespace penstock

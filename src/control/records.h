// SPDX-License-Identifier: Apache-2.0
// What the catalog keeps, as plain values: workspaces, their connections and processors, users.
// Names (reference control-plane 0): a workspace is what the Admin API calls tenant or instance.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "bson/document.h"
#include "dataflow/connection.h"

namespace penstock {

inline constexpr std::string_view kDefaultProject = "000000000000000000000001";
inline constexpr std::string_view kDefaultWorkspace = "default";

struct WorkspaceRecord {
  std::string id;  // 24 hexadecimal digits.
  std::string name;
  std::string default_tier = "SP10";
  std::string max_tier = "SP50";
  EventTime created;
};

// States of reference control-plane A8; name_of() gives "CREATED".
enum class ProcessorState { kCreated, kProvisioning, kStarted, kStopping, kStopped, kFailed };
std::string_view name_of(ProcessorState state);

// Why a processor failed, or cannot go on at the moment.
struct ProcessorTrouble {
  std::string message;  // "": none.
  int32_t code = 0;
  bool retryable = false;
};

// What a modify has decided about the state on disk; the next start does it, and may do it again after a crash.
enum class StateUse {
  kResume,  // It belongs to the definition.
  kAdopt,   // It was written under an older definition and fits the new one.
  kForget,  // Begin anew.
};

struct ProcessorRecord {
  std::string id;  // 24 hexadecimal digits; also names its state folder, so that a rename keeps the state.
  std::string name;
  OwnedDocument pipeline;  // The array as written, key order kept.
  OwnedDocument options;   // {dlq, streamMetaFieldName, ...} as written, without tier; empty when none were given.
  std::string tier;        // "": the workspace's default.
  std::optional<OwnedDocument> autoscaling;
  ProcessorState state = ProcessorState::kCreated;  // The last one that lasts: CREATED, STARTED, STOPPED or FAILED.
  ProcessorTrouble trouble;
  int32_t pipeline_version = 1;  // One more with each modify.
  bool has_started = false;
  std::string modified_by;
  EventTime last_modified;
  EventTime last_state_change;
  StateUse state_use = StateUse::kResume;
  bool sink_changed = false;  // Results go elsewhere than before: the new sink knows nothing of the state yet.
  bool dropping = false;      // A drop has begun: shown to nobody, finished when the catalog is opened.
};

enum class Role { kAtlasAdmin, kReadWriteAnyDatabase, kReadAnyDatabase };
std::string_view name_of(Role role);  // "atlasAdmin"
std::optional<Role> role_of(std::string_view name);

// What the server keeps of a password (RFC 5802, RFC 7677): never the password, nothing a client could log in with.
struct ScramCredential {
  int32_t iterations = 15000;
  std::string salt;        // 28 bytes.
  std::string stored_key;  // 32 bytes.
  std::string server_key;  // 32 bytes.
};

struct UserRecord {
  std::string name;  // In database "admin".
  std::vector<Role> roles;
  ScramCredential scram_sha_256;
  EventTime created;
};

}  // namespace penstock

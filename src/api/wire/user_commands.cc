// SPDX-License-Identifier: Apache-2.0
// Users, as mongosh's db.createUser(), db.dropUser(), db.getUsers() send them. Roles are the three of reference
// control-plane C1, and belong to database admin whatever the client says.
#include <algorithm>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "api/wire/command.h"

namespace penstock {
namespace {

constexpr std::string_view kRoles = "atlasAdmin, readWriteAnyDatabase, readAnyDatabase";

Error missing(std::string_view field) {
  return Error(ErrorCode::kMissingField, "BSON field '{}' is missing but a required field", field);
}

Result<std::string_view> name_in(const CommandCall& call) {
  Value name = (*call.command.begin()).value;
  if (name.is_string() && !name.as_string().empty()) return name.as_string();
  return Error(ErrorCode::kBadValue, "{}: the name of the user must be a string that is not empty", call.name);
}

// "atlasAdmin" or {role: "atlasAdmin", db: "admin"}.
Result<Role> read_role(Value value) {
  Value name = value.is_object() ? value.as_object().get("role") : value;
  if (!name.is_string()) {
    return Error(ErrorCode::kTypeMismatch, "a role must be a name or {{role, db}}, found {}", type_name(value.type()));
  }
  std::optional<Role> role = role_of(name.as_string());
  if (role) return *role;
  return Error(ErrorCode::kRoleNotFound, "Could not find role: {}@admin; there are {}", name.as_string().substr(0, 128),
               kRoles);
}

Result<std::vector<Role>> read_roles(const CommandCall& call) {
  Value value = call.command.get("roles");
  if (value.is_missing()) return missing(std::string(call.name) + ".roles");
  if (!value.is_array()) {
    return Error(ErrorCode::kTypeMismatch, "roles must be an array, found {}", type_name(value.type()));
  }
  std::vector<Role> roles;
  for (const Element& each : value.as_array()) {
    PS_TRY(Role role, read_role(each.value));
    if (std::ranges::count(roles, role) == 0) roles.push_back(role);
  }
  if (roles.empty()) return Error(ErrorCode::kBadValue, "must choose at least one role: {}", kRoles);
  return roles;
}

// What would be dropped silently is refused.
Result<void> check_options(const CommandCall& call) {
  for (std::string_view name : {"customData", "authenticationRestrictions"}) {
    Value value = call.command.get(name);
    bool empty = value.is_nullish() || ((value.is_object() || value.is_array()) && value.as_container().empty());
    if (!empty) return Error(ErrorCode::kCommandNotSupported, "{}: {} is not supported: leave it out", call.name, name);
  }
  if (Value digest = call.command.get("digestPassword"); !digest.is_nullish() && !is_true(digest)) {
    return Error(ErrorCode::kCommandNotSupported,
                 "{}: digestPassword: false is not supported: SCRAM-SHA-256 needs the "
                 "password itself",
                 call.name);
  }
  Value mechanisms = call.command.get("mechanisms");
  if (!mechanisms.is_array()) return {};
  for (const Element& each : mechanisms.as_array()) {
    if (each.value.is_string() && each.value.as_string() == "SCRAM-SHA-256") continue;
    return Error(ErrorCode::kBadValue, "{}: mechanisms: SCRAM-SHA-256 is the only one that is offered", call.name);
  }
  return {};
}

Result<OwnedDocument> create_user(const CommandCall& call, CommandContext& context) {
  PS_TRY(std::string_view name, name_in(call));
  PS_TRY(check_options(call));
  Value password = call.command.get("pwd");
  bool external = call.db == kExternalDb;
  if (external && !password.is_missing()) {
    return Error(ErrorCode::kBadValue, "createUser: a user of $external has no pwd: its certificate logs it in");
  }
  if (!external && password.is_missing()) return missing("createUser.pwd");
  if (!external && !password.is_string()) {
    return Error(ErrorCode::kTypeMismatch, "createUser: pwd must be a string, found {}", type_name(password.type()));
  }
  PS_TRY(std::vector<Role> roles, read_roles(call));
  std::lock_guard lock(context.server.users_mutex);
  if (!call.session.principal) {
    // Of several that want to be first, one is (security S05).
    PS_TRY(bool any, context.accounts.any());
    if (any) return Error(ErrorCode::kUnauthorized, "Command createUser requires authentication");
  }
  PS_TRY(context.accounts.create(call.db, name, external ? "" : password.as_string(), std::move(roles)));
  context.server.users_version++;
  context.log.info(
      "user {}@{} created by {}", name, call.db,
      call.session.principal ? call.session.who() : "nobody, as the first one from " + call.session.peer.address);
  return OwnedDocument();
}

Result<OwnedDocument> drop_user(const CommandCall& call, CommandContext& context) {
  PS_TRY(std::string_view name, name_in(call));
  std::lock_guard lock(context.server.users_mutex);
  PS_TRY(context.accounts.remove(call.db, name));
  context.server.users_version++;
  context.log.info("user {}@{} dropped by {}", name, call.db, call.session.who());
  return OwnedDocument();
}

struct Wanted {
  std::string_view db;
  std::string_view user;  // "": all of the database.
};

Result<Wanted> read_wanted(Value value, std::string_view db) {
  if (value.is_string()) return Wanted{db, value.as_string()};
  if (value.is_object()) {
    Value user = value.as_object().get("user"), of = value.as_object().get("db");
    if (user.is_string() && of.is_string()) return Wanted{of.as_string(), user.as_string()};
  }
  return Error(ErrorCode::kBadValue, "usersInfo: a user must be a name or {{user, db}}, found {}",
               type_name(value.type()));
}

// 1, "name", {user, db}, {forAllDBs: true}, or an array of names and {user, db}.
Result<std::vector<Wanted>> read_all_wanted(const CommandCall& call) {
  Value what = (*call.command.begin()).value;
  if (what.is_number()) return std::vector{Wanted{call.db, ""}};
  if (what.is_object() && is_true(what.as_object().get("forAllDBs"))) {
    return std::vector{Wanted{kAdminDb, ""}, Wanted{kExternalDb, ""}};
  }
  std::vector<Wanted> all;
  if (!what.is_array()) {
    PS_TRY(Wanted wanted, read_wanted(what, call.db));
    all.push_back(wanted);
    return all;
  }
  for (const Element& each : what.as_array()) {
    PS_TRY(Wanted wanted, read_wanted(each.value, call.db));
    all.push_back(wanted);
  }
  return all;
}

void append_user(const Account& account, std::string_view index, DocumentBuilder& reply) {
  size_t user = reply.begin_object(index);
  std::string id = account.db + "." + account.user;
  reply.append("_id", Value::string(id));
  reply.append("user", Value::string(account.user));
  reply.append("db", Value::string(account.db));
  size_t roles = reply.begin_array("roles");
  char scratch[12];
  uint32_t i = 0;
  for (Role role : account.roles) {
    size_t each = reply.begin_object(index_name(i++, scratch));
    reply.append("role", Value::string(name_of(role)));
    reply.append("db", Value::string(kAdminDb));
    reply.end(each);
  }
  reply.end(roles);
  size_t mechanisms = reply.begin_array("mechanisms");
  reply.append("0", Value::string(account.db == kExternalDb ? "external" : "SCRAM-SHA-256"));
  reply.end(mechanisms);
  reply.end(user);
}

Result<OwnedDocument> users_info(const CommandCall& call, CommandContext& context) {
  for (std::string_view name : {"showCredentials", "showAuthenticationRestrictions", "filter"}) {
    Value value = call.command.get(name);
    bool asked = value.is_object() ? !value.as_object().empty() : is_true(value);
    if (asked) return Error(ErrorCode::kCommandNotSupported, "usersInfo: {} is not supported: leave it out", name);
  }
  PS_TRY(std::vector<Wanted> wanted, read_all_wanted(call));
  PS_TRY(std::vector<Account> accounts, context.accounts.list());
  DocumentBuilder reply;
  size_t users = reply.begin_array("users");
  uint32_t count = 0;
  char scratch[12];
  for (const Account& account : accounts) {
    bool asked = std::ranges::any_of(wanted, [&](const Wanted& each) {
      return each.db == account.db && (each.user.empty() || each.user == account.user);
    });
    if (asked) append_user(account, index_name(count++, scratch), reply);
  }
  reply.end(users);
  return OwnedDocument(reply.take());
}

Result<OwnedDocument> unchangeable(const CommandCall& call, CommandContext&) {
  return Error(ErrorCode::kCommandNotSupported,
               "{} is not supported: a user is dropped and created again to change its password or roles", call.name);
}

constexpr Command kCommands[] = {
    {.name = "createUser", .summary = "Makes a user.", .action = "createUser", .run = create_user},
    {.name = "dropUser", .summary = "Removes a user.", .action = "dropUser", .run = drop_user},
    {.name = "grantRolesToUser",
     .summary = "Refused: drop and create the user.",
     .action = "grantRole",
     .hidden = true,
     .run = unchangeable},
    {.name = "revokeRolesFromUser",
     .summary = "Refused: drop and create the user.",
     .action = "revokeRole",
     .hidden = true,
     .run = unchangeable},
    {.name = "updateUser",
     .summary = "Refused: drop and create the user.",
     .action = "createUser",
     .hidden = true,
     .run = unchangeable},
    {.name = "usersInfo", .summary = "Users and their roles.", .action = "viewUser", .run = users_info},
};

}  // namespace

std::span<const Command> user_commands() { return kCommands; }

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
#include "api/wire/login.h"

namespace penstock {
namespace {

Result<OwnedDocument> sasl_start(const CommandCall& call, CommandContext& context) {
  return start_login(call.command, call.db, call.session, context);
}

Result<OwnedDocument> sasl_continue(const CommandCall& call, CommandContext& context) {
  return continue_login(call.command, call.session, context);
}

Result<OwnedDocument> authenticate(const CommandCall& call, CommandContext& context) {
  return login_by_certificate(call.command, call.db, call.session, context);
}

Result<OwnedDocument> logout(const CommandCall& call, CommandContext& context) {
  if (call.session.principal) {
    context.log.info("logout: user {} from {}", call.session.who(), call.session.peer.address);
  }
  call.session.principal.reset();
  call.session.conversation.reset();
  return OwnedDocument();
}

void append_privileges(const Session& session, DocumentBuilder& reply) {
  size_t all = reply.begin_array("authenticatedUserPrivileges");
  size_t first = reply.begin_object("0");
  size_t resource = reply.begin_object("resource");  // Every database, every collection.
  reply.append("db", Value::string(""));
  reply.append("collection", Value::string(""));
  reply.end(resource);
  size_t actions = reply.begin_array("actions");
  char scratch[12];
  uint32_t i = 0;
  for (std::string_view action : granted_actions(session.principal->roles))
    reply.append(index_name(i++, scratch), Value::string(action));
  reply.end(actions);
  reply.end(first);
  reply.end(all);
}

Result<OwnedDocument> connection_status(const CommandCall& call, CommandContext&) {
  const Session& session = call.session;
  DocumentBuilder reply;
  size_t info = reply.begin_object("authInfo");
  size_t users = reply.begin_array("authenticatedUsers");
  if (session.principal) {
    size_t user = reply.begin_object("0");
    reply.append("user", Value::string(session.principal->user));
    reply.append("db", Value::string(session.principal->db));
    reply.end(user);
  }
  reply.end(users);
  size_t roles = reply.begin_array("authenticatedUserRoles");
  uint32_t i = 0;
  char scratch[12];
  for (Role role : session.principal ? session.principal->roles : std::vector<Role>()) {
    size_t each = reply.begin_object(index_name(i++, scratch));
    reply.append("role", Value::string(name_of(role)));
    reply.append("db", Value::string(kAdminDb));
    reply.end(each);
  }
  reply.end(roles);
  if (is_true(call.command.get("showPrivileges"))) {
    if (session.principal) {
      append_privileges(session, reply);
    } else {
      reply.end(reply.begin_array("authenticatedUserPrivileges"));
    }
  }
  reply.end(info);
  return OwnedDocument(reply.take());
}

constexpr Command kCommands[] = {
    {.name = "authenticate",
     .summary = "Logs in by the client certificate (MONGODB-X509).",
     .before_login = true,
     .run = authenticate},
    {.name = "connectionStatus", .summary = "Who has logged in, and what they may do.", .run = connection_status},
    {.name = "logout", .summary = "Ends the login of this connection.", .before_login = true, .run = logout},
    {.name = "saslContinue", .summary = "Goes on with a login.", .before_login = true, .run = sasl_continue},
    {.name = "saslStart", .summary = "Begins a login (SCRAM-SHA-256).", .before_login = true, .run = sasl_start},
};

}  // namespace

std::span<const Command> login_commands() { return kCommands; }

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
#include "api/wire/dispatch.h"

#include <algorithm>
#include <string>

#include "api/wire/login.h"

namespace penstock {
namespace {

constexpr size_t kReplyBytesMax = kDocumentBytesMax + 16 * 1024;

// An absolute path, also within quotes or brackets, becomes "(file)".
std::string without_paths(std::string_view text) {
  constexpr std::string_view kBefore = " \t\n\"'`([{<=:,";
  constexpr std::string_view kEnd = " \t\n\"'`)]}>,;";
  std::string clean;
  for (size_t i = 0; i < text.size();) {
    bool begins = text[i] == '/' && (i == 0 || kBefore.find(text[i - 1]) != kBefore.npos) && i + 1 < text.size() &&
                  text[i + 1] != '/' && kEnd.find(text[i + 1]) == kEnd.npos;  // "//" is that of an address.
    if (!begins) {
      clean += text[i++];
      continue;
    }
    clean += "(file)";
    i = std::min(text.find_first_of(kEnd, i), text.size());
    if (text[i - 1] == ':') clean += ':';  // "/a/b: no such file"
  }
  return clean;
}

// Errors that may speak of the machine.
bool is_of_machine(ErrorCode code) { return code == ErrorCode::kInternalError || client_code(code) != code; }

std::string resource_of(const Command& command, const CommandCall& call) {
  if (is_stream_action(command.action)) return fmt::format("{{ workspace: \"{}\" }}", call.session.workspace);
  Value target = (*call.command.begin()).value;
  return fmt::format("{{ db: \"{}\", collection: \"{}\" }}", call.db, target.is_string() ? target.as_string() : "");
}

Result<void> authorize(const Command& command, const CommandCall& call) {
  const Session& session = call.session;
  if (command.before_login || session.may(command.action)) return {};
  if (session.is_unknown()) {
    if (session.may_create_user && command.name == "createUser") return {};
    return Error(ErrorCode::kUnauthorized, "Command {} requires authentication", command.name);
  }
  return Error(ErrorCode::kUnauthorized, "not authorized: missing privilege for action {} on resource {}",
               command.action, resource_of(command, call));
}

// To answer a part of a transaction as if it were none would be wrong.
Result<void> check_transaction(Document body) {
  Value autocommit = body.get("autocommit");
  if (autocommit.is_missing()) return {};
  return Error(
      ErrorCode::kIllegalOperation,
      "Transaction numbers are only allowed on a replica set member or mongos: there are no transactions here");
}

Result<OwnedDocument> run(const Request& request, Session& session, CommandContext& context,
                          const Command* (*find)(std::string_view)) {
  PS_TRY(refresh(session, context));
  std::string_view name = request.body.empty() ? std::string_view() : (*request.body.begin()).name;
  const Command* command = find(name);
  if (command == nullptr) {
    return Error(ErrorCode::kCommandNotFound, "no such command: '{}'", name.substr(0, 128));
  }
  CommandCall call{command->name, request.body, request.db, request.sequences, session};
  PS_TRY(authorize(*command, call));
  PS_TRY(check_transaction(request.body));
  PS_TRY(OwnedDocument reply, command->run(call, context));
  if (reply.bytes().size() > kReplyBytesMax) {
    return Error(ErrorCode::kBsonObjectTooLarge, "the reply to {} would have {} bytes, {} is the limit", command->name,
                 reply.bytes().size(), kReplyBytesMax);
  }
  return reply;
}

}  // namespace

OwnedDocument error_reply(const Error& error) {
  ErrorCode code = client_code(error.code());
  std::string message = is_of_machine(error.code()) ? without_paths(error.message()) : error.message();
  if (!error.path().empty()) message = error.path() + ": " + message;
  std::string name = error_code_name(code);
  DocumentBuilder reply;
  reply.append("ok", Value::number(0));
  reply.append("errmsg", Value::string(message));
  reply.append("code", Value::int32(static_cast<int32_t>(code)));
  reply.append("codeName", Value::string(name));
  return OwnedDocument(reply.take());
}

OwnedDocument answer(const Request& request, Session& session, CommandContext& context,
                     const Command* (*find)(std::string_view)) {
  context.server.requests++;
  Result<OwnedDocument> reply = run(request, session, context, find);
  if (!reply.ok()) {
    const Error& error = reply.error();
    if (is_of_machine(error.code())) context.log.warning("a command failed: {}", error.message());
    return error_reply(error);
  }
  DocumentBuilder whole;
  whole.append_all(*reply);
  whole.append("ok", Value::number(1));
  return OwnedDocument(whole.take());
}

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
// What clients say to keep a connection and their sessions. Logical sessions hold nothing here: there are no
// transactions, and cursors live by themselves.
#include <cstring>

#include "api/wire/hello.h"

namespace penstock {
namespace {

constexpr int32_t kSessionMinutes = 30;

Result<OwnedDocument> nothing(const CommandCall&, CommandContext&) { return OwnedDocument(); }

Result<OwnedDocument> start_session(const CommandCall&, CommandContext& context) {
  // A random UUID (RFC 9562, version 4).
  char id[16];
  for (size_t i = 0; i < sizeof id; i += 8) {
    uint64_t word = context.random.next();
    std::memcpy(id + i, &word, sizeof word);
  }
  id[6] = static_cast<char>((id[6] & 0x0F) | 0x40);
  id[8] = static_cast<char>((id[8] & 0x3F) | 0x80);
  DocumentBuilder reply;
  size_t object = reply.begin_object("id");
  reply.append("id", Value::bin_data(4, {id, sizeof id}));
  reply.end(object);
  reply.append("timeoutMinutes", Value::int32(kSessionMinutes));
  return OwnedDocument(reply.take());
}

Result<OwnedDocument> whats_my_uri(const CommandCall& call, CommandContext&) {
  DocumentBuilder reply;
  reply.append("you", Value::string(call.session.peer.address));
  return OwnedDocument(reply.take());
}

constexpr Command kCommands[] = {
    {.name = "endSessions", .summary = "Ends logical sessions.", .before_login = true, .run = nothing},
    {.name = "hello", .summary = "The handshake.", .before_login = true, .run = hello},
    {.name = "isMaster", .summary = "The handshake of older clients.", .before_login = true, .run = hello},
    {.name = "ismaster",
     .summary = "The handshake of older clients.",
     .before_login = true,
     .hidden = true,
     .run = hello},
    {.name = "killSessions", .summary = "Ends logical sessions.", .before_login = true, .run = nothing},
    {.name = "ping", .summary = "Answers.", .before_login = true, .run = nothing},
    {.name = "refreshSessions", .summary = "Keeps logical sessions.", .run = nothing},
    {.name = "startSession", .summary = "Gives the id of a new logical session.", .run = start_session},
    {.name = "whatsmyuri", .summary = "The address that the client comes from.", .run = whats_my_uri},
};

}  // namespace

std::span<const Command> session_commands() { return kCommands; }

}  // namespace penstock

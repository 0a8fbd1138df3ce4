// SPDX-License-Identifier: Apache-2.0
// The rows of insert, update, delete and findAndModify.
#include "api/wire/write_replies.h"

namespace penstock {
namespace {

fields::Request request_of(const CommandCall& call) { return {call.command, call.db, call.sequences}; }

Result<OwnedDocument> run_insert(const CommandCall& call, CommandContext& context) {
  return reply_to_insert(*context.control.store(), request_of(call), context.random);
}
Result<OwnedDocument> run_update(const CommandCall& call, CommandContext& context) {
  return reply_to_update(*context.control.store(), request_of(call), context.random);
}
Result<OwnedDocument> run_delete(const CommandCall& call, CommandContext& context) {
  return reply_to_delete(*context.control.store(), request_of(call));
}
Result<OwnedDocument> run_find_and_modify(const CommandCall& call, CommandContext& context) {
  return reply_to_find_and_modify(*context.control.store(), request_of(call), context.random);
}

constexpr std::string_view kFindAndModify = "Changes or removes one document of the embedded store and returns it.";

constexpr Command kWriteCommands[] = {
    {.name = "delete",
     .summary = "Removes documents from a collection of the embedded store.",
     .action = "remove",
     .run = run_delete},
    {.name = "findAndModify", .summary = kFindAndModify, .action = "update", .run = run_find_and_modify},
    {.name = "findandmodify",
     .summary = kFindAndModify,
     .action = "update",
     .hidden = true,
     .run = run_find_and_modify},
    {.name = "insert",
     .summary = "Adds documents to a collection of the embedded store.",
     .action = "insert",
     .run = run_insert},
    {.name = "update",
     .summary = "Changes documents of a collection of the embedded store.",
     .action = "update",
     .run = run_update},
};

}  // namespace

std::span<const Command> write_commands() { return kWriteCommands; }

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
// The rows of the commands about collections, indexes and databases.
#include "api/wire/collection_replies.h"

namespace penstock {
namespace {

fields::Request request_of(const CommandCall& call) { return {call.command, call.db, call.sequences}; }

// From a reply that needs a store to what a row calls.
template <Result<OwnedDocument> (*kReply)(DocStore&, const fields::Request&)>
Result<OwnedDocument> change(const CommandCall& call, CommandContext& context) {
  return kReply(*context.control.store(), request_of(call));
}
template <Result<OwnedDocument> (*kReply)(const DocStore&, const fields::Request&)>
Result<OwnedDocument> look(const CommandCall& call, CommandContext& context) {
  return kReply(*context.control.store(), request_of(call));
}

Result<OwnedDocument> run_create_indexes(const CommandCall& call, CommandContext& context) {
  return reply_to_create_indexes(*context.control.store(), request_of(call), context.random);
}

Result<OwnedDocument> refuse_coll_mod(const CommandCall&, CommandContext&) { return fields::not_supported("collMod"); }

constexpr std::string_view kDropIndexes = "Drops indexes of a collection: by name, by key, or \"*\".";

constexpr Command kCollectionCommands[] = {
    {.name = "collMod", .summary = "Not supported.", .action = "collMod", .run = refuse_coll_mod},
    {.name = "collStats",
     .summary = "Number and size of a collection's documents.",
     .action = "collStats",
     .run = look<reply_to_coll_stats>},
    {.name = "collstats",
     .summary = "collStats",
     .action = "collStats",
     .hidden = true,
     .run = look<reply_to_coll_stats>},
    {.name = "create", .summary = "Makes a collection.", .action = "createCollection", .run = change<reply_to_create>},
    {.name = "createIndexes",
     .summary = "Makes indexes of a collection: unique ones are enforced, queries do not use them yet.",
     .action = "createIndex",
     .run = run_create_indexes},
    {.name = "dbStats",
     .summary = "Number and size of a database's documents.",
     .action = "dbStats",
     .run = look<reply_to_db_stats>},
    {.name = "dbstats", .summary = "dbStats", .action = "dbStats", .hidden = true, .run = look<reply_to_db_stats>},
    {.name = "deleteIndexes",
     .summary = kDropIndexes,
     .action = "dropIndex",
     .hidden = true,
     .run = change<reply_to_drop_indexes>},
    {.name = "drop", .summary = "Drops a collection.", .action = "dropCollection", .run = change<reply_to_drop>},
    {.name = "dropDatabase",
     .summary = "Drops all collections of a database.",
     .action = "dropDatabase",
     .run = change<reply_to_drop_database>},
    {.name = "dropIndexes", .summary = kDropIndexes, .action = "dropIndex", .run = change<reply_to_drop_indexes>},
    {.name = "listCollections",
     .summary = "The collections of a database.",
     .action = "listCollections",
     .run = look<reply_to_list_collections>},
    {.name = "listDatabases",
     .summary = "The databases of the embedded store.",
     .action = "listDatabases",
     .run = look<reply_to_list_databases>},
    {.name = "listIndexes",
     .summary = "The indexes of a collection.",
     .action = "listIndexes",
     .run = look<reply_to_list_indexes>},
    {.name = "renameCollection",
     .summary = "Gives a collection another name.",
     .action = "renameCollection",
     .run = change<reply_to_rename_collection>},
    {.name = "validate",
     .summary = "Checks every document of a collection and its keys.",
     .action = "validate",
     .run = look<reply_to_validate>},
};

}  // namespace

std::span<const Command> collection_commands() { return kCollectionCommands; }

}  // namespace penstock

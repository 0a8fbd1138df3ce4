// SPDX-License-Identifier: Apache-2.0
// The commands that read the embedded store: find, aggregate, getMore, killCursors, count, distinct.
#include "api/wire/command.h"
#include "api/wire/cursor_registry.h"
#include "api/wire/read_requests.h"
#include "api/wire/result_batches.h"
#include "docstore/query_run.h"

namespace penstock {
namespace {

std::string namespace_text(std::string_view db, std::string_view coll) { return fmt::format("{}.{}", db, coll); }

// {cursor: {firstBatch, id, ns}}; what is left stays open under the id.
Result<OwnedDocument> first_reply(const CommandCall& call, CommandContext& context, const std::string& ns,
                                  std::unique_ptr<ResultStream> results, std::optional<uint64_t> batch_size,
                                  bool single_batch) {
  DocumentBuilder reply;
  const size_t mark = reply.begin_object("cursor");
  PS_TRY(const bool more, write_batch(results, "firstBatch", batch_size.value_or(kFirstBatchDocuments), reply));
  int64_t id = 0;
  if (more && !single_batch) {
    OpenCursor cursor{.ns = ns, .user = call.session.who(), .connection_id = call.session.connection_id};
    cursor.results = std::move(results);
    PS_TRY(id, context.cursors.keep(std::move(cursor)));
  }
  reply.append("id", Value::int64(id));
  reply.append("ns", Value::string(ns));
  reply.end(mark);
  return OwnedDocument(reply.take());
}

Result<OwnedDocument> run_find(const CommandCall& call, CommandContext& context) {
  PS_TRY(const FindCommand command, parse_find_command(call.command, call.db));
  PS_TRY(auto results, find(context.control.store(), command.request));
  return first_reply(call, context, namespace_text(call.db, command.request.coll), std::move(results),
                     command.batch_size, command.single_batch);
}

// Reading is what the catalog asks for; a pipeline that ends in $out or $merge writes.
Result<void> authorize_writing(const CommandCall& call, Document pipeline) {
  bool writes = false;
  for (const Element& stage : pipeline) {
    if (!stage.value.is_object()) continue;
    writes |= stage.value.as_object().has("$out") || stage.value.as_object().has("$merge");
  }
  if (!writes || (call.session.may("insert") && call.session.may("update"))) return {};
  return Error(ErrorCode::kUnauthorized,
               "not authorized: missing privilege for action insert on resource {{ db: \"{}\" }}: the pipeline writes",
               call.db);
}

Result<OwnedDocument> run_aggregate(const CommandCall& call, CommandContext& context) {
  PS_TRY(const AggregateCommand command, parse_aggregate_command(call.command, call.db));
  PS_TRY(authorize_writing(call, command.request.pipeline));
  PS_TRY(auto results, aggregate(context.control.store(), command.request, context.random));
  const std::string& coll = command.request.coll;
  return first_reply(call, context, namespace_text(call.db, coll.empty() ? "$cmd.aggregate" : coll), std::move(results),
                     command.batch_size, false);
}

Result<OwnedDocument> run_get_more(const CommandCall& call, CommandContext& context) {
  PS_TRY(const GetMoreCommand command, parse_get_more_command(call.command));
  PS_TRY(OpenCursor cursor, context.cursors.take(command.id, call.session.who()));
  const std::string ns = namespace_text(call.db, command.coll);
  if (cursor.ns != ns || cursor.results == nullptr) {
    Error refused(ErrorCode::kUnauthorized,
                  "Requested getMore on namespace '{}', but cursor belongs to a different namespace {}", ns, cursor.ns);
    context.cursors.put_back(std::move(cursor));
    return refused;
  }
  DocumentBuilder reply;
  const size_t mark = reply.begin_object("cursor");
  PS_TRY(const bool more, write_batch(cursor.results, "nextBatch", command.batch_size.value_or(UINT64_MAX), reply));
  reply.append("id", Value::int64(more ? command.id : 0));
  reply.append("ns", Value::string(ns));
  reply.end(mark);
  if (more) context.cursors.put_back(std::move(cursor));
  return OwnedDocument(reply.take());
}

void append_ids(std::string_view name, const std::vector<int64_t>& ids, DocumentBuilder& to) {
  const size_t mark = to.begin_array(name);
  char scratch[12];
  for (uint32_t i = 0; i < ids.size(); ++i)
    to.append(index_name(i, scratch), Value::int64(ids[i]));
  to.end(mark);
}

Result<OwnedDocument> run_kill_cursors(const CommandCall& call, CommandContext& context) {
  PS_TRY(const KillCursorsCommand command, parse_kill_cursors_command(call.command));
  std::vector<int64_t> killed;
  std::vector<int64_t> not_found;
  for (const int64_t id : command.ids)
    (context.cursors.kill(id, call.session.who()) ? killed : not_found).push_back(id);
  DocumentBuilder reply;
  append_ids("cursorsKilled", killed, reply);
  append_ids("cursorsNotFound", not_found, reply);
  append_ids("cursorsAlive", {}, reply);
  append_ids("cursorsUnknown", {}, reply);
  return OwnedDocument(reply.take());
}

Result<OwnedDocument> run_count(const CommandCall& call, CommandContext& context) {
  PS_TRY(const CountCommand command, parse_count_command(call.command));
  const std::shared_ptr<DocStore> store = context.control.store();
  if (const Value hint = command.hint.view().get("hint"); !hint.is_missing()) {
    PS_TRY(check_hint(*store, call.db, command.coll, hint));
  }
  PS_TRY(const uint64_t n, count_matching(*store, call.db, command.coll, command.query, command.skip, command.limit));
  DocumentBuilder reply;
  reply.append("n", n <= INT32_MAX ? Value::int32(static_cast<int32_t>(n)) : Value::int64(static_cast<int64_t>(n)));
  return OwnedDocument(reply.take());
}

Result<OwnedDocument> run_distinct(const CommandCall& call, CommandContext& context) {
  PS_TRY(const DistinctCommand command, parse_distinct_command(call.command));
  PS_TRY(const OwnedDocument values,
         distinct(*context.control.store(), call.db, command.coll, command.key, command.query));
  DocumentBuilder reply;
  reply.append("values", Value::array(values));
  return OwnedDocument(reply.take());
}

Result<OwnedDocument> run_explain(const CommandCall&, CommandContext&) {
  return query_not_supported("the command 'explain'");
}

constexpr Command kReadCommands[] = {
    {.name = "aggregate",
     .summary = "Runs a pipeline over a collection of the embedded store.",
     .action = "find",
     .run = run_aggregate},
    {.name = "count", .summary = "Counts documents.", .action = "find", .run = run_count},
    {.name = "distinct", .summary = "The distinct values of a field.", .action = "find", .run = run_distinct},
    {.name = "explain",
     .summary = "Not supported yet; refused by name.",
     .action = "find",
     .hidden = true,
     .run = run_explain},
    {.name = "find", .summary = "Finds documents.", .action = "find", .run = run_find},
    {.name = "getMore", .summary = "The next documents of a cursor.", .action = "", .run = run_get_more},
    {.name = "killCursors", .summary = "Closes cursors.", .action = "", .run = run_kill_cursors},
};

}  // namespace

std::span<const Command> read_commands() { return kReadCommands; }

}  // namespace penstock

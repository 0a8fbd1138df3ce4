// SPDX-License-Identifier: Apache-2.0
// What the commands that read ask for: from their fields to requests of the store. Unknown fields, wrong types and
// numbers out of range are refused with MongoDB's codes and texts; options this version does not have, by name.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "docstore/query.h"

namespace penstock {

struct FindCommand {
  FindRequest request;
  std::optional<uint64_t> batch_size;
  bool single_batch = false;
};

struct AggregateCommand {
  AggregateRequest request;
  std::optional<uint64_t> batch_size;
};

struct CountCommand {
  std::string coll;
  OwnedDocument query;
  uint64_t skip = 0;
  uint64_t limit = 0;  // 0: none.
  OwnedDocument hint;  // As in FindRequest.
};

struct DistinctCommand {
  std::string coll;
  std::string key;
  OwnedDocument query;
};

struct GetMoreCommand {
  int64_t id = 0;
  std::string coll;
  std::optional<uint64_t> batch_size;
};

struct KillCursorsCommand {
  std::string coll;
  std::vector<int64_t> ids;
};

// `command`: the body; its first element is the command.
Result<FindCommand> parse_find_command(Document command, std::string_view db);
Result<AggregateCommand> parse_aggregate_command(Document command, std::string_view db);
Result<CountCommand> parse_count_command(Document command);
Result<DistinctCommand> parse_distinct_command(Document command);
Result<GetMoreCommand> parse_get_more_command(Document command);
Result<KillCursorsCommand> parse_kill_cursors_command(Document command);

}  // namespace penstock

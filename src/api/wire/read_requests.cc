// SPDX-License-Identifier: Apache-2.0
#include "api/wire/read_requests.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "bson/ejson.h"
#include "bson/number.h"
#include "docstore/query_run.h"

namespace penstock {
namespace {

// What may ride on any command (reference control-plane A1.2); names with '$' too.
constexpr std::string_view kOnAnyCommand[] = {
    "apiDeprecationErrors", "apiStrict", "apiVersion",   "autocommit",  "comment",
    "databaseVersion",      "lsid",      "maxTimeMS",    "readConcern", "shardVersion",
    "startTransaction",     "txnNumber", "writeConcern",
};

bool rides_on_any(std::string_view name) {
  return name.starts_with('$') ||
         std::find(std::begin(kOnAnyCommand), std::end(kOnAnyCommand), name) != std::end(kOnAnyCommand);
}

// One field, with the words for what is wrong with it.
class Field {
 public:
  Field(std::string_view command, const Element& element) : command_(command), element_(element) {}

  Result<OwnedDocument> object() const {
    if (element_.value.is_object()) return OwnedDocument(element_.value.as_object());
    return wrong_type("object");
  }
  Result<std::string> string() const {
    if (element_.value.is_string()) return std::string(element_.value.as_string());
    return wrong_type("string");
  }
  Result<bool> boolean() const {
    if (element_.value.type() == Type::kBool) return element_.value.as_bool();
    return Error(ErrorCode::kTypeMismatch, "Field '{}' should be a boolean value, but found: {}", element_.name,
                 type_name(element_.value.type()));
  }
  // A count; fractions are cut off, as mongod does.
  Result<uint64_t> count() const {
    const Value& value = element_.value;
    if (!value.is_number()) {
      return Error(ErrorCode::kTypeMismatch,
                   "BSON field '{}.{}' is the wrong type '{}', expected types '[long, int, decimal, double]'", command_,
                   element_.name, type_name(value.type()));
    }
    const double number = to_double(value);
    if (!(number > -1)) {
      return Error(ErrorCode{51024}, "BSON field '{}' value must be >= 0, actual value '{}'", element_.name,
                   to_text(value));
    }
    constexpr double kMost = 9e18;
    if (const auto exact = to_integral(value)) return static_cast<uint64_t>(*exact);
    return static_cast<uint64_t>(std::min(number, kMost));
  }
  // {hint: <name or key pattern>}
  Result<OwnedDocument> hint() const {
    if (!element_.value.is_string() && !element_.value.is_object()) {
      return Error(ErrorCode::kFailedToParse, "Hint must be a string or an object");
    }
    DocumentBuilder builder;
    if (element_.value.is_string() || !element_.value.as_object().empty()) builder.append("hint", element_.value);
    return OwnedDocument(builder.take());
  }
  // Only comparison byte by byte is there.
  Result<void> collation() const {
    PS_TRY(const OwnedDocument spec, object());
    const Value locale = spec.view().get("locale");
    const bool simple = spec.view().empty() || (locale.is_string() && locale.as_string() == "simple");
    if (simple) return {};
    return query_not_supported("a 'collation' other than {locale: \"simple\"}");
  }
  // An option that only its absence, false and {} leave as it is.
  Result<void> refused() const {
    const Value& value = element_.value;
    const bool off = value.is_object() ? value.as_object().empty() : !is_true(value);
    if (off) return {};
    return query_not_supported(fmt::format("the option '{}' of {}", element_.name, command_));
  }
  Error unknown() const {
    return Error(ErrorCode{40415}, "BSON field '{}.{}' is an unknown field.", command_, element_.name);
  }
  Error wrong_type(std::string_view expected) const {
    return Error(ErrorCode::kTypeMismatch, "BSON field '{}.{}' is the wrong type '{}', expected type '{}'", command_,
                 element_.name, type_name(element_.value.type()), expected);
  }

 private:
  std::string_view command_;
  const Element& element_;
};

Result<std::string> collection_of(Document command, std::string_view db) {
  const Value name = command.begin()->value;
  if (!name.is_string()) {
    return Error(ErrorCode::kInvalidNamespace, "collection name has invalid type {}", type_name(name.type()));
  }
  if (name.as_string().empty()) {
    return Error(ErrorCode::kInvalidNamespace, "Invalid namespace specified '{}.'", db);
  }
  return std::string(name.as_string());
}

// Calls read(name, field) for each field that is the command's own.
template <typename Read>
Result<void> read_fields(std::string_view what, Document command, const Read& read) {
  auto element = command.begin();
  for (++element; element != command.end(); ++element) {
    const bool own = !rides_on_any(element->name);
    if (own) PS_TRY(read(element->name, Field(what, *element)));
  }
  return {};
}

// Options that mean something here, and those that change nothing: where a plan is looked for, how long it may take.
bool changes_nothing(std::string_view name) {
  constexpr std::string_view kNames[] = {"allowPartialResults", "ntoreturn", "oplogReplay", "term"};
  return std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames);
}

Result<void> read_find_option(std::string_view name, const Field& field, FindCommand& find, bool& await_data) {
  constexpr std::string_view kRefused[] = {"max", "min", "returnKey", "showRecordId"};
  FindRequest& request = find.request;
  if (name == "filter") {
    PS_TRY(request.filter, field.object());
  } else if (name == "sort") {
    PS_TRY(request.sort, field.object());
  } else if (name == "projection") {
    PS_TRY(request.projection, field.object());
  } else if (name == "let") {
    PS_TRY(request.let, field.object());
  } else if (name == "hint") {
    PS_TRY(request.hint, field.hint());
  } else if (name == "skip") {
    PS_TRY(request.skip, field.count());
  } else if (name == "limit") {
    PS_TRY(request.limit, field.count());
  } else if (name == "batchSize") {
    PS_TRY(find.batch_size, field.count());
  } else if (name == "singleBatch") {
    PS_TRY(find.single_batch, field.boolean());
  } else if (name == "allowDiskUse" || name == "noCursorTimeout") {
    PS_TRY(field.boolean());
  } else if (name == "tailable") {
    PS_TRY(const bool tailable, field.boolean());
    if (tailable) return Error(ErrorCode::kBadValue, "tailable cursor requested on non capped collection");
  } else if (name == "awaitData") {
    PS_TRY(await_data, field.boolean());
  } else if (name == "collation") {
    return field.collation();
  } else if (std::find(std::begin(kRefused), std::end(kRefused), name) != std::end(kRefused)) {
    return field.refused();
  } else if (!changes_nothing(name)) {
    return field.unknown();
  }
  return {};
}

Result<void> read_cursor_options(const Field& field, const Value& value, std::optional<uint64_t>& batch_size) {
  if (!value.is_object()) return Error(ErrorCode::kTypeMismatch, "cursor field must be missing or an object");
  static_cast<void>(field);
  for (const Element& option : value.as_object()) {
    const Field inner("cursor", option);
    if (option.name != "batchSize") return inner.unknown();
    PS_TRY(batch_size, inner.count());
  }
  return {};
}

Result<void> read_aggregate_option(std::string_view name, const Value& value, const Field& field,
                                   AggregateCommand& aggregate) {
  if (name == "pipeline") {
    if (!value.is_array()) {
      return Error(ErrorCode::kTypeMismatch, "'pipeline' option must be specified as an array");
    }
    aggregate.request.pipeline = OwnedDocument(value.as_array());
  } else if (name == "cursor") {
    return read_cursor_options(field, value, aggregate.batch_size);
  } else if (name == "let") {
    PS_TRY(aggregate.request.let, field.object());
  } else if (name == "hint") {
    PS_TRY(aggregate.request.hint, field.hint());
  } else if (name == "explain") {
    PS_TRY(const bool explain, field.boolean());
    if (explain) return query_not_supported("the option 'explain' of aggregate");
  } else if (name == "allowDiskUse" || name == "bypassDocumentValidation") {
    PS_TRY(field.boolean());
  } else if (name == "collation") {
    return field.collation();
  } else {
    return field.unknown();
  }
  return {};
}

// Negative: as many, in one batch.
Result<uint64_t> count_limit(const Value& value) {
  if (!value.is_number()) return Error(ErrorCode::kBadValue, "limit value is not a valid number");
  const auto limit = to_integral(value);
  if (!limit) return Error(ErrorCode::kFailedToParse, "Expected an integer: limit: {}", to_text(value));
  return *limit < 0 ? uint64_t{0} - static_cast<uint64_t>(*limit) : static_cast<uint64_t>(*limit);
}

Result<void> read_count_option(std::string_view name, const Value& value, const Field& field, CountCommand& count) {
  if (name == "query") {
    if (value.type() == Type::kNull) return {};
    PS_TRY(count.query, field.object());
  } else if (name == "limit") {
    PS_TRY(count.limit, count_limit(value));
  } else if (name == "skip") {
    PS_TRY(count.skip, field.count());
  } else if (name == "hint") {
    PS_TRY(count.hint, field.hint());
  } else if (name == "collation") {
    return field.collation();
  } else if (name != "fields") {
    return field.unknown();
  }
  return {};
}

Error missing_field(std::string_view command, std::string_view name) {
  return Error(ErrorCode{40414}, "BSON field '{}.{}' is missing but a required field", command, name);
}

}  // namespace

Result<FindCommand> parse_find_command(Document command, std::string_view db) {
  FindCommand find;
  find.request.db = db;
  const Value name = command.begin()->value;
  if (!name.is_string()) {
    return Error(ErrorCode::kBadValue, "collection name has invalid type {}", type_name(name.type()));
  }
  PS_TRY(find.request.coll, collection_of(command, db));
  bool await_data = false;
  PS_TRY(read_fields("FindCommandRequest", command, [&](std::string_view option, const Field& field) {
    return read_find_option(option, field, find, await_data);
  }));
  if (await_data) {
    return Error(ErrorCode::kFailedToParse, "Cannot set 'awaitData' without also setting 'tailable'");
  }
  return find;
}

Result<AggregateCommand> parse_aggregate_command(Document command, std::string_view db) {
  AggregateCommand aggregate;
  aggregate.request.db = db;
  const Value target = command.begin()->value;
  if (target.is_string()) {
    PS_TRY(aggregate.request.coll, collection_of(command, db));
  } else if (!target.is_number() || to_double(target) != 1) {
    return Error(ErrorCode::kFailedToParse,
                 "Invalid command format: the 'aggregate' field must specify a collection name or 1");
  }
  PS_TRY(read_fields("aggregate", command, [&](std::string_view option, const Field& field) {
    return read_aggregate_option(option, command.get(option), field, aggregate);
  }));
  if (!command.has("pipeline")) return missing_field("aggregate", "pipeline");
  if (!command.has("cursor")) {
    return Error(ErrorCode::kFailedToParse,
                 "The 'cursor' option is required, except for aggregate with the explain argument");
  }
  return aggregate;
}

Result<CountCommand> parse_count_command(Document command) {
  CountCommand count;
  PS_TRY(count.coll, collection_of(command, ""));
  PS_TRY(read_fields("count", command, [&](std::string_view option, const Field& field) {
    return read_count_option(option, command.get(option), field, count);
  }));
  return count;
}

Result<DistinctCommand> parse_distinct_command(Document command) {
  DistinctCommand distinct;
  PS_TRY(distinct.coll, collection_of(command, ""));
  PS_TRY(read_fields("distinct", command, [&](std::string_view option, const Field& field) -> Result<void> {
    if (option == "key") {
      PS_TRY(distinct.key, field.string());
    } else if (option == "query") {
      if (command.get(option).type() == Type::kNull) return {};
      PS_TRY(distinct.query, field.object());
    } else if (option == "collation") {
      return field.collation();
    } else if (option == "hint") {
      return field.refused();
    } else {
      return field.unknown();
    }
    return {};
  }));
  if (!command.has("key")) return missing_field("distinct", "key");
  return distinct;
}

Result<GetMoreCommand> parse_get_more_command(Document command) {
  GetMoreCommand more;
  const Element first = *command.begin();
  if (first.value.type() != Type::kLong) return Field("getMore", first).wrong_type("long");
  more.id = first.value.as_long();
  PS_TRY(read_fields("getMore", command, [&](std::string_view option, const Field& field) -> Result<void> {
    if (option == "collection") {
      PS_TRY(more.coll, field.string());
    } else if (option == "batchSize") {
      PS_TRY(const uint64_t size, field.count());
      if (size > 0) more.batch_size = size;  // 0: as many as fit.
    } else if (option != "term" && option != "lastKnownCommittedOpTime") {
      return field.unknown();
    }
    return {};
  }));
  if (!command.has("collection")) return missing_field("getMore", "collection");
  if (more.coll.empty()) return Error(ErrorCode::kInvalidNamespace, "Collection names cannot be empty");
  return more;
}

Result<KillCursorsCommand> parse_kill_cursors_command(Document command) {
  KillCursorsCommand kill;
  PS_TRY(kill.coll, collection_of(command, ""));
  PS_TRY(read_fields("killCursors", command, [&](std::string_view option, const Field& field) -> Result<void> {
    if (option != "cursors") return field.unknown();
    const Value cursors = command.get(option);
    if (!cursors.is_array()) return field.wrong_type("array");
    for (const Element& id : cursors.as_array()) {
      if (id.value.type() != Type::kLong) {
        return Error(ErrorCode::kTypeMismatch,
                     "BSON field 'killCursors.cursors.{}' is the wrong type '{}', expected type 'long'", id.name,
                     type_name(id.value.type()));
      }
      kill.ids.push_back(id.value.as_long());
    }
    return {};
  }));
  if (!command.has("cursors")) return missing_field("killCursors", "cursors");
  return kill;
}

}  // namespace penstock

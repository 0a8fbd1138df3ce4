// SPDX-License-Identifier: Apache-2.0
#include "docstore/write.h"

#include "docstore/command_variables.h"
#include "docstore/document_update.h"
#include "docstore/find_projection.h"
#include "docstore/sort_keys.h"
#include "docstore/statement_filter.h"
#include "runtime/object_ids.h"

namespace penstock {
namespace {

using Found = CollectionWriter::Found;

constexpr std::string_view kWhileModifying = "Plan executor error during findAndModify :: caused by :: ";
constexpr size_t kSortBytesMax = size_t{100} << 20;

// The transaction of a request. Long ones are cut, so that others can write between.
class Writing {
 public:
  Writing(DocStore& store, std::string_view db, std::string_view coll) : store_(store), db_(db), coll_(coll) {}

  Result<void> begin() {
    PS_TRY(store::client_namespace(db_, coll_));
    PS_TRY(StoreWriter writer, store_.begin());
    writer_.emplace(std::move(writer));
    PS_TRY(collection_, writer_->find_collection(db_, coll_));
    return {};
  }
  // Null: there is no such collection.
  CollectionWriter* collection() const { return collection_; }
  Result<CollectionWriter*> make_collection() {
    PS_TRY(collection_, writer_->open_collection(db_, coll_));
    return collection_;
  }
  // After each change that may be the last of a transaction. Views into documents end here.
  Result<void> changed(size_t bytes) {
    constexpr size_t kBytesMax = size_t{64} << 20;
    constexpr size_t kOverhead = 64;  // Of a change, beside the document.
    bytes_ += bytes + kOverhead;
    if (bytes_ < kBytesMax) return {};
    bytes_ = 0;
    PS_TRY(commit());
    return begin();
  }
  Result<void> commit() {
    collection_ = nullptr;
    PS_TRY(writer_->commit());
    writer_.reset();
    return {};
  }

 private:
  DocStore& store_;
  std::string db_;
  std::string coll_;
  std::optional<StoreWriter> writer_;
  CollectionWriter* collection_ = nullptr;
  size_t bytes_ = 0;
};

// Calls `visit` for the documents that pass until it says false: in natural order, or in the order of `_id` when the
// filter names those, as mongod finds them. It may change the one it gets.
template <typename Visit>
Result<void> visit_matches(Writing& writing, StatementFilter& filter, const Visit& visit) {
  if (filter.ids()) {
    for (const Value& id : *filter.ids()) {
      if (writing.collection() == nullptr) return {};
      PS_TRY(const auto found, writing.collection()->find_by_id(id));
      if (!found) continue;
      PS_TRY(const bool passes, filter.passes(found->document));
      if (!passes) continue;
      PS_TRY(const bool more, visit(*found));
      if (!more) return {};
    }
    return {};
  }
  const auto passes = [&](Document document) { return filter.passes(document); };
  for (uint64_t from = 0; writing.collection() != nullptr;) {
    PS_TRY(const auto found, writing.collection()->find_from(from, passes));
    if (!found) return {};
    PS_TRY(const bool more, visit(*found));
    if (!more) return {};
    from = found->sequence + 1;
  }
  return {};
}

WriteFailure failure_of(size_t index, const Error& error) {
  return {index, static_cast<int32_t>(error.code()), error.message(), {}, {}};
}
WriteFailure failure_of(size_t index, Refusal refusal) {
  return {index, static_cast<int32_t>(refusal.error.code()), refusal.error.message(), std::move(refusal.key_pattern),
          std::move(refusal.key_value)};
}

// Errors of the store end the request; others, those of a filter for one, belong to the statement.
bool ends_request(const Error& error) {
  return error.code() == ErrorCode::kDisk || error.code() == ErrorCode::kDiskFull;
}

Result<void> check_hint(const CollectionWriter* collection, const Value& hint) {
  if (hint.is_missing() || collection == nullptr) return {};
  const bool by_name = hint.is_string();
  if (by_name ? hint.as_string().empty() : hint.as_object().empty()) return {};
  for (const store::IndexRecord& index : collection->record().indexes) {
    if (by_name ? index.name() == hint.as_string() : index.key().bytes() == hint.as_object().bytes()) return {};
  }
  return Error(ErrorCode::kBadValue,
               "error processing query: ns={}: planner returned error :: caused by :: hint provided does not "
               "correspond to an existing index",
               collection->ns());
}

OwnedDocument id_of(Document document) {
  DocumentBuilder builder;
  builder.append("_id", document.get("_id"));
  return OwnedDocument(builder.take());
}

struct StatementOutcome {
  uint64_t matched = 0;
  uint64_t modified = 0;
  std::optional<OwnedDocument> upserted_id;
  std::optional<OwnedDocument> before, after;  // Of the last one; where asked for.
  std::optional<WriteFailure> failure;
};

// Whether the documents before and after a change are wanted.
enum class Keep { kNothing, kDocuments };

class StatementRunner {
 public:
  StatementRunner(Writing& writing, const Clock& clock, Random& random, Keep keep = Keep::kNothing)
      : writing_(writing), clock_(clock), ids_(false, 0, clock, random), keep_(keep) {}

  ObjectId next_id() { return ids_.fresh(); }

  // An outer error: the request ends. Failures of the statement are in the outcome, with its index.
  Result<StatementOutcome> update(const UpdateStatement& statement, Document let, Document sort, size_t index) {
    StatementOutcome outcome;
    auto filter = StatementFilter::parse(statement.filter, let, clock_);
    if (!filter.ok()) return failed(std::move(outcome), index, filter.take_error());
    auto update = DocumentUpdate::parse(statement, let, clock_);
    if (!update.ok()) return failed(std::move(outcome), index, update.take_error());
    if (auto hint = check_hint(writing_.collection(), statement.hint); !hint.ok()) {
      return failed(std::move(outcome), index, hint.take_error());
    }
    const auto change = [&](const Found& found) -> Result<bool> {
      PS_TRY(const bool fine, change_one(*update, found, index, outcome));
      return fine && statement.multi;
    };
    auto done = change_matches(*filter, sort, change);
    if (!done.ok() && ends_request(done.error())) return done.take_error();
    if (!done.ok()) return failed(std::move(outcome), index, done.error());
    if (outcome.matched > 0 || outcome.failure || !statement.upsert) return outcome;
    PS_TRY(upsert(*update, index, outcome));
    return outcome;
  }

  // Calls `change` for the documents that match: with `sort` for the first only.
  template <typename Change>
  Result<void> change_matches(StatementFilter& filter, Document sort, const Change& change) {
    if (sort.empty()) return visit_matches(writing_, filter, change);
    PS_TRY(const auto first, first_of(filter, sort));
    if (first) PS_TRY(change(*first));
    return {};
  }

 private:
  // The first of the matching documents in the order of `sort`.
  Result<std::optional<Found>> first_of(StatementFilter& filter, Document sort) {
    PS_TRY(auto columns, parse_sort(sort));
    Sorter sorter(std::move(columns), 1, kSortBytesMax);
    PS_TRY(visit_matches(writing_, filter, [&](const Found& found) -> Result<bool> {
      PS_TRY(sorter.add(found.document));
      return true;
    }));
    const auto sorted = sorter.take();
    if (sorted.empty()) return std::optional<Found>();
    return writing_.collection()->find_by_id(sorted.front().view().get("_id"));
  }

  static StatementOutcome failed(StatementOutcome outcome, size_t index, const Error& error) {
    outcome.failure = failure_of(index, error);
    return outcome;
  }

  // False: it failed.
  Result<bool> change_one(DocumentUpdate& update, const Found& found, size_t index, StatementOutcome& outcome) {
    auto changed = update.apply(found.document);
    if (!changed.ok()) {
      outcome.failure = failure_of(index, changed.error());
      return false;
    }
    if (keep_ == Keep::kDocuments) outcome.before = OwnedDocument(found.document);
    if (changed->changed) {
      PS_TRY(auto refusal, writing_.collection()->replace(found.sequence, found.document, changed->document));
      if (refusal) {
        outcome.failure = failure_of(index, std::move(*refusal));
        return false;
      }
      ++outcome.modified;
      PS_TRY(writing_.changed(changed->document.bytes().size()));
    }
    ++outcome.matched;
    if (keep_ == Keep::kDocuments) outcome.after = std::move(changed->document);
    return true;
  }

  Result<void> upsert(DocumentUpdate& update, size_t index, StatementOutcome& outcome) {
    auto made = update.make();
    auto document = made.ok() ? as_new_document(*made, next_id(), clock_) : Result<OwnedDocument>(made.take_error());
    if (!document.ok()) {
      outcome.failure = failure_of(index, document.error());
      return {};
    }
    PS_TRY(CollectionWriter * collection, writing_.make_collection());
    PS_TRY(auto refusal, collection->add(*document));
    if (refusal) {
      outcome.failure = failure_of(index, std::move(*refusal));
      return {};
    }
    outcome.upserted_id = id_of(*document);
    if (keep_ == Keep::kDocuments) outcome.after = std::move(*document);
    return {};
  }

  Writing& writing_;
  const Clock& clock_;
  ObjectIds ids_;
  Keep keep_;
};

// The `fields` of findAndModify.
class ResultProjection {
 public:
  static Result<ResultProjection> parse(const DocStore& store, const FindAndModifyRequest& request) {
    for (const Element& field : request.projection) {
      if (!request.return_new || !field.name.ends_with(".$")) continue;
      return Error(ErrorCode::kBadValue, "cannot use a positional projection and return the new document");
    }
    ResultProjection result(store);
    ParseContext names(store.clock().now());
    PS_TRY(result.let_, CommandVariables::parse(request.let, names));
    PS_TRY(result.projection_, FindProjection::parse(request.projection, request.statement.filter, names));
    result.run_.variables.resize(names.variable_count());
    result.let_.set(result.run_.variables);
    return result;
  }
  Result<OwnedDocument> apply(Document document) {
    Arena arena;
    DocumentBuilder builder;
    PS_TRY(const Document result, projection_.apply(document, run_, arena, builder));
    return OwnedDocument(result);
  }

 private:
  explicit ResultProjection(const DocStore& store) : run_{.store = store} {}
  QueryRun run_;
  CommandVariables let_;
  FindProjection projection_;
};

Result<FindAndModifyResult> find_and_remove(Writing& writing, StatementRunner& runner,
                                            const FindAndModifyRequest& request, ResultProjection& projection,
                                            const Clock& clock) {
  FindAndModifyResult result;
  PS_TRY(StatementFilter filter, StatementFilter::parse(request.statement.filter, request.let, clock));
  PS_TRY(check_hint(writing.collection(), request.statement.hint));
  const auto take = [&](const Found& found) -> Result<bool> {
    result.found = true;
    PS_TRY(result.value, projection.apply(found.document));
    PS_TRY(writing.collection()->remove(found));
    return false;
  };
  auto done = runner.change_matches(filter, request.sort, take);
  if (!done.ok() && !ends_request(done.error())) return done.take_error().within(kWhileModifying);
  if (!done.ok()) return done.take_error();
  PS_TRY(writing.commit());
  return result;
}

}  // namespace

Result<InsertResult> insert(DocStore& store, const InsertRequest& request, Random& random) {
  Writing writing(store, request.db, request.coll);
  PS_TRY(writing.begin());
  StatementRunner runner(writing, store.clock(), random);
  InsertResult result;
  for (size_t i = 0; i < request.documents.size(); ++i) {
    auto document = as_new_document(request.documents[i], runner.next_id(), store.clock());
    if (!document.ok()) {
      result.failures.push_back(failure_of(i, document.error()));
      if (request.ordered) break;
      continue;
    }
    PS_TRY(CollectionWriter * collection, writing.make_collection());
    PS_TRY(auto refusal, collection->add(*document));
    if (refusal) {
      result.failures.push_back(failure_of(i, std::move(*refusal)));
      if (request.ordered) break;
      continue;
    }
    ++result.inserted;
    PS_TRY(writing.changed(document->bytes().size()));
  }
  PS_TRY(writing.commit());
  return result;
}

Result<UpdateResult> update(DocStore& store, const UpdateRequest& request, Random& random) {
  Writing writing(store, request.db, request.coll);
  PS_TRY(writing.begin());
  StatementRunner runner(writing, store.clock(), random);
  UpdateResult result;
  for (size_t i = 0; i < request.statements.size(); ++i) {
    PS_TRY(auto outcome, runner.update(request.statements[i], request.let, Document(), i));
    if (outcome.failure) {
      // What it did before is there, and is not counted, as in MongoDB.
      result.failures.push_back(std::move(*outcome.failure));
      if (request.ordered) break;
      continue;
    }
    result.matched += outcome.matched;
    result.modified += outcome.modified;
    if (outcome.upserted_id) result.upserted.push_back({i, std::move(*outcome.upserted_id)});
  }
  PS_TRY(writing.commit());
  return result;
}

Result<DeleteResult> remove(DocStore& store, const DeleteRequest& request) {
  Writing writing(store, request.db, request.coll);
  PS_TRY(writing.begin());
  DeleteResult result;
  for (size_t i = 0; i < request.statements.size(); ++i) {
    const DeleteStatement& statement = request.statements[i];
    auto filter = StatementFilter::parse(statement.filter, request.let, store.clock());
    uint64_t removed = 0;
    const auto take = [&](const Found& found) -> Result<bool> {
      const size_t bytes = found.document.size();
      PS_TRY(writing.collection()->remove(found));
      ++removed;
      PS_TRY(writing.changed(bytes));
      return !statement.one;
    };
    Result<void> checked = filter.ok() ? check_hint(writing.collection(), statement.hint) : filter.take_error();
    if (checked.ok()) checked = visit_matches(writing, *filter, take);
    result.removed += removed;
    if (checked.ok()) continue;
    if (ends_request(checked.error())) return checked.take_error();
    result.failures.push_back(failure_of(i, checked.error()));
    if (request.ordered) break;
  }
  PS_TRY(writing.commit());
  return result;
}

Result<FindAndModifyResult> find_and_modify(DocStore& store, const FindAndModifyRequest& request, Random& random) {
  Writing writing(store, request.db, request.coll);
  PS_TRY(writing.begin());
  StatementRunner runner(writing, store.clock(), random, Keep::kDocuments);
  // Errors of the definition are told before anything runs, and without the words about the run.
  PS_TRY(StatementFilter::parse(request.statement.filter, request.let, store.clock()));
  PS_TRY(ResultProjection projection, ResultProjection::parse(store, request));
  PS_TRY(parse_sort(request.sort));
  if (request.remove) return find_and_remove(writing, runner, request, projection, store.clock());
  PS_TRY(DocumentUpdate::parse(request.statement, request.let, store.clock()));
  PS_TRY(check_hint(writing.collection(), request.statement.hint));
  PS_TRY(auto outcome, runner.update(request.statement, request.let, request.sort, 0));
  if (outcome.failure) {
    return Error::of(ErrorCode{outcome.failure->code}, outcome.failure->message).within(kWhileModifying);
  }
  FindAndModifyResult result;
  result.found = outcome.matched > 0;
  result.upserted = std::move(outcome.upserted_id);
  const auto& wanted = request.return_new ? outcome.after : outcome.before;
  if (wanted) {
    auto value = projection.apply(*wanted);
    if (!value.ok()) return value.take_error().within(kWhileModifying);
    result.value = std::move(*value);
  }
  PS_TRY(writing.commit());
  return result;
}

}  // namespace penstock

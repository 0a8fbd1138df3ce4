// SPDX-License-Identifier: Apache-2.0
#include "docstore/query.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "bson/compare.h"
#include "bson/ejson.h"
#include "bson/number.h"
#include "docstore/command_variables.h"
#include "docstore/document_paths.h"
#include "docstore/find_projection.h"
#include "docstore/query_pipeline.h"

namespace penstock {
namespace {

// A query with all it stands on. What goes wrong while it runs is told as MongoDB tells it.
class RunningQuery final : public ResultStream {
 public:
  RunningQuery(std::shared_ptr<DocStore> store, QueryRun run, CommandVariables variables, QueryPipeline pipeline,
               std::string command)
      : store_(std::move(store)),
        run_(std::move(run)),
        variables_(std::move(variables)),
        pipeline_(std::move(pipeline)),
        command_(std::move(command)) {
    variables_.set(run_.variables);
    results_ = pipeline_.open(run_);
  }
  Result<std::optional<Document>> next() override {
    auto document = results_->next();
    if (document.ok() || document.error().code() == ErrorCode::kDisk) return document;
    return document.take_error().within(fmt::format("Executor error during {} :: caused by :: ", command_));
  }
  bool at_end() const override { return results_->at_end(); }

 private:
  std::shared_ptr<DocStore> store_;
  QueryRun run_;
  CommandVariables variables_;
  QueryPipeline pipeline_;
  std::string command_;
  std::unique_ptr<ResultStream> results_;
};

class FindProjectedStream final : public ResultStream {
 public:
  FindProjectedStream(std::unique_ptr<ResultStream> input, QueryRun& run, const FindProjection& projection)
      : input_(std::move(input)), run_(run), projection_(projection) {}
  Result<std::optional<Document>> next() override {
    PS_TRY(const auto document, input_->next());
    if (!document) return document;
    arena_.reset();
    PS_TRY(const Document result, projection_.apply(*document, run_, arena_, builder_));
    return std::optional<Document>(result);
  }
  bool at_end() const override { return input_->at_end(); }

 private:
  std::unique_ptr<ResultStream> input_;
  QueryRun& run_;
  const FindProjection& projection_;
  Arena arena_{4096};
  DocumentBuilder builder_;
};

using FindProjectionStage = StageOf<FindProjection, FindProjectedStream, QueryStage::Effect::kOneForOne>;

// {$natural: 1 | -1}, of a sort or a hint; empty when it is not that.
Result<std::optional<ScanDirection>> natural_order(Document spec) {
  using Order = std::optional<ScanDirection>;
  const Value natural = spec.get("$natural");
  if (natural.is_missing()) return Order();
  if (spec.count() > 1) {
    return Error(ErrorCode::kBadValue, "Cannot include '$natural' in compound sort: {}", to_text(Value::object(spec)));
  }
  if (!natural.is_number()) {
    return Error(ErrorCode::kBadValue, "$natural sort cannot be set to a value other than -1 or 1.");
  }
  return Order(to_double(natural) < 0 ? ScanDirection::kBackward : ScanDirection::kForward);
}

bool names_index(const Value& hint, const store::IndexRecord& index) {
  if (hint.is_string()) return hint.as_string() == index.name();
  return compare_documents(hint.as_object(), index.key()) == 0;
}

struct PlannedFind {
  QueryFilter filter;
  ScanDirection direction = ScanDirection::kForward;
  std::vector<QueryStagePtr> stages;
};

Result<PlannedFind> plan_find(const FindRequest& request, ParseContext& names) {
  PlannedFind plan;
  PS_TRY(plan.filter, QueryFilter::parse(request.filter, names));
  PS_TRY(const auto natural, natural_order(request.sort));
  const Value hint = request.hint.view().get("hint");
  if (natural) {
    plan.direction = *natural;
  } else if (!request.sort.view().empty()) {
    PS_TRY(auto columns, parse_sort(request.sort));
    plan.stages.push_back(make_query_sort(std::move(columns)));
  } else if (hint.is_object()) {
    PS_TRY(const auto hinted, natural_order(hint.as_object()));
    plan.direction = hinted.value_or(ScanDirection::kForward);
  }
  if (request.skip > 0) plan.stages.push_back(make_query_skip(request.skip));
  if (request.limit > 0) plan.stages.push_back(make_query_limit(request.limit));
  PS_TRY(FindProjection projection, FindProjection::parse(request.projection, request.filter, names));
  if (!projection.keeps_all()) plan.stages.push_back(std::make_unique<FindProjectionStage>(std::move(projection)));
  return plan;
}

Result<void> check_collectionless(Document pipeline) {
  if (pipeline.empty()) {
    return Error(ErrorCode::kInvalidNamespace, "{{aggregate: 1}} is not valid for an empty pipeline.");
  }
  const Value first = pipeline.get("0");
  if (!first.is_object() || first.as_object().empty() || begins_with_documents(pipeline)) return {};
  const std::string_view name = first.as_object().begin()->name;
  for (const QueryStageType& stage : query_stages()) {
    if (stage.name != name) continue;
    return Error(ErrorCode::kInvalidNamespace, "{{aggregate: 1}} is not valid for '{}'; a collection is required.",
                 name);
  }
  return {};  // Refused by the pipeline's parser.
}

// Calls take(document) for the documents that pass.
template <typename Take>
Result<void> for_each_match(const DocStore& store, std::string_view db, std::string_view coll, Document spec,
                            const Take& take) {
  PS_TRY(std::string ns, store::namespace_of(db, coll));
  ParseContext names(store.clock().now());
  PS_TRY(const QueryFilter filter, QueryFilter::parse(spec, names));
  QueryRun run{.store = store};
  run.variables.resize(names.variable_count());
  CollectionScan scan(run, std::move(ns), filter);
  while (true) {
    PS_TRY(const auto document, scan.next());
    if (!document || !take(*document)) return {};
  }
}

}  // namespace

Result<std::unique_ptr<ResultStream>> find(std::shared_ptr<DocStore> store, const FindRequest& request) {
  PS_TRY(std::string ns, store::namespace_of(request.db, request.coll));
  ParseContext names(store->clock().now());
  PS_TRY(CommandVariables variables, CommandVariables::parse(request.let, names));
  PS_TRY(PlannedFind plan, plan_find(request, names));
  if (const Value hint = request.hint.view().get("hint"); !hint.is_missing()) {
    PS_TRY(check_hint(*store, request.db, request.coll, hint));
  }
  QueryRun run{.store = *store};
  run.memory_bytes_max = request.memory_bytes_max;
  run.variables.resize(names.variable_count());
  const std::string command = fmt::format("find command on namespace: {}", ns);
  QueryPipeline pipeline =
      QueryPipeline::assemble(std::move(ns), std::move(plan.filter), plan.direction, std::move(plan.stages));
  return std::unique_ptr<ResultStream>(std::make_unique<RunningQuery>(
      std::move(store), std::move(run), std::move(variables), std::move(pipeline), command));
}

Result<std::unique_ptr<ResultStream>> aggregate(std::shared_ptr<DocStore> store, const AggregateRequest& request,
                                                Random& random) {
  if (request.coll.empty()) PS_TRY(check_collectionless(request.pipeline));
  ParseContext names(store->clock().now());
  PS_TRY(CommandVariables variables, CommandVariables::parse(request.let, names));
  PipelineScope scope{.db = request.db, .coll = request.coll, .names = names};
  PS_TRY(QueryPipeline pipeline, QueryPipeline::parse(request.pipeline, scope));
  if (const Value hint = request.hint.view().get("hint"); !hint.is_missing()) {
    PS_TRY(check_hint(*store, request.db, request.coll, hint));
  }
  QueryRun run{.store = *store, .writer = store.get(), .random = &random};
  run.memory_bytes_max = request.memory_bytes_max;
  run.variables.resize(names.variable_count());
  const std::string command = fmt::format("aggregate command on namespace: {}.{}", request.db,
                                          request.coll.empty() ? "$cmd.aggregate" : request.coll);
  return std::unique_ptr<ResultStream>(std::make_unique<RunningQuery>(
      std::move(store), std::move(run), std::move(variables), std::move(pipeline), command));
}

Result<uint64_t> count_matching(const DocStore& store, std::string_view db, std::string_view coll, Document filter,
                                uint64_t skip, uint64_t limit) {
  uint64_t count = 0;
  const uint64_t most = limit == 0 || skip > UINT64_MAX - limit ? UINT64_MAX : skip + limit;
  if (filter.empty()) {
    PS_TRY(count, store.count(db, coll));
  } else {
    PS_TRY(for_each_match(store, db, coll, filter, [&](Document) { return ++count < most; }));
  }
  count = std::min(count, most);
  return count - std::min(count, skip);
}

Result<OwnedDocument> distinct(const DocStore& store, std::string_view db, std::string_view coll, std::string_view path,
                               Document filter) {
  if (path.find('\0') != std::string_view::npos) {
    return Error(ErrorCode{31032}, "Key field cannot contain an embedded null byte");
  }
  PS_TRY(const std::vector<std::string> parts, split_path(path));
  std::unordered_set<std::string> seen;
  std::vector<Value> values;
  Arena arena;
  size_t bytes = 0;
  PS_TRY(for_each_match(store, db, coll, filter, [&](Document document) {
    visit_values(Value::object(document), parts, [&](const Value& value) {
      std::string key;
      append_equality_key(value, key);
      if (!seen.insert(std::move(key)).second) return;
      values.push_back(value.copied_to(arena));
      bytes += sizeof(Value) + (value.has_bytes() ? value.bytes().size() : 0);
    });
    return bytes <= kDocumentBytesMax;
  }));
  if (bytes > kDocumentBytesMax) return Error(ErrorCode{17217}, "distinct too big, 16mb cap");
  std::sort(values.begin(), values.end(), [](const Value& a, const Value& b) { return compare(a, b) < 0; });
  DocumentBuilder array;
  char scratch[12];
  for (uint32_t i = 0; i < values.size(); ++i)
    array.append(index_name(i, scratch), values[i]);
  return OwnedDocument(array.take());
}

Result<void> check_hint(const DocStore& store, std::string_view db, std::string_view coll, const Value& hint) {
  if (hint.is_object() && (hint.as_object().empty() || hint.as_object().has("$natural"))) return {};
  if (!hint.is_object() && !hint.is_string()) {
    return Error(ErrorCode::kFailedToParse, "Hint must be a string or an object");
  }
  PS_TRY(const std::string ns, store::namespace_of(db, coll));
  PS_TRY(const ReadTransaction txn, store.read());
  PS_TRY(const auto stored, txn.get(store::kCollections, ns));
  if (!stored) return {};
  PS_TRY(const auto record, store::decode_record(*stored));
  for (const store::IndexRecord& index : record.indexes) {
    if (names_index(hint, index)) return {};
  }
  return Error(ErrorCode::kBadValue,
               "error processing query: ns={} planner returned error :: caused by :: hint provided does not correspond "
               "to an existing index",
               ns);
}

}  // namespace penstock

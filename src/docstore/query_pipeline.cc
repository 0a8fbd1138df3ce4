// SPDX-License-Identifier: Apache-2.0
#include "docstore/query_pipeline.h"

#include <algorithm>
#include <iterator>

#include "base/did_you_mean.h"
#include "stages/catalog.h"

namespace penstock {
namespace {

constexpr size_t kStagesMax = 1000;
constexpr size_t kPipelineDepthMax = 20;

using Where = QueryStageType::Where;

constexpr QueryStageType kStages[] = {
    {"$addFields", "Adds fields to each document or replaces them.", parse_query_add_fields},
    {"$bucket", "Groups documents by the range a value falls into.", parse_query_bucket},
    {"$bucketAuto", "Groups documents into buckets of about equal size.", parse_query_bucket_auto},
    {"$collStats", "Numbers about the collection.", parse_query_coll_stats, Where::kFirst, false},
    {"$count", "One document with the number of documents.", parse_query_count},
    {"$documents", "Documents from an expression.", parse_query_documents, Where::kFirst, false},
    {"$facet", "Several pipelines over the same documents.", parse_query_facet, Where::kAnywhere, false},
    {"$group", "Groups documents by a key and reduces each group with accumulators.", parse_query_group},
    {"$indexStats", "A document for each index of the collection.", parse_query_index_stats, Where::kFirst, false},
    {"$limit", "The first documents.", parse_query_limit},
    {"$lookup", "Adds the matching documents of another collection.", parse_query_lookup},
    {"$match", "Lets documents pass that fulfil a filter.", parse_query_match},
    {"$merge", "Writes the documents into a collection of the store.", parse_query_merge, Where::kLast, false},
    {"$out", "Replaces a collection of the store by the documents.", parse_query_out, Where::kLast, false},
    {"$project", "Chooses, leaves out and computes fields.", parse_query_project},
    {"$replaceRoot", "Replaces each document by an object computed from it.", parse_query_replace_root},
    {"$replaceWith", "Replaces each document; short form of $replaceRoot.", parse_query_replace_with},
    {"$sample", "Some documents, drawn at random.", parse_query_sample},
    {"$set", "Adds fields to each document; another name of $addFields.", parse_query_set},
    {"$skip", "Leaves out the first documents.", parse_query_skip},
    {"$sort", "Sorts the documents, in bounded memory.", parse_query_sort},
    {"$sortByCount", "Counts the documents of each key, the most frequent first.", parse_query_sort_by_count},
    {"$unionWith", "Appends the documents of another collection.", parse_query_union_with},
    {"$unset", "Leaves fields out of each document.", parse_query_unset},
    {"$unwind", "A document for each element of an array.", parse_query_unwind},
};

// Of MongoDB's language, not of this version.
constexpr std::string_view kNotYet[] = {
    "$changeStream",
    "$changeStreamSplitLargeEvent",
    "$currentOp",
    "$densify",
    "$fill",
    "$geoNear",
    "$graphLookup",
    "$listLocalSessions",
    "$listSessions",
    "$listSampledQueries",
    "$planCacheStats",
    "$queryStats",
    "$rankFusion",
    "$redact",
    "$search",
    "$searchMeta",
    "$setWindowFields",
    "$shardedDataDistribution",
    "$listSearchIndexes",
    "$vectorSearch",
};

Error unknown_stage(std::string_view name) {
  if (std::find(std::begin(kNotYet), std::end(kNotYet), name) != std::end(kNotYet)) {
    return query_not_supported(fmt::format("the stage {}", name));
  }
  if (find_stage(name) != nullptr || is_known_unsupported_stage(name)) {
    return Error(ErrorCode{40324}, "Unrecognized pipeline stage name: '{}': it is a stage of stream processors only",
                 name);
  }
  std::vector<std::string_view> names;
  for (const QueryStageType& stage : kStages)
    names.push_back(stage.name);
  const std::string hint = did_you_mean(name, names);
  return Error(ErrorCode{40324}, "Unrecognized pipeline stage name: '{}'{}{}", name, hint.empty() ? "" : ".", hint);
}

Result<const QueryStageType*> find_type(const Value& stage) {
  if (!stage.is_object()) {
    return Error(ErrorCode::kTypeMismatch, "Each element of the 'pipeline' array must be an object");
  }
  if (stage.as_object().count() != 1) {
    return Error(ErrorCode{40323}, "A pipeline stage specification object must contain exactly one field.");
  }
  const std::string_view name = stage.as_object().begin()->name;
  const auto* found = std::lower_bound(std::begin(kStages), std::end(kStages), name,
                                       [](const QueryStageType& row, std::string_view n) { return row.name < n; });
  if (found == std::end(kStages) || found->name != name) return unknown_stage(name);
  return found;
}

Result<void> check_place(const QueryStageType& type, bool first, bool last, PipelinePlace place) {
  if (place == PipelinePlace::kFacet && !type.in_facet) {
    return Error(ErrorCode{40600}, "{} is not allowed to be used within a $facet stage", type.name);
  }
  if (type.where == Where::kLast && place == PipelinePlace::kLookup) {
    return Error(ErrorCode{51047}, "{} is not allowed within a $lookup's sub-pipeline", type.name);
  }
  if (type.where == Where::kLast && place == PipelinePlace::kUnionWith) {
    return Error(ErrorCode{31441}, "{} is not allowed within a $unionWith's sub-pipeline", type.name);
  }
  if (type.where == Where::kFirst && !first) {
    return Error(ErrorCode{40602}, "{} is only valid as the first stage in a pipeline", type.name);
  }
  if (type.where == Where::kLast && !last) {
    return Error(ErrorCode{40601}, "{} can only be the final stage in the pipeline", type.name);
  }
  return {};
}

// Tells each stage how many of its documents a limit behind it leaves.
void hand_limits_back(std::vector<QueryStagePtr>& stages) {
  for (size_t i = 0; i < stages.size(); ++i) {
    uint64_t skipped = 0;
    for (size_t j = i + 1; j < stages.size(); ++j) {
      const QueryStage::Effect effect = stages[j]->effect();
      if (effect.kind == QueryStage::Effect::kUnknown || skipped > UINT32_MAX || effect.count > UINT32_MAX) break;
      if (effect.kind == QueryStage::Effect::kSkips) skipped += effect.count;
      if (effect.kind != QueryStage::Effect::kLimits) continue;
      stages[i]->only_first(skipped + effect.count);
      break;
    }
  }
}

}  // namespace

std::span<const QueryStageType> query_stages() { return kStages; }

Result<QueryPipeline> QueryPipeline::parse(Document pipeline, PipelineScope& scope) {
  const size_t count = pipeline.count();
  if (count > kStagesMax) {
    return Error(ErrorCode{7749501}, "Pipeline length must be no longer than {} stages.", kStagesMax);
  }
  if (scope.depth > kPipelineDepthMax) {
    return Error(ErrorCode{232}, "Maximum number of nested sub-pipelines exceeded. Limit is {}", kPipelineDepthMax);
  }
  std::string ns;
  if (!scope.coll.empty()) {
    PS_TRY(ns, store::namespace_of(scope.db, scope.coll));
  }
  QueryFilter head;
  std::vector<QueryStagePtr> stages;
  size_t place = 0;
  for (const Element& element : pipeline) {
    PS_TRY(const QueryStageType* type, find_type(element.value));
    PS_TRY(check_place(*type, place == 0, place + 1 == count, scope.place));
    const Value spec = element.value.as_object().begin()->value;
    if (place++ == 0 && type->name == "$match" && spec.is_object()) {
      PS_TRY(head, QueryFilter::parse(spec.as_object(), scope.names));
      continue;
    }
    PS_TRY(QueryStagePtr stage, type->parse(spec, scope));
    stages.push_back(std::move(stage));
  }
  return assemble(std::move(ns), std::move(head), ScanDirection::kForward, std::move(stages));
}

QueryPipeline QueryPipeline::assemble(std::string ns, QueryFilter head, ScanDirection direction,
                                      std::vector<QueryStagePtr> stages) {
  QueryPipeline pipeline;
  pipeline.ns_ = std::move(ns);
  pipeline.head_ = std::move(head);
  pipeline.direction_ = direction;
  pipeline.stages_ = std::move(stages);
  hand_limits_back(pipeline.stages_);
  return pipeline;
}

std::unique_ptr<ResultStream> QueryPipeline::open(QueryRun& run) const {
  std::unique_ptr<ResultStream> stream;
  if (ns_.empty()) {
    stream = std::make_unique<DocumentList>(std::vector<OwnedDocument>());
  } else {
    stream = std::make_unique<CollectionScan>(run, ns_, head_, direction_);
  }
  for (const QueryStagePtr& stage : stages_)
    stream = stage->open(std::move(stream), run);
  return stream;
}

std::unique_ptr<ResultStream> QueryPipeline::open(std::unique_ptr<ResultStream> input, QueryRun& run) const {
  if (!head_.takes_all()) input = open_filter(std::move(input), head_, run);
  for (const QueryStagePtr& stage : stages_)
    input = stage->open(std::move(input), run);
  return input;
}

Error query_not_supported(std::string_view what) {
  return Error(ErrorCode::kCommandNotSupported, "{} is not supported by this version of Penstock yet", what);
}

Error memory_exceeded(std::string_view what, size_t bytes_max) {
  return Error(ErrorCode::kMemoryLimitExceeded,
               "{} exceeded memory limit of {} bytes, and nothing is written to disk for it: ask for fewer documents "
               "with a filter or a limit",
               what, bytes_max);
}

}  // namespace penstock

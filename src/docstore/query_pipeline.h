// SPDX-License-Identifier: Apache-2.0
// Pipelines of aggregate: the catalog of stages that may stand in one, and a parsed pipeline.
//
//   [{$match: ...}, {$sort: ...}, {$limit: 5}]  -->  filter of the scan; sort that keeps 5; limit
//
// From a row of the catalog follow where a stage may stand and what parses it. A stage of the language that is not in
// it is refused by name, an unknown one with MongoDB's code 40324.
// Thread: immutable once parsed; open() makes what runs.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "docstore/collection_scan.h"
#include "docstore/query_filter.h"
#include "docstore/query_run.h"
#include "docstore/sort_keys.h"

namespace penstock {

enum class PipelinePlace { kMain, kFacet, kLookup, kUnionWith };

// Where a pipeline stands, and what its stages may refer to while they are parsed.
struct PipelineScope {
  std::string db;
  std::string coll;  // "": none, the pipeline makes its own documents.
  ParseContext& names;
  PipelinePlace place = PipelinePlace::kMain;
  size_t depth = 0;  // Of pipelines inside of pipelines.
};

struct QueryStageType {
  enum Where { kAnywhere, kFirst, kLast };
  std::string_view name;  // With the '$'.
  std::string_view summary;
  Result<QueryStagePtr> (*parse)(const Value& spec, PipelineScope& scope) = nullptr;
  Where where = kAnywhere;
  bool in_facet = true;
};

std::span<const QueryStageType> query_stages();  // Sorted by name.

class QueryPipeline {
 public:
  // `pipeline`: an array. Errors have MongoDB's codes and texts.
  static Result<QueryPipeline> parse(Document pipeline, PipelineScope& scope);
  // `ns`: "db.coll", or "" for none.
  static QueryPipeline assemble(std::string ns, QueryFilter head, ScanDirection direction,
                                std::vector<QueryStagePtr> stages);
  // Over the documents of the scope's collection.
  std::unique_ptr<ResultStream> open(QueryRun& run) const;
  // Over other documents; the filter at the head is applied to them.
  std::unique_ptr<ResultStream> open(std::unique_ptr<ResultStream> input, QueryRun& run) const;

 private:
  std::string ns_;  // "": none.
  QueryFilter head_;
  ScanDirection direction_ = ScanDirection::kForward;
  std::vector<QueryStagePtr> stages_;
};

// The parsers, by the files they are in.
// stages_of_one_document.cc
Result<QueryStagePtr> parse_query_match(const Value& spec, PipelineScope& scope);
Result<QueryStagePtr> parse_query_project(const Value& spec, PipelineScope& scope);
Result<QueryStagePtr> parse_query_add_fields(const Value& spec, PipelineScope& scope);
Result<QueryStagePtr> parse_query_set(const Value& spec, PipelineScope& scope);
Result<QueryStagePtr> parse_query_unset(const Value& spec, PipelineScope& scope);
Result<QueryStagePtr> parse_query_replace_root(const Value& spec, PipelineScope& scope);
Result<QueryStagePtr> parse_query_replace_with(const Value& spec, PipelineScope& scope);
Result<QueryStagePtr> parse_query_unwind(const Value& spec, PipelineScope& scope);
// stages_of_order.cc
Result<QueryStagePtr> parse_query_sort(const Value& spec, PipelineScope& scope);
Result<QueryStagePtr> parse_query_limit(const Value& spec, PipelineScope& scope);
Result<QueryStagePtr> parse_query_skip(const Value& spec, PipelineScope& scope);
Result<QueryStagePtr> parse_query_count(const Value& spec, PipelineScope& scope);
Result<QueryStagePtr> parse_query_sample(const Value& spec, PipelineScope& scope);
// stages_of_groups.cc
Result<QueryStagePtr> parse_query_group(const Value& spec, PipelineScope& scope);
Result<QueryStagePtr> parse_query_sort_by_count(const Value& spec, PipelineScope& scope);
Result<QueryStagePtr> parse_query_bucket(const Value& spec, PipelineScope& scope);
Result<QueryStagePtr> parse_query_bucket_auto(const Value& spec, PipelineScope& scope);
// stages_of_pipelines.cc
Result<QueryStagePtr> parse_query_facet(const Value& spec, PipelineScope& scope);
Result<QueryStagePtr> parse_query_union_with(const Value& spec, PipelineScope& scope);
Result<QueryStagePtr> parse_query_documents(const Value& spec, PipelineScope& scope);
// True if a pipeline needs no collection.
bool begins_with_documents(Document pipeline);
// stage_lookup.cc
Result<QueryStagePtr> parse_query_lookup(const Value& spec, PipelineScope& scope);
// stages_of_writing.cc
Result<QueryStagePtr> parse_query_merge(const Value& spec, PipelineScope& scope);
Result<QueryStagePtr> parse_query_out(const Value& spec, PipelineScope& scope);
// stages_of_statistics.cc
Result<QueryStagePtr> parse_query_coll_stats(const Value& spec, PipelineScope& scope);
Result<QueryStagePtr> parse_query_index_stats(const Value& spec, PipelineScope& scope);

// Of find, which is made of the same stages. `columns`: not empty.
QueryStagePtr make_query_sort(std::vector<SortColumn> columns);
QueryStagePtr make_query_skip(uint64_t count);
QueryStagePtr make_query_limit(uint64_t count);

}  // namespace penstock

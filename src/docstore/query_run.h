// SPDX-License-Identifier: Apache-2.0
// One run of a query: what all its parts share, and what a stage of it is.
//
//   parsed pipeline (immutable)  --open()-->  scan --> stage --> stage     each pulls documents from the one before
//
// A document that a stream gives is valid until its next next(): who keeps it copies it. Thread: one at a time.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "docstore/docstore.h"
#include "docstore/result_stream.h"
#include "expression/expression.h"

namespace penstock {

struct QueryRun {
  const DocStore& store;
  // Of aggregate: the same store, where $out and $merge may write, and dice for $sample and new `_id`s.
  DocStore* writer = nullptr;
  Random* random = nullptr;
  size_t memory_bytes_max = size_t{100} << 20;
  std::vector<Value> variables;  // As large as the ParseContext of the query says.
  RowMeta meta;

  // For evaluating in `arena`; the root is the caller's to set.
  EvalContext context(Arena& arena) {
    EvalContext made{.arena = arena, .clock = store.clock()};
    made.meta = &meta;
    made.variables = variables.data();
    return made;
  }
};

// A parsed stage. It outlives the streams it opens.
class QueryStage {
 public:
  virtual ~QueryStage() = default;
  // Called for every run of its pipeline, several times where the pipeline is one of $lookup. Does no work yet.
  virtual std::unique_ptr<ResultStream> open(std::unique_ptr<ResultStream> input, QueryRun& run) const = 0;

  // What it does to the number of documents: how many of its input are wanted follows from it.
  struct Effect {
    enum Kind { kUnknown, kOneForOne, kSkips, kLimits } kind = kUnknown;
    uint64_t count = 0;
  };
  virtual Effect effect() const { return {}; }
  // While a pipeline is put together: nobody will ask for more than `count` documents of a run.
  virtual void only_first(uint64_t) {}
};

using QueryStagePtr = std::unique_ptr<QueryStage>;

// A stage whose stream `Stream` is made from (input, run, const Spec&).
template <typename Spec, typename Stream, QueryStage::Effect::Kind effect_kind = QueryStage::Effect::kUnknown>
class StageOf final : public QueryStage {
 public:
  explicit StageOf(Spec spec) : spec_(std::move(spec)) {}
  std::unique_ptr<ResultStream> open(std::unique_ptr<ResultStream> input, QueryRun& run) const override {
    return std::make_unique<Stream>(std::move(input), run, spec_);
  }
  Effect effect() const override { return {.kind = effect_kind}; }

 private:
  Spec spec_;
};

// Documents that are there already.
class DocumentList final : public ResultStream {
 public:
  explicit DocumentList(std::vector<OwnedDocument> documents) : documents_(std::move(documents)) {}
  Result<std::optional<Document>> next() override {
    if (at_ == documents_.size()) return std::optional<Document>();
    return std::optional<Document>(documents_[at_++].view());
  }

 private:
  std::vector<OwnedDocument> documents_;
  size_t at_ = 0;
};

// "`what` is not supported by this version of Penstock yet", with the code 115.
Error query_not_supported(std::string_view what);
// Error 292: `what` needs more than `bytes_max`.
Error memory_exceeded(std::string_view what, size_t bytes_max);

}  // namespace penstock

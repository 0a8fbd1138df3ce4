// SPDX-License-Identifier: Apache-2.0
// Stages of aggregate about order and number: $sort, $limit, $skip, $count, $sample (reference mql-semantics 15.5,
// 15.6).
#include <algorithm>
#include <cmath>

#include "bson/ejson.h"
#include "bson/number.h"
#include "docstore/query_pipeline.h"

namespace penstock {
namespace {

class SortedStream final : public ResultStream {
 public:
  SortedStream(std::unique_ptr<ResultStream> input, QueryRun& run, const std::vector<SortColumn>& columns,
               uint64_t keep)
      : input_(std::move(input)), sorter_(columns, keep, run.memory_bytes_max) {}
  Result<std::optional<Document>> next() override {
    if (input_ != nullptr) PS_TRY(sort());
    if (given_ == sorted_.size()) return std::optional<Document>();
    if (given_ > 0) sorted_[given_ - 1] = OwnedDocument();  // Nobody looks at it any more.
    return std::optional<Document>(sorted_[given_++].view());
  }

 private:
  Result<void> sort() {
    while (true) {
      PS_TRY(const auto document, input_->next());
      if (!document) break;
      PS_TRY(sorter_.add(*document));
    }
    input_.reset();
    sorted_ = sorter_.take();
    return {};
  }

  std::unique_ptr<ResultStream> input_;
  Sorter sorter_;
  std::vector<OwnedDocument> sorted_;
  size_t given_ = 0;
};

class SortStage final : public QueryStage {
 public:
  explicit SortStage(std::vector<SortColumn> columns) : columns_(std::move(columns)) {}
  std::unique_ptr<ResultStream> open(std::unique_ptr<ResultStream> input, QueryRun& run) const override {
    return std::make_unique<SortedStream>(std::move(input), run, columns_, keep_);
  }
  void only_first(uint64_t count) override { keep_ = count; }

 private:
  std::vector<SortColumn> columns_;
  uint64_t keep_ = 0;
};

class LimitedStream final : public ResultStream {
 public:
  LimitedStream(std::unique_ptr<ResultStream> input, uint64_t count) : input_(std::move(input)), left_(count) {}
  Result<std::optional<Document>> next() override {
    if (left_ == 0) return std::optional<Document>();
    --left_;
    return input_->next();
  }
  bool at_end() const override { return left_ == 0; }

 private:
  std::unique_ptr<ResultStream> input_;
  uint64_t left_;
};

class LimitStage final : public QueryStage {
 public:
  explicit LimitStage(uint64_t count) : count_(count) {}
  std::unique_ptr<ResultStream> open(std::unique_ptr<ResultStream> input, QueryRun&) const override {
    return std::make_unique<LimitedStream>(std::move(input), count_);
  }
  Effect effect() const override { return {.kind = Effect::kLimits, .count = count_}; }

 private:
  uint64_t count_;
};

class SkippedStream final : public ResultStream {
 public:
  SkippedStream(std::unique_ptr<ResultStream> input, uint64_t count) : input_(std::move(input)), left_(count) {}
  Result<std::optional<Document>> next() override {
    for (; left_ > 0; --left_) {
      PS_TRY(const auto document, input_->next());
      if (!document) return document;
    }
    return input_->next();
  }

 private:
  std::unique_ptr<ResultStream> input_;
  uint64_t left_;
};

class SkipStage final : public QueryStage {
 public:
  explicit SkipStage(uint64_t count) : count_(count) {}
  std::unique_ptr<ResultStream> open(std::unique_ptr<ResultStream> input, QueryRun&) const override {
    return std::make_unique<SkippedStream>(std::move(input), count_);
  }
  Effect effect() const override { return {.kind = Effect::kSkips, .count = count_}; }

 private:
  uint64_t count_;
};

class CountedStream final : public ResultStream {
 public:
  CountedStream(std::unique_ptr<ResultStream> input, QueryRun&, const std::string& name)
      : input_(std::move(input)), name_(name) {}
  Result<std::optional<Document>> next() override {
    if (input_ == nullptr) return std::optional<Document>();
    int64_t count = 0;
    while (true) {
      PS_TRY(const auto document, input_->next());
      if (!document) break;
      ++count;
    }
    input_.reset();
    if (count == 0) return std::optional<Document>();
    builder_.append(name_, count <= INT32_MAX ? Value::int32(static_cast<int32_t>(count)) : Value::int64(count));
    return std::optional<Document>(builder_.finish());
  }

 private:
  std::unique_ptr<ResultStream> input_;
  const std::string& name_;
  DocumentBuilder builder_;
};

// Reservoir: after n documents each of them is among the kept ones with the same chance.
class SampledStream final : public ResultStream {
 public:
  SampledStream(std::unique_ptr<ResultStream> input, QueryRun& run, const uint64_t& size)
      : input_(std::move(input)), run_(run), size_(size) {}
  Result<std::optional<Document>> next() override {
    if (input_ != nullptr) PS_TRY(draw());
    if (given_ == drawn_.size()) return std::optional<Document>();
    return std::optional<Document>(drawn_[given_++].view());
  }

 private:
  Result<void> draw() {
    size_t bytes = 0;
    for (uint64_t seen = 0; size_ > 0; ++seen) {
      PS_TRY(const auto document, input_->next());
      if (!document) break;
      const uint64_t place = seen < size_ ? seen : run_.random->below(seen + 1);
      if (place >= size_) continue;
      if (place == drawn_.size()) {
        drawn_.emplace_back();
      } else {
        bytes -= drawn_[place].bytes().size();
      }
      drawn_[place] = OwnedDocument(*document);
      bytes += document->size();
      if (bytes > run_.memory_bytes_max) return memory_exceeded("$sample", run_.memory_bytes_max);
    }
    input_.reset();
    for (size_t i = drawn_.size(); i > 1; --i)
      std::swap(drawn_[i - 1], drawn_[run_.random->below(i)]);
    return {};
  }

  std::unique_ptr<ResultStream> input_;
  QueryRun& run_;
  uint64_t size_;
  std::vector<OwnedDocument> drawn_;
  size_t given_ = 0;
};

// A number of documents, with MongoDB's words about what is wrong with it.
Result<uint64_t> parse_number(std::string_view stage, ErrorCode code, const Value& value) {
  const auto refuse = [&](std::string_view why) {
    return Error(code, "invalid argument to {} stage: {} {}: {}", stage, why, stage, to_text(value));
  };
  if (!value.is_number()) return refuse("Expected a number in:");
  const auto number = to_integral(value);
  if (!number) return refuse("Expected an integer:");
  if (*number < 0) return refuse("Expected a non-negative number in:");
  return static_cast<uint64_t>(*number);
}

}  // namespace

QueryStagePtr make_query_sort(std::vector<SortColumn> columns) {
  return std::make_unique<SortStage>(std::move(columns));
}
QueryStagePtr make_query_skip(uint64_t count) { return std::make_unique<SkipStage>(count); }
QueryStagePtr make_query_limit(uint64_t count) { return std::make_unique<LimitStage>(count); }

Result<QueryStagePtr> parse_query_sort(const Value& spec, PipelineScope&) {
  if (!spec.is_object()) return Error(ErrorCode{15973}, "the $sort key specification must be an object");
  if (spec.as_object().empty()) return Error(ErrorCode{15976}, "$sort stage must have at least one sort key");
  PS_TRY(auto columns, parse_sort(spec.as_object()));
  return make_query_sort(std::move(columns));
}

Result<QueryStagePtr> parse_query_limit(const Value& spec, PipelineScope&) {
  PS_TRY(const uint64_t count, parse_number("$limit", ErrorCode{5107201}, spec));
  if (count == 0) return Error(ErrorCode{15958}, "the limit must be positive");
  return make_query_limit(count);
}

Result<QueryStagePtr> parse_query_skip(const Value& spec, PipelineScope&) {
  PS_TRY(const uint64_t count, parse_number("$skip", ErrorCode{5107200}, spec));
  return make_query_skip(count);
}

Result<QueryStagePtr> parse_query_count(const Value& spec, PipelineScope&) {
  if (!spec.is_string()) return Error(ErrorCode{40156}, "the count field must be a non-empty string");
  const std::string_view name = spec.as_string();
  if (name.empty()) return Error(ErrorCode{40157}, "the count field must be a non-empty string");
  if (name.starts_with('$')) return Error(ErrorCode{40158}, "the count field cannot be a $-prefixed path");
  if (name.find('\0') != std::string_view::npos) {
    return Error(ErrorCode{40159}, "the count field cannot contain a null byte");
  }
  if (name.find('.') != std::string_view::npos) return Error(ErrorCode{40160}, "the count field cannot contain '.'");
  if (name == "_id") return Error(ErrorCode{9039800}, "the count field cannot be '_id'");
  return QueryStagePtr(std::make_unique<StageOf<std::string, CountedStream>>(std::string(name)));
}

Result<QueryStagePtr> parse_query_sample(const Value& spec, PipelineScope&) {
  if (!spec.is_object()) return Error(ErrorCode{28745}, "the $sample stage specification must be an object");
  Value size;
  for (const Element& option : spec.as_object()) {
    if (option.name != "size") return Error(ErrorCode{28748}, "unrecognized option to $sample: {}", option.name);
    size = option.value;
    if (!size.is_number()) return Error(ErrorCode{28746}, "size argument to $sample must be a number");
  }
  if (size.is_missing()) return Error(ErrorCode{28749}, "$sample stage must specify a size");
  const double number = to_double(size);
  const double whole = size.type() == Type::kDecimal ? std::nearbyint(number) : std::trunc(number);
  if (!(whole >= 1)) return Error(ErrorCode{28747}, "size argument to $sample must be a positive number");
  constexpr double kMost = 1e15;  // More than any collection has.
  const auto count = static_cast<uint64_t>(std::min(whole, kMost));
  return QueryStagePtr(std::make_unique<StageOf<uint64_t, SampledStream>>(count));
}

}  // namespace penstock

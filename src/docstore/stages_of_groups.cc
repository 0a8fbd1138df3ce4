// SPDX-License-Identifier: Apache-2.0
// $group and the stages that are one in disguise: $sortByCount, $bucket; and $bucketAuto (reference
// mql-semantics 15.4). Grouping itself is that of the windows (stages/group_stage.h); here a part holds a whole
// collection, in bounded memory.
#include <algorithm>
#include <cmath>

#include "bson/compare.h"
#include "bson/ejson.h"
#include "bson/number.h"
#include "docstore/query_pipeline.h"
#include "stages/group_stage.h"

namespace penstock {
namespace {

// A row that fails ends the query: its error, for there are no dead letters here.
class FirstFailure final : public DeadLetterCollector {
 public:
  bool wanted() const override { return false; }
  void add(DeadLetter letter) override {
    if (!failed_) failed_ = Error::of(letter.code, std::move(letter.reason));
  }
  Result<void> verdict() const {
    if (failed_) return failed_->clone();
    return {};
  }

 private:
  std::optional<Error> failed_;
};

// Groups that are being made, and then their documents.
class Grouping {
 public:
  Grouping(QueryRun& run, const GroupSpec& spec) : run_(run), spec_(spec), part_(spec.layout()) {}

  Result<void> add(Document document) {
    if (adder_ == nullptr) {
      PS_TRY(adder_, spec_.build_adder(nullptr));
    }
    arena_.reset();
    EvalContext context = run_.context(arena_);
    const Row row{.root = Value::object(document)};
    FirstFailure failure;
    PS_TRY(adder_->add({&row, 1}, PartitionId{0}, part_, context, failure));
    PS_TRY(failure.verdict());
    if (part_.bytes() > run_.memory_bytes_max) return memory_exceeded("$group", run_.memory_bytes_max);
    return {};
  }

  // One row per group, in the order of first occurrence.
  Result<void> finish(RowBatch& results) {
    EvalContext context = run_.context(results.arena);
    FirstFailure failure;
    PS_TRY(spec_.results(part_, nullptr, nullptr, results, context, failure));
    return failure.verdict();
  }

 private:
  QueryRun& run_;
  const GroupSpec& spec_;
  GroupPart part_;
  std::unique_ptr<GroupSpec::Adder> adder_;
  Arena arena_{4096};
};

class GroupedStream final : public ResultStream {
 public:
  GroupedStream(std::unique_ptr<ResultStream> input, QueryRun& run, const std::unique_ptr<GroupSpec>& spec)
      : input_(std::move(input)), run_(run), spec_(*spec) {}
  Result<std::optional<Document>> next() override {
    if (input_ != nullptr) PS_TRY(group());
    if (given_ == results_.rows.size()) return std::optional<Document>();
    return std::optional<Document>(results_.rows[given_++].root.as_object());
  }

 private:
  Result<void> group() {
    Grouping grouping(run_, spec_);
    while (true) {
      PS_TRY(const auto document, input_->next());
      if (!document) break;
      PS_TRY(grouping.add(*document));
    }
    input_.reset();
    return grouping.finish(results_);
  }

  std::unique_ptr<ResultStream> input_;
  QueryRun& run_;
  const GroupSpec& spec_;
  RowBatch results_;
  size_t given_ = 0;
};

QueryStagePtr make_group(std::unique_ptr<GroupSpec> spec) {
  return std::make_unique<StageOf<std::unique_ptr<GroupSpec>, GroupedStream>>(std::move(spec));
}

// A group, then a sort.
class GroupThenSort final : public QueryStage {
 public:
  GroupThenSort(QueryStagePtr group, QueryStagePtr sort) : group_(std::move(group)), sort_(std::move(sort)) {}
  std::unique_ptr<ResultStream> open(std::unique_ptr<ResultStream> input, QueryRun& run) const override {
    return sort_->open(group_->open(std::move(input), run), run);
  }
  void only_first(uint64_t count) override { sort_->only_first(count); }

 private:
  QueryStagePtr group_;
  QueryStagePtr sort_;
};

Result<QueryStagePtr> group_then_sort(Document group, SortColumn column, ParseContext& names) {
  PS_TRY(auto spec, GroupSpec::parse(Value::object(group), names));
  return QueryStagePtr(
      std::make_unique<GroupThenSort>(make_group(std::move(spec)), make_query_sort({std::move(column)})));
}

bool is_operator_object(const Value& value) {
  return value.is_object() && !value.as_object().empty() && value.as_object().begin()->name.starts_with('$');
}

bool is_path_or_expression(const Value& value) {
  return is_operator_object(value) || (value.is_string() && value.as_string().starts_with('$'));
}

void append_literal(std::string_view name, const Value& value, DocumentBuilder& to) {
  const size_t mark = to.begin_object(name);
  to.append("$literal", value);
  to.end(mark);
}

// The fields of a bucket: those of `output`, else the number of documents.
void append_output(const Value& output, DocumentBuilder& to) {
  if (output.is_object()) return to.append_all(output.as_object());
  const size_t mark = to.begin_object("count");
  to.append("$sum", Value::int32(1));
  to.end(mark);
}

struct Bucket {
  Value group_by;
  std::vector<Value> boundaries;
  Value rest;  // "default"; missing when there is none.
  Value output;
  std::vector<ExpressionPtr> constants;  // Hold the bytes of the values.
};

// `refusal`: the beginning of what is said when it is not constant.
Result<Value> constant_of(const Value& spec, ErrorCode code, std::string_view refusal, Bucket& bucket,
                          ParseContext& names) {
  PS_TRY(ExpressionPtr expression, parse_expression(spec, names));
  if (expression->constant() == nullptr) return Error(code, "{}: {}.", refusal, to_text(spec));
  const Value value = *expression->constant();
  bucket.constants.push_back(std::move(expression));
  return value;
}

Result<void> read_boundaries(const Value& spec, Bucket& bucket, ParseContext& names) {
  if (!spec.is_array()) {
    return Error(ErrorCode{40200}, "The $bucket 'boundaries' field must be an array, but found type: {}.",
                 type_name(spec.type()));
  }
  for (const Element& element : spec.as_array()) {
    PS_TRY(const Value value,
           constant_of(element.value, ErrorCode{40191},
                       "The $bucket 'boundaries' field must be an array of constant values, but found value", bucket,
                       names));
    bucket.boundaries.push_back(value);
  }
  const std::vector<Value>& bounds = bucket.boundaries;
  if (bounds.size() < 2) {
    return Error(ErrorCode{40192}, "The $bucket 'boundaries' field must have at least 2 values, but found {} value(s).",
                 bounds.size());
  }
  for (size_t i = 1; i < bounds.size(); ++i) {
    if (type_class(bounds[i].type()) != type_class(bounds[i - 1].type())) {
      return Error(ErrorCode{40193},
                   "All values in the the 'boundaries' option to $bucket must have the same type. Found conflicting "
                   "types {} and {}.",
                   type_name(bounds[i - 1].type()), type_name(bounds[i].type()));
    }
    if (compare(bounds[i - 1], bounds[i]) >= 0) {
      return Error(ErrorCode{40194},
                   "The 'boundaries' option to $bucket must be sorted, but elements {} and {} are not in ascending "
                   "order ({} is not less than {}).",
                   i - 1, i, to_text(bounds[i - 1]), to_text(bounds[i]));
    }
  }
  return {};
}

Result<void> read_bucket_option(const Element& option, Bucket& bucket, ParseContext& names) {
  if (option.name == "groupBy") {
    bucket.group_by = option.value;
    if (is_path_or_expression(option.value)) return {};
    return Error(ErrorCode{40202},
                 "The $bucket 'groupBy' field must be defined as a $-prefixed path or an expression, but found: {}.",
                 to_text(option.value));
  }
  if (option.name == "boundaries") return read_boundaries(option.value, bucket, names);
  if (option.name == "default") {
    PS_TRY(bucket.rest,
           constant_of(option.value, ErrorCode{40195},
                       "The $bucket 'default' field must be a constant expression, but found", bucket, names));
    return {};
  }
  if (option.name != "output") return Error(ErrorCode{40197}, "Unrecognized option to $bucket: {}.", option.name);
  bucket.output = option.value;
  if (option.value.is_object()) return {};
  return Error(ErrorCode{40196}, "The $bucket 'output' field must be an object, but found type: {}.",
               type_name(option.value.type()));
}

// {$switch: {branches: [{case: {$and: [{$gte: [e, 0]}, {$lt: [e, 10]}]}, then: 0}, ...], default: ...}} as `_id`.
void append_bucket_key(const Bucket& bucket, DocumentBuilder& to) {
  const size_t id = to.begin_object("_id");
  const size_t call = to.begin_object("$switch");
  const size_t branches = to.begin_array("branches");
  for (uint32_t i = 0; i + 1 < bucket.boundaries.size(); ++i) {
    char scratch[12];
    const size_t branch = to.begin_object(index_name(i, scratch));
    const size_t test = to.begin_object("case");
    const size_t both = to.begin_array("$and");
    uint32_t side = 0;
    for (const std::string_view comparison : {"$gte", "$lt"}) {
      const size_t half = to.begin_object(index_name(side, scratch));
      const size_t arguments = to.begin_array(comparison);
      to.append("0", bucket.group_by);
      append_literal("1", bucket.boundaries[i + side++], to);
      to.end(arguments);
      to.end(half);
    }
    to.end(both);
    to.end(test);
    append_literal("then", bucket.boundaries[i], to);
    to.end(branch);
  }
  to.end(branches);
  if (!bucket.rest.is_missing()) append_literal("default", bucket.rest, to);
  to.end(call);
  to.end(id);
}

struct AutoBuckets {
  ExpressionPtr group_by;
  uint64_t buckets = 0;
  std::unique_ptr<GroupSpec> group;
};

// Sorts by the key and cuts: a bucket is filled to its size, then goes on while the key stays the same.
class AutoBucketStream final : public ResultStream {
 public:
  AutoBucketStream(std::unique_ptr<ResultStream> input, QueryRun& run, const AutoBuckets& spec)
      : input_(std::move(input)), run_(run), spec_(spec) {}
  Result<std::optional<Document>> next() override {
    if (input_ != nullptr) PS_TRY(sort());
    if (begin_ == entries_.size()) return std::optional<Document>();
    const size_t end = end_of_bucket();
    Grouping grouping(run_, *spec_.group);
    for (size_t i = begin_; i < end; ++i)
      PS_TRY(grouping.add(entries_[i].document));
    results_.clear();
    PS_TRY(grouping.finish(results_));
    builder_.clear();
    const size_t id = builder_.begin_object("_id");
    builder_.append("min", entries_[begin_].key);
    builder_.append("max", end == entries_.size() ? entries_[end - 1].key : entries_[end].key);
    builder_.end(id);
    for (const Element& field : results_.rows.front().root.as_object()) {
      if (field.name != "_id") builder_.append(field.name, field.value);
    }
    begin_ = end;
    ++made_;
    return std::optional<Document>(builder_.finish());
  }

 private:
  struct Entry {
    Value key;
    Document document;
  };

  Result<void> sort() {
    Arena scratch(4096);
    size_t bytes = 0;
    while (true) {
      PS_TRY(const auto document, input_->next());
      if (!document) break;
      scratch.reset();
      EvalContext context = run_.context(scratch);
      context.root = Value::object(*document);
      PS_TRY(const Value key, spec_.group_by->evaluate(context));
      entries_.push_back(
          {key.is_missing() ? Value::null() : key.copied_to(arena_), Document(arena_.copy(document->bytes()).data())});
      bytes += document->size() + key.bytes().size() * (key.has_bytes() ? 1 : 0) + sizeof(Entry);
      if (bytes > run_.memory_bytes_max) return memory_exceeded("$bucketAuto", run_.memory_bytes_max);
    }
    input_.reset();
    std::stable_sort(entries_.begin(), entries_.end(),
                     [](const Entry& a, const Entry& b) { return compare(a.key, b.key) < 0; });
    const double even = static_cast<double>(entries_.size()) / static_cast<double>(spec_.buckets);
    size_ = std::max<size_t>(static_cast<size_t>(std::llround(even)), 1);
    return {};
  }

  size_t end_of_bucket() const {
    if (made_ + 1 == spec_.buckets) return entries_.size();
    size_t end = std::min(begin_ + size_, entries_.size());
    while (end < entries_.size() && equal(entries_[end].key, entries_[end - 1].key))
      ++end;
    return end;
  }

  std::unique_ptr<ResultStream> input_;
  QueryRun& run_;
  const AutoBuckets& spec_;
  Arena arena_;
  std::vector<Entry> entries_;
  size_t size_ = 0;
  size_t begin_ = 0;
  uint64_t made_ = 0;
  RowBatch results_;
  DocumentBuilder builder_;
};

Result<uint64_t> bucket_count(const Value& value) {
  if (!value.is_number()) {
    return Error(ErrorCode{40241}, "The $bucketAuto 'buckets' field must be a numeric value, but found type: {}",
                 type_name(value.type()));
  }
  const auto count = to_integral(value);
  if (!count || *count > INT32_MAX || *count < INT32_MIN) {
    return Error(ErrorCode{40242},
                 "The $bucketAuto 'buckets' field must be representable as a 32-bit integer, but found {}",
                 to_text(value));
  }
  if (*count > 0) return static_cast<uint64_t>(*count);
  return Error(ErrorCode{40243}, "The $bucketAuto 'buckets' field must be greater than 0, but found: {}", *count);
}

}  // namespace

Result<QueryStagePtr> parse_query_group(const Value& spec, PipelineScope& scope) {
  PS_TRY(auto group, GroupSpec::parse(spec, scope.names));
  return make_group(std::move(group));
}

Result<QueryStagePtr> parse_query_sort_by_count(const Value& spec, PipelineScope& scope) {
  constexpr std::string_view kWhat =
      "the sortByCount field must be defined as a $-prefixed path or an expression inside an object";
  if (spec.is_object() && !is_operator_object(spec)) return Error::of(ErrorCode{40147}, std::string(kWhat));
  if (spec.is_string() && !is_path_or_expression(spec)) return Error::of(ErrorCode{40148}, std::string(kWhat));
  if (!is_path_or_expression(spec)) {
    return Error(ErrorCode{40149}, "the sortByCount field must be specified as a string or as an object");
  }
  DocumentBuilder group;
  group.append("_id", spec);
  append_output(Value::missing(), group);
  return group_then_sort(group.finish(), {{"count"}, true}, scope.names);
}

Result<QueryStagePtr> parse_query_bucket(const Value& spec, PipelineScope& scope) {
  if (!spec.is_object()) {
    return Error(ErrorCode{40201}, "Argument to $bucket stage must be an object, but found type: {}.",
                 type_name(spec.type()));
  }
  Bucket bucket;
  for (const Element& option : spec.as_object())
    PS_TRY(read_bucket_option(option, bucket, scope.names));
  if (bucket.group_by.is_missing() || bucket.boundaries.empty()) {
    return Error(ErrorCode{40198}, "$bucket requires 'groupBy' and 'boundaries' to be specified.");
  }
  const bool inside = !bucket.rest.is_missing() && compare(bucket.rest, bucket.boundaries.front()) >= 0 &&
                      compare(bucket.rest, bucket.boundaries.back()) < 0;
  if (inside) {
    return Error(ErrorCode{40199},
                 "The $bucket 'default' field must be less than the lowest boundary or greater than or equal to the "
                 "highest boundary.");
  }
  DocumentBuilder group;
  append_bucket_key(bucket, group);
  append_output(bucket.output, group);
  return group_then_sort(group.finish(), {{"_id"}, false}, scope.names);
}

Result<QueryStagePtr> parse_query_bucket_auto(const Value& spec, PipelineScope& scope) {
  if (!spec.is_object()) {
    return Error(ErrorCode{40240}, "The argument to $bucketAuto must be an object, but found type: {}",
                 type_name(spec.type()));
  }
  AutoBuckets buckets;
  Value output;
  for (const Element& option : spec.as_object()) {
    if (option.name == "groupBy") {
      if (!is_path_or_expression(option.value)) {
        return Error(ErrorCode{40239},
                     "The $bucketAuto 'groupBy' field must be defined as a $-prefixed path or an expression object, "
                     "but found: {}",
                     to_text(option.value));
      }
      PS_TRY(buckets.group_by, parse_expression(option.value, scope.names));
    } else if (option.name == "buckets") {
      PS_TRY(buckets.buckets, bucket_count(option.value));
    } else if (option.name == "output") {
      output = option.value;
      if (!output.is_object()) {
        return Error(ErrorCode{40244}, "The $bucketAuto 'output' field must be an object, but found type: {}",
                     type_name(output.type()));
      }
    } else if (option.name == "granularity") {
      return query_not_supported("the option 'granularity' of $bucketAuto");
    } else {
      return Error(ErrorCode{40245}, "Unrecognized option to $bucketAuto: {}", option.name);
    }
  }
  if (buckets.group_by == nullptr || buckets.buckets == 0) {
    return Error(ErrorCode{40246}, "$bucketAuto requires 'groupBy' and 'buckets' to be specified");
  }
  DocumentBuilder group;
  group.append("_id", Value::null());
  const bool counts = output.is_object() && output.as_object().empty();  // Here, not in $bucket.
  append_output(counts ? Value::missing() : output, group);
  PS_TRY(buckets.group, GroupSpec::parse(Value::object(group.finish()), scope.names));
  return QueryStagePtr(std::make_unique<StageOf<AutoBuckets, AutoBucketStream>>(std::move(buckets)));
}

}  // namespace penstock

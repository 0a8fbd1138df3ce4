// SPDX-License-Identifier: Apache-2.0
// $collStats and $indexStats: what clients show about a collection. Sizes are those of the documents; the store does
// not count how often an index is used.
#include <fmt/format.h>

#include "bson/ejson.h"
#include "docstore/query_pipeline.h"

namespace penstock {
namespace {

struct Statistics {
  std::string ns;
  bool count = false;
  bool storage = false;
  int64_t scale = 1;
};

Value number_of(uint64_t n) {
  return n <= INT32_MAX ? Value::int32(static_cast<int32_t>(n)) : Value::int64(static_cast<int64_t>(n));
}

using Record = std::optional<store::CollectionRecord>;

Result<Record> read_record(const ReadTransaction& txn, const std::string& ns) {
  PS_TRY(const auto stored, txn.get(store::kCollections, ns));
  if (!stored) return Record();
  PS_TRY(auto record, store::decode_record(*stored));
  return Record(std::move(record));
}

// Bytes of all documents.
Result<uint64_t> size_of(const ReadTransaction& txn, const store::CollectionRecord& record) {
  if (record.measured) return record.bytes;
  const std::string prefix = store::document_prefix(record.id);
  uint64_t bytes = 0;
  PS_TRY(Cursor cursor, txn.scan(store::kDocuments, prefix));
  while (cursor.valid() && cursor.key().starts_with(prefix)) {
    bytes += cursor.value().size();
    PS_TRY(cursor.next());
  }
  return bytes;
}

class StatisticsStream final : public ResultStream {
 public:
  StatisticsStream(std::unique_ptr<ResultStream>, QueryRun& run, const Statistics& wanted)
      : run_(run), wanted_(wanted) {}
  Result<std::optional<Document>> next() override {
    if (given_) return std::optional<Document>();
    given_ = true;
    PS_TRY(const ReadTransaction txn, run_.store.read());
    PS_TRY(const Record record, read_record(txn, wanted_.ns));
    if (!record && (wanted_.count || wanted_.storage)) {
      return Error(ErrorCode::kNamespaceNotFound,
                   "Unable to retrieve {} in $collStats stage :: caused by :: Collection [{}] not found.",
                   wanted_.storage ? "storageStats" : "count", wanted_.ns);
    }
    builder_.append("ns", Value::string(wanted_.ns));
    builder_.append("localTime", Value::date(run_.store.clock().now()));
    if (wanted_.storage) PS_TRY(write_storage(txn, *record));
    if (wanted_.count) builder_.append("count", number_of(record->count));
    return std::optional<Document>(builder_.finish());
  }

 private:
  Result<void> write_storage(const ReadTransaction& txn, const store::CollectionRecord& record) {
    PS_TRY(const uint64_t bytes, size_of(txn, record));
    const auto scaled = [&](uint64_t n) { return number_of(n / static_cast<uint64_t>(wanted_.scale)); };
    const size_t mark = builder_.begin_object("storageStats");
    builder_.append("size", scaled(bytes));
    builder_.append("count", number_of(record.count));
    if (record.count > 0) builder_.append("avgObjSize", number_of(bytes / record.count));
    builder_.append("storageSize", scaled(bytes));
    builder_.append("freeStorageSize", Value::int32(0));
    builder_.append("capped", Value::boolean(false));
    builder_.append("nindexes", number_of(record.indexes.size()));
    builder_.append("totalIndexSize", Value::int32(0));
    builder_.append("totalSize", scaled(bytes));
    const size_t sizes = builder_.begin_object("indexSizes");
    for (const store::IndexRecord& index : record.indexes)
      builder_.append(index.name(), Value::int32(0));
    builder_.end(sizes);
    builder_.append("scaleFactor", number_of(static_cast<uint64_t>(wanted_.scale)));
    builder_.end(mark);
    return {};
  }

  QueryRun& run_;
  const Statistics& wanted_;
  bool given_ = false;
  DocumentBuilder builder_;
};

class IndexStatisticsStream final : public ResultStream {
 public:
  IndexStatisticsStream(std::unique_ptr<ResultStream>, QueryRun& run, const std::string& ns) : run_(run), ns_(ns) {}
  Result<std::optional<Document>> next() override {
    if (!record_) {
      PS_TRY(const ReadTransaction txn, run_.store.read());
      PS_TRY(Record record, read_record(txn, ns_));
      record_ = record ? std::move(*record) : store::CollectionRecord{.indexes = {}};
    }
    if (place_ == record_->indexes.size()) return std::optional<Document>();
    write(record_->indexes[place_++]);
    return std::optional<Document>(builder_.finish());
  }

 private:
  void write(const store::IndexRecord& index) {
    builder_.clear();
    builder_.append("name", Value::string(index.name()));
    builder_.append("key", Value::object(index.key()));
    const size_t accesses = builder_.begin_object("accesses");
    builder_.append("ops", Value::int64(0));
    builder_.append("since", Value::date(run_.store.clock().now()));
    builder_.end(accesses);
    builder_.append("spec", Value::object(index.spec));
  }

  QueryRun& run_;
  const std::string& ns_;
  std::optional<store::CollectionRecord> record_;
  size_t place_ = 0;
  DocumentBuilder builder_;
};

}  // namespace

Result<QueryStagePtr> parse_query_coll_stats(const Value& spec, PipelineScope& scope) {
  if (!spec.is_object()) {
    return Error(ErrorCode{5447000}, "$collStats must take a nested object but found: $collStats: {}", to_text(spec));
  }
  Statistics wanted{.ns = scope.db + "." + scope.coll};
  for (const Element& option : spec.as_object()) {
    if (option.name == "count") {
      wanted.count = true;
    } else if (option.name == "storageStats") {
      wanted.storage = true;
      const Value scale = option.value.is_object() ? option.value.as_object().get("scale") : Value::missing();
      const bool usable = scale.type() == Type::kInt || scale.type() == Type::kLong;
      if (usable && scale.as_integer() > 0) wanted.scale = scale.as_integer();
    } else if (option.name == "latencyStats" || option.name == "queryExecStats") {
      return query_not_supported(fmt::format("'{}' of $collStats", option.name));
    } else {
      return Error(ErrorCode{40415}, "BSON field '$collStats.{}' is an unknown field.", option.name);
    }
  }
  return QueryStagePtr(std::make_unique<StageOf<Statistics, StatisticsStream>>(std::move(wanted)));
}

Result<QueryStagePtr> parse_query_index_stats(const Value& spec, PipelineScope& scope) {
  if (!spec.is_object() || !spec.as_object().empty()) {
    return Error(ErrorCode{28803}, "The $indexStats stage specification must be an empty object");
  }
  using Stage = StageOf<std::string, IndexStatisticsStream>;
  return QueryStagePtr(std::make_unique<Stage>(scope.db + "." + scope.coll));
}

}  // namespace penstock

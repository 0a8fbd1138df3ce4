// SPDX-License-Identifier: Apache-2.0
// DocStore::find: walk, filter, sort, skip, limit.
#include "bson/compare.h"
#include "docstore/docstore.h"
#include "docstore/sort_keys.h"
#include "expression/match.h"

namespace penstock {
namespace {

// Tests documents one by one; an empty filter takes all.
class FilterTest {
 public:
  static Result<FilterTest> parse(Document spec, const Clock& clock) {
    FilterTest test(clock);
    if (spec.empty()) return test;
    ParseContext names;
    PS_TRY(test.filter_, parse_filter_document(spec, names));
    test.filter_->bind(nullptr);
    test.variables_.resize(names.variable_count());
    return test;
  }
  Result<bool> passes(Document document) {
    if (filter_ == nullptr) return true;
    arena_.reset();
    EvalContext context{.arena = arena_, .clock = clock_};
    context.root = Value::object(document);
    context.meta = &meta_;
    context.variables = variables_.data();
    return filter_->matches(context);
  }

 private:
  explicit FilterTest(const Clock& clock) : clock_(clock) {}
  const Clock& clock_;
  std::unique_ptr<Filter> filter_;
  std::vector<Value> variables_;
  Arena arena_;
  RowMeta meta_;
};

// The value of a filter that is {_id: value} and nothing else: then the index finds the one document there can be.
Value single_id(Document filter) {
  if (filter.count() != 1) return Value::missing();
  const Value id = filter.get("_id");
  const bool plain = !id.is_nullish() && !id.is_array() && id.type() != Type::kRegex;
  const bool has_operators =
      id.is_object() && !id.as_object().empty() && (*id.as_object().begin()).name.starts_with('$');
  return plain && !has_operators ? id : Value::missing();
}

// Calls `take` for the documents that pass, in natural order, until it says false.
template <typename Take>
Result<void> walk(const ReadTransaction& txn, const store::CollectionRecord& record, Document filter, FilterTest& test,
                  const Take& take) {
  if (const Value id = single_id(filter); !id.is_missing()) {
    std::string key;
    append_equality_key(id, key);
    PS_TRY(auto sequence, store::find_key(txn, record.id, 0, key));
    if (!sequence) return {};
    PS_TRY(auto stored, txn.get(store::kDocuments, store::document_key(record.id, *sequence)));
    if (!stored) return Error(ErrorCode::kDisk, "the store is damaged: an index names a document that is not there");
    PS_TRY(bool more, take(Document(stored->data())));
    static_cast<void>(more);
    return {};
  }
  const std::string prefix = store::document_prefix(record.id);
  PS_TRY(Cursor cursor, txn.scan(store::kDocuments, prefix));
  while (cursor.valid() && cursor.key().starts_with(prefix)) {
    const Document document(cursor.value().data());
    PS_TRY(const bool passes, test.passes(document));
    if (passes) {
      PS_TRY(const bool more, take(document));
      if (!more) return {};
    }
    PS_TRY(cursor.next());
  }
  return {};
}

// Leaves out the first `skip` documents and stops after `limit`.
class Slice {
 public:
  Slice(const FindOptions& options, const DocumentVisitor& visitor)
      : skip_(options.skip), left_(options.limit == 0 ? UINT64_MAX : options.limit), visitor_(visitor) {}
  Result<bool> operator()(Document document) {
    if (skip_ > 0) {
      --skip_;
      return true;
    }
    PS_TRY(const bool more, visitor_(document));
    return more && --left_ > 0;
  }

 private:
  uint64_t skip_;
  uint64_t left_;
  const DocumentVisitor& visitor_;
};

}  // namespace

Result<void> DocStore::find(std::string_view db, std::string_view coll, const FindOptions& options,
                            const DocumentVisitor& visitor) const {
  PS_TRY(std::string name, store::namespace_of(db, coll));
  PS_TRY(auto columns, parse_sort(options.sort));
  PS_TRY(FilterTest test, FilterTest::parse(options.filter, clock_));
  PS_TRY(ReadTransaction txn, environment_->read());
  PS_TRY(auto stored, txn.get(store::kCollections, name));
  if (!stored) return {};
  PS_TRY(auto record, store::decode_record(*stored));
  Slice slice(options, visitor);
  if (columns.empty()) return walk(txn, record, options.filter, test, [&](Document d) { return slice(d); });

  const uint64_t keep = options.limit == 0 || options.skip > UINT64_MAX / 4 ? 0 : options.limit + options.skip;
  Sorter sorter(std::move(columns), keep > UINT64_MAX / 4 ? 0 : keep, options.sort_bytes_max);
  PS_TRY(walk(txn, record, options.filter, test, [&](Document document) -> Result<bool> {
    PS_TRY(sorter.add(document));
    return true;
  }));
  for (const OwnedDocument& document : sorter.take()) {
    PS_TRY(const bool more, slice(document));
    if (!more) return {};
  }
  return {};
}

Result<std::vector<OwnedDocument>> DocStore::find_all(std::string_view db, std::string_view coll,
                                                      const FindOptions& options) const {
  std::vector<OwnedDocument> documents;
  PS_TRY(find(db, coll, options, [&](Document document) -> Result<bool> {
    documents.emplace_back(document);
    return true;
  }));
  return documents;
}

}  // namespace penstock

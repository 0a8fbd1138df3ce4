// SPDX-License-Identifier: Apache-2.0
#include "docstore/query_filter.h"

#include "bson/compare.h"

namespace penstock {
namespace {

// A value that equality finds as a whole: null also means missing, a regex is a pattern, an array is entered.
bool is_plain(const Value& value) { return !value.is_nullish() && !value.is_array() && value.type() != Type::kRegex; }

std::string key_of(const Value& value) {
  std::string key;
  append_equality_key(value, key);
  return key;
}

// {_id: 5}, {_id: {$eq: 5}}, {_id: {$in: [5, 6]}}, perhaps beside other conditions.
std::optional<std::vector<std::string>> ids_of(Document spec) {
  const Value id = spec.get("_id");
  if (!is_plain(id)) return std::nullopt;
  const bool operators = id.is_object() && !id.as_object().empty() && id.as_object().begin()->name.starts_with('$');
  if (!operators) return std::vector<std::string>{key_of(id)};
  const Value one = id.as_object().get("$eq");
  if (is_plain(one)) return std::vector<std::string>{key_of(one)};
  const Value several = id.as_object().get("$in");
  if (!several.is_array()) return std::nullopt;
  std::vector<std::string> keys;
  for (const Element& element : several.as_array()) {
    if (!is_plain(element.value)) return std::nullopt;
    keys.push_back(key_of(element.value));
  }
  return keys;
}

class FilteredStream final : public ResultStream {
 public:
  FilteredStream(std::unique_ptr<ResultStream> input, const QueryFilter& filter, QueryRun& run)
      : input_(std::move(input)), filter_(filter), run_(run) {}
  Result<std::optional<Document>> next() override {
    while (true) {
      PS_TRY(const auto document, input_->next());
      if (!document) return document;
      PS_TRY(const bool passes, filter_.passes(*document, run_, scratch_));
      if (passes) return document;
    }
  }

 private:
  std::unique_ptr<ResultStream> input_;
  const QueryFilter& filter_;
  QueryRun& run_;
  Arena scratch_{4096};
};

}  // namespace

std::unique_ptr<ResultStream> open_filter(std::unique_ptr<ResultStream> input, const QueryFilter& filter,
                                          QueryRun& run) {
  return std::make_unique<FilteredStream>(std::move(input), filter, run);
}

Result<QueryFilter> QueryFilter::parse(Document spec, ParseContext& names) {
  QueryFilter filter;
  if (spec.empty()) return filter;
  PS_TRY(filter.filter_, parse_filter_document(spec, names));
  filter.filter_->bind(nullptr);
  filter.id_keys_ = ids_of(spec);
  return filter;
}

QueryFilter QueryFilter::of_ids(std::vector<std::string> keys) {
  QueryFilter filter;
  filter.id_keys_ = std::move(keys);
  return filter;
}

Result<bool> QueryFilter::passes(Document document, QueryRun& run, Arena& scratch) const {
  if (filter_ == nullptr) return true;
  scratch.reset();
  EvalContext context = run.context(scratch);
  context.root = Value::object(document);
  return filter_->matches(context);
}

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
// $push $addToSet $pop $pull $pullAll.
#include <algorithm>
#include <optional>

#include "bson/compare.h"
#include "bson/ejson.h"
#include "bson/number.h"
#include "docstore/sort_keys.h"
#include "docstore/update_modifiers.h"
#include "expression/match.h"
#include "expression/match_query.h"

namespace penstock {
namespace {

using Values = std::vector<Value>;

Values elements_of(Document array) {
  Values values;
  for (const Element& element : array)
    values.push_back(element.value);
  return values;
}

Value array_of(const Values& values, Arena& arena) {
  ArrayBuilder builder;
  for (const Value& value : values)
    builder.append(value);
  return Value::array(builder.finish_in(arena));
}

// How $push orders an array: whole elements, or fields of them.
struct PushOrder {
  std::vector<SortColumn> columns;  // Empty: whole elements.
  bool descending = false;

  int compare_elements(const Value& a, const Value& b) const {
    if (columns.empty()) return descending ? compare(b, a) : compare(a, b);
    const Document left = a.is_object() ? a.as_object() : Document();
    const Document right = b.is_object() ? b.as_object() : Document();
    for (const SortColumn& column : columns) {
      const int order = compare(sort_key(left, column), sort_key(right, column));
      if (order != 0) return column.descending ? -order : order;
    }
    return 0;
  }
};

class Push final : public Modifier {
 public:
  Values values;
  std::optional<int64_t> position;
  std::optional<int64_t> slice;
  std::optional<PushOrder> order;

  Result<Value> apply(const Value& existing, const FieldPlace& place, UpdateRun& run) const override {
    if (!existing.is_missing() && !existing.is_array()) {
      return Error(ErrorCode::kBadValue, "The field '{}' must be an array but is of type {} in document {{{}}}",
                   place.name, type_name(existing.type()), id_text(run.original));
    }
    Values result = existing.is_missing() ? Values() : elements_of(existing.as_array());
    result.insert(result.begin() + insert_at(result.size()), values.begin(), values.end());
    if (order) {
      std::stable_sort(result.begin(), result.end(),
                       [&](const Value& a, const Value& b) { return order->compare_elements(a, b) < 0; });
    }
    if (slice) cut(result, *slice);
    run.touched |= !values.empty() || order.has_value();
    return array_of(result, run.arena);
  }

 private:
  std::ptrdiff_t insert_at(size_t size) const {
    const auto end = static_cast<int64_t>(size);
    if (!position) return end;
    return *position < 0 ? std::max<int64_t>(0, end + std::max(*position, -end)) : std::min(*position, end);
  }
  static void cut(Values& values, int64_t slice) {
    const auto size = static_cast<int64_t>(values.size());
    if (slice >= 0 && slice < size) values.resize(static_cast<size_t>(slice));
    if (slice < 0 && slice > -size) values.erase(values.begin(), values.begin() + (size + slice));
  }
};

Result<int64_t> parse_whole(std::string_view clause, std::string_view words, const Value& value) {
  const auto whole = value.is_number() ? to_integral(value) : std::nullopt;
  if (whole) return *whole;
  return Error(ErrorCode::kBadValue, "The value for {} must be an integer value{} type: {}", clause, words,
               type_name(value.type()));
}

Result<PushOrder> parse_push_order(const Value& spec) {
  PushOrder order;
  if (spec.is_number()) {
    const double direction = to_double(spec);
    if (direction != 1 && direction != -1) {
      return Error(ErrorCode::kBadValue, "The $sort element value must be either 1 or -1");
    }
    order.descending = direction < 0;
    return order;
  }
  if (!spec.is_object()) {
    return Error(ErrorCode::kBadValue,
                 "The $sort is invalid: use 1/-1 to sort the whole element, or {{field:1/-1}} to sort embedded fields");
  }
  if (spec.as_object().empty()) {
    return Error(ErrorCode::kBadValue, "The sort pattern is empty when it should be a set of fields.");
  }
  for (const Element& field : spec.as_object()) {
    const double direction = field.value.is_number() ? to_double(field.value) : 0;
    if (direction != 1 && direction != -1) {
      return Error(ErrorCode::kBadValue, "The sort element value must be either 1 or -1");
    }
  }
  PS_TRY(order.columns, parse_sort(spec.as_object()));
  return order;
}

Result<void> parse_push_clause(const Element& clause, Push& push) {
  if (clause.name == "$each") {
    if (!clause.value.is_array()) {
      return Error(ErrorCode::kBadValue, "The argument to $each in $push must be an array but it was of type: {}",
                   type_name(clause.value.type()));
    }
    push.values = elements_of(clause.value.as_array());
    return {};
  }
  if (clause.name == "$slice") {
    PS_TRY(push.slice, parse_whole("$slice", " but was given", clause.value));
    return {};
  }
  if (clause.name == "$position") {
    PS_TRY(push.position, parse_whole("$position", ", not of", clause.value));
    return {};
  }
  if (clause.name == "$sort") {
    PS_TRY(push.order, parse_push_order(clause.value));
    return {};
  }
  return Error(ErrorCode::kBadValue, "Unrecognized clause in $push: {}", clause.name);
}

class AddToSet final : public Modifier {
 public:
  explicit AddToSet(Values values) : values_(std::move(values)) {}
  Result<Value> apply(const Value& existing, const FieldPlace& place, UpdateRun& run) const override {
    if (!existing.is_missing() && !existing.is_array()) {
      return Error(ErrorCode::kBadValue,
                   "Cannot apply $addToSet to non-array field. Field named '{}' has non-array type {}", place.name,
                   type_name(existing.type()));
    }
    Values result = existing.is_missing() ? Values() : elements_of(existing.as_array());
    const size_t before = result.size();
    for (const Value& value : values_) {
      const auto same = [&](const Value& other) { return equal(value, other); };
      if (std::none_of(result.begin(), result.end(), same)) result.push_back(value);
    }
    if (!existing.is_missing() && result.size() == before) return existing;
    return array_of(result, run.arena);
  }

 private:
  Values values_;
};

class Pop final : public Modifier {
 public:
  explicit Pop(bool first) : first_(first) {}
  Result<Value> apply(const Value& existing, const FieldPlace& place, UpdateRun& run) const override {
    if (!existing.is_array()) {
      return Error(ErrorCode::kTypeMismatch, "Path '{}' contains an element of non-array type '{}'", place.path,
                   type_name(existing.type()));
    }
    Values values = elements_of(existing.as_array());
    if (values.empty()) return existing;
    values.erase(first_ ? values.begin() : values.end() - 1);
    return array_of(values, run.arena);
  }
  bool creates(const UpdateRun&) const override { return false; }

 private:
  bool first_;
};

// Elements for which `goes(element)` is true are left out.
class Culling : public Modifier {
 public:
  Result<Value> apply(const Value& existing, const FieldPlace&, UpdateRun& run) const override {
    if (!existing.is_array()) return Error(ErrorCode::kBadValue, "Cannot apply $pull to a non-array value");
    Values kept;
    for (const Element& element : existing.as_array()) {
      if (!goes(element.value)) kept.push_back(element.value);
    }
    return kept.size() == existing.as_array().count() ? existing : array_of(kept, run.arena);
  }
  bool creates(const UpdateRun&) const override { return false; }

 protected:
  virtual bool goes(const Value& element) const = 0;
};

class PullEqual final : public Culling {
 public:
  explicit PullEqual(Values values) : values_(std::move(values)) {}

 private:
  bool goes(const Value& element) const override {
    return std::any_of(values_.begin(), values_.end(), [&](const Value& value) { return equal(value, element); });
  }
  Values values_;
};

// {$pull: {a: {x: 1}}}: a query that elements are asked as documents.
class PullDocuments final : public Culling {
 public:
  explicit PullDocuments(std::unique_ptr<Query> query) : query_(std::move(query)) {}

 private:
  bool goes(const Value& element) const override {
    return element.is_object() && query_->matches_document(element.as_object());
  }
  std::unique_ptr<Query> query_;
};

// {$pull: {a: {$gte: 5}}}: operators that elements are asked as values.
class PullValues final : public Culling {
 public:
  explicit PullValues(OwnedDocument spec) : spec_(std::move(spec)) {}
  Result<void> parse() {
    PS_TRY(query_, parse_query(spec_, nullptr));
    return {};
  }

 private:
  bool goes(const Value& element) const override {
    DocumentBuilder holder;
    holder.append("", element);
    return query_->matches_document(holder.finish());
  }
  OwnedDocument spec_;  // {"": {$gte: 5}}
  std::unique_ptr<Query> query_;
};

// An operator that belongs behind a field: all but those that join queries, and names that are none.
bool begins_with_field_operator(Document spec) {
  if (spec.empty()) return false;
  constexpr std::string_view kOperators[] = {
      "$all",    "$bitsAllClear", "$bitsAllSet", "$bitsAnyClear", "$bitsAnySet", "$elemMatch", "$eq",
      "$exists", "$gt",           "$gte",        "$in",           "$lt",         "$lte",       "$mod",
      "$ne",     "$nin",          "$not",        "$options",      "$regex",      "$size",      "$type"};
  return std::binary_search(std::begin(kOperators), std::end(kOperators), (*spec.begin()).name);
}

}  // namespace

Result<std::unique_ptr<Modifier>> parse_push(const Element& argument) {
  auto push = std::make_unique<Push>();
  const bool clauses = argument.value.is_object() && argument.value.as_object().has("$each");
  if (!clauses) push->values = {argument.value};
  for (const Element& clause : clauses ? argument.value.as_object() : Document())
    PS_TRY(parse_push_clause(clause, *push));
  return std::unique_ptr<Modifier>(std::move(push));
}

Result<std::unique_ptr<Modifier>> parse_add_to_set(const Element& argument) {
  const Value& value = argument.value;
  Values values = {value};
  if (value.is_object() && !value.as_object().empty() && (*value.as_object().begin()).name == "$each") {
    const Value each = (*value.as_object().begin()).value;
    if (!each.is_array()) {
      return Error(ErrorCode::kTypeMismatch,
                   "The argument to $each in $addToSet must be an array but it was of type {}", type_name(each.type()));
    }
    if (value.as_object().count() > 1) {
      return Error(ErrorCode::kBadValue, "Found unexpected fields after $each in $addToSet: {}", to_text(value));
    }
    values = elements_of(each.as_array());
  }
  return std::unique_ptr<Modifier>(std::make_unique<AddToSet>(std::move(values)));
}

Result<std::unique_ptr<Modifier>> parse_pop(const Element& argument) {
  if (!argument.value.is_number()) {
    return Error(ErrorCode::kFailedToParse, "Expected a number in: {}: {}", argument.name, to_text(argument.value));
  }
  const double side = to_double(argument.value);
  if (side != 1 && side != -1) {
    return Error(ErrorCode::kFailedToParse, "$pop expects 1 or -1, found: {}", to_text(argument.value));
  }
  return std::unique_ptr<Modifier>(std::make_unique<Pop>(side < 0));
}

Result<std::unique_ptr<Modifier>> parse_pull(const Element& argument) {
  const Value& condition = argument.value;
  if (condition.is_object() && !begins_with_field_operator(condition.as_object())) {
    PS_TRY(auto query, parse_query(condition.as_object(), nullptr));
    return std::unique_ptr<Modifier>(std::make_unique<PullDocuments>(std::move(query)));
  }
  if (!condition.is_object() && condition.type() != Type::kRegex) {
    return std::unique_ptr<Modifier>(std::make_unique<PullEqual>(Values{condition}));
  }
  DocumentBuilder spec;
  spec.append("", condition);
  auto pull = std::make_unique<PullValues>(OwnedDocument(spec.take()));
  PS_TRY(pull->parse());
  return std::unique_ptr<Modifier>(std::move(pull));
}

Result<std::unique_ptr<Modifier>> parse_pull_all(const Element& argument) {
  if (!argument.value.is_array()) {
    return Error(ErrorCode::kBadValue, "$pullAll requires an array argument but was given a {}",
                 type_name(argument.value.type()));
  }
  return std::unique_ptr<Modifier>(std::make_unique<PullEqual>(elements_of(argument.value.as_array())));
}

}  // namespace penstock

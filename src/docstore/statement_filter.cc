// SPDX-License-Identifier: Apache-2.0
#include "docstore/statement_filter.h"

#include <algorithm>
#include <map>

#include "bson/compare.h"
#include "docstore/update_tree.h"
#include "expression/match_query.h"

namespace penstock {
namespace {

// A value that a field of a filter may simply be equal to.
bool is_plain(const Value& value) { return value.type() != Type::kRegex && !is_operator_object(value); }

// A value of `_id` that the index finds.
bool is_key(const Value& value) { return is_plain(value) && !value.is_nullish() && !value.is_array(); }

std::optional<std::vector<Value>> ids_of(Document filter) {
  const Value id = filter.get("_id");
  if (id.is_missing()) return std::nullopt;
  if (is_key(id)) return std::vector{id};
  if (!is_operator_object(id)) return std::nullopt;
  if (const Value equals = id.as_object().get("$eq"); !equals.is_missing() && is_key(equals))
    return std::vector{equals};
  const Value in = id.as_object().get("$in");
  if (!in.is_array()) return std::nullopt;
  std::vector<Value> ids;
  for (const Element& element : in.as_array()) {
    if (!is_key(element.value)) return std::nullopt;
    ids.push_back(element.value);
  }
  std::sort(ids.begin(), ids.end(), [](const Value& a, const Value& b) { return compare(a, b) < 0; });
  ids.erase(std::unique(ids.begin(), ids.end(), [](const Value& a, const Value& b) { return equal(a, b); }), ids.end());
  return ids;
}

OwnedDocument one_field(std::string_view name, const Value& value) {
  DocumentBuilder builder;
  builder.append(name, value);
  return OwnedDocument(builder.take());
}

// ---- which element matched

struct Condition {
  int rank = 0;  // The order of kinds.
  std::string path;
  OwnedDocument filter;  // About this path alone.
  bool of_elements_only = false;
};

// As mongod sorts the conditions of a conjunction; those that are not here tell no place.
int rank_of(std::string_view operation) {
  constexpr std::string_view kOrder[] = {"$elemMatch", "$eq",    "$lte", "$lt",     "$gt",
                                         "$gte",       "$regex", "$mod", "$exists", "$in"};
  const auto at = std::find(std::begin(kOrder), std::end(kOrder), operation);
  return at == std::end(kOrder) ? -1 : static_cast<int>(at - std::begin(kOrder));
}

void add_operator(std::string_view path, const Element& operation, Document all, std::vector<Condition>& to) {
  if (operation.name == "$all" && operation.value.is_array()) {
    for (const Element& element : operation.value.as_array())
      to.push_back({rank_of("$eq"), std::string(path), one_field(path, element.value)});
    return;
  }
  const int rank = rank_of(operation.name);
  if (rank < 0 || (operation.name == "$exists" && !is_true(operation.value))) return;
  DocumentBuilder condition;
  const size_t mark = condition.begin_object(path);
  condition.append(operation.name, operation.value);
  if (operation.name == "$regex") condition.append("$options", all.get("$options"));
  condition.end(mark);
  to.push_back({rank, std::string(path), OwnedDocument(condition.take()), operation.name == "$exists"});
}

// {$or: [{a: 1}, {a: 2}]} is {a: {$in: [1, 2]}}: the path; empty when it is not of that kind.
std::string_view path_of_alternatives(Document branches) {
  std::string_view path;
  for (const Element& branch : branches) {
    if (!branch.value.is_object() || branch.value.as_object().count() != 1) return {};
    const Element field = *branch.value.as_object().begin();
    if (field.name.starts_with('$') || !is_plain(field.value) || (!path.empty() && path != field.name)) return {};
    path = field.name;
  }
  return path;
}

void collect(Document filter, std::vector<Condition>& to) {
  for (const Element& part : filter) {
    if (part.name == "$and" || part.name == "$or") {
      const Document branches = part.value.as_array();
      if (part.name == "$and" || branches.count() == 1) {
        for (const Element& branch : branches)
          collect(branch.value.as_object(), to);
      } else if (const std::string_view path = path_of_alternatives(branches); !path.empty()) {
        to.push_back({rank_of("$in"), std::string(path), one_field("$or", part.value)});
      }
      continue;
    }
    if (part.name.starts_with('$')) continue;
    if (!is_operator_object(part.value)) {
      const bool regex = part.value.type() == Type::kRegex;
      to.push_back({rank_of(regex ? "$regex" : "$eq"), std::string(part.name), one_field(part.name, part.value)});
      continue;
    }
    for (const Element& operation : part.value.as_object())
      add_operator(part.name, operation, part.value.as_object(), to);
  }
}

// {a: {b: [element]}} for path "a.b", so that the condition can be asked about this element alone.
OwnedDocument with_element(std::string_view path, const Value& element) {
  DocumentBuilder builder;
  std::vector<size_t> marks;
  while (true) {
    const size_t dot = path.find('.');
    if (dot == std::string_view::npos) break;
    marks.push_back(builder.begin_object(path.substr(0, dot)));
    path.remove_prefix(dot + 1);
  }
  marks.push_back(builder.begin_array(path));
  builder.append("0", element);
  for (; !marks.empty(); marks.pop_back())
    builder.end(marks.back());
  return OwnedDocument(builder.take());
}

Result<std::optional<uint32_t>> element_for(const Condition& condition, Document document) {
  using Place = std::optional<uint32_t>;
  const std::string_view path = condition.path;
  Value value = Value::object(document);
  size_t end = 0;  // Of the part of the path that leads to `value`.
  while (value.is_object()) {
    if (end == path.size()) return Place();
    const size_t start = end == 0 ? 0 : end + 1;
    end = std::min(path.find('.', start), path.size());
    value = value.as_object().get(path.substr(start, end - start));
  }
  if (!value.is_array() || (condition.of_elements_only && end == path.size())) return Place();
  // A number behind the array names an element: no search took place.
  if (end < path.size() && path[end + 1] >= '0' && path[end + 1] <= '9') return Place();
  PS_TRY(const auto query, parse_query(condition.filter, nullptr));
  uint32_t place = 0;
  for (const Element& element : value.as_array()) {
    if (query->matches_document(with_element(path.substr(0, end), element.value))) return Place(place);
    ++place;
  }
  return Place();
}

// ---- fields of an upsert

struct Equalities {
  std::map<std::string, Value, std::less<>> values;
  bool id_only;

  Result<void> add(std::string_view path, const Value& value) {
    if (id_only && path != "_id" && !path.starts_with("_id.")) return {};
    for (const auto& [other, unused] : values) {
      if (other == path) {
        return Error(ErrorCode{54}, "cannot infer query fields to set, path '{}' is matched twice", path);
      }
      const std::string_view longer = other.size() > path.size() ? std::string_view(other) : path;
      const std::string_view shorter = other.size() > path.size() ? path : std::string_view(other);
      if (!longer.starts_with(shorter) || longer[shorter.size()] != '.') continue;
      return Error(ErrorCode{54}, "cannot infer query fields to set, both paths '{}' and '{}' are matched", longer,
                   shorter);
    }
    values.emplace(path, value);
    return {};
  }

  Result<void> collect(Document filter) {
    for (const Element& part : filter) {
      if (part.name == "$and" || (part.name == "$or" && part.value.as_array().count() == 1)) {
        for (const Element& branch : part.value.as_array())
          PS_TRY(collect(branch.value.as_object()));
        continue;
      }
      if (part.name.starts_with('$') || part.value.type() == Type::kRegex) continue;
      if (!is_operator_object(part.value)) {
        PS_TRY(add(part.name, part.value));
        continue;
      }
      for (const Element& operation : part.value.as_object())
        PS_TRY(collect_operator(part.name, operation));
    }
    return {};
  }

  Result<void> collect_operator(std::string_view path, const Element& operation) {
    if (operation.name == "$eq") return add(path, operation.value);
    const bool list = operation.name == "$in" || operation.name == "$all";
    if (!list || operation.value.as_array().count() != 1) return {};
    const Value only = (*operation.value.as_array().begin()).value;
    return is_plain(only) ? add(path, only) : Result<void>();
  }
};

}  // namespace

Result<StatementFilter> StatementFilter::parse(Document spec, Document let, const Clock& clock) {
  StatementFilter filter(clock);
  ParseContext names(clock.now());
  PS_TRY(filter.let_, CommandVariables::parse(let, names));
  if (spec.empty()) return filter;
  filter.ids_ = ids_of(spec);
  PS_TRY(filter.filter_, parse_filter_document(spec, names));
  filter.filter_->bind(nullptr);
  filter.variables_.resize(names.variable_count());
  filter.let_.set(filter.variables_);
  return filter;
}

Result<bool> StatementFilter::passes(Document document) {
  if (filter_ == nullptr) return true;
  arena_->reset();
  EvalContext context{.arena = *arena_, .clock = *clock_};
  context.root = Value::object(document);
  context.meta = &meta_;
  context.variables = variables_.data();
  return filter_->matches(context);
}

Result<std::optional<uint32_t>> matched_element(Document filter, Document document) {
  std::vector<Condition> conditions;
  collect(filter, conditions);
  std::stable_sort(conditions.begin(), conditions.end(), [](const Condition& a, const Condition& b) {
    return std::tie(a.rank, a.path) < std::tie(b.rank, b.path);
  });
  std::optional<uint32_t> place;
  for (const Condition& condition : conditions) {
    PS_TRY(const auto found, element_for(condition, document));
    if (found) place = found;
  }
  return place;
}

Result<OwnedDocument> fields_of_filter(Document filter, bool id_only) {
  Equalities equalities{{}, id_only};
  PS_TRY(equalities.collect(filter));
  OwnedDocument fields;
  // One by one, so that they keep the order of the paths.
  for (const auto& [path, value] : equalities.values) {
    const OwnedDocument single = one_field(path, value);
    PS_TRY(const UpdateTree tree, UpdateTree::parse(single));
    PS_TRY(fields, tree.apply(fields, false));
  }
  return fields;
}

}  // namespace penstock

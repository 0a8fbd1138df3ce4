// SPDX-License-Identifier: Apache-2.0
#include "docstore/positional_match.h"

#include <algorithm>

#include "docstore/document_paths.h"

namespace penstock {
namespace {

std::vector<std::string> split(std::string_view path) {
  std::vector<std::string> parts;
  for (size_t start = 0; start <= path.size();) {
    const size_t dot = std::min(path.find('.', start), path.size());
    parts.emplace_back(path.substr(start, dot - start));
    start = dot + 1;
  }
  return parts;
}

bool is_operator_object(const Value& condition) {
  return condition.is_object() && !condition.as_object().empty() &&
         condition.as_object().begin()->name.starts_with('$');
}

// A negation holds for the array as a whole, not for an element of it.
bool is_negation(const Value& condition) {
  if (!is_operator_object(condition)) return false;
  const std::string_view name = condition.as_object().begin()->name;
  return name == "$ne" || name == "$nin" || name == "$not";
}

// {$or: [{a: 1}, {a: 2}]} is {a: {$in: [1, 2]}}: the path. Empty when it is not of that kind: then mongod remembers no
// element.
std::string_view path_of_alternatives(Document branches) {
  std::string_view path;
  for (const Element& branch : branches) {
    if (branch.value.as_object().count() != 1) return {};
    const Element field = *branch.value.as_object().begin();
    const bool plain = !is_operator_object(field.value) && field.value.type() != Type::kRegex;
    if (field.name.starts_with('$') || !plain || (!path.empty() && path != field.name)) return {};
    path = field.name;
  }
  return path;
}

}  // namespace

Result<PositionalMatch> PositionalMatch::parse(Document filter, ParseContext& names) {
  PositionalMatch match;
  PS_TRY(match.add(filter, names));
  return match;
}

// The filter was parsed before, so its $and and $or are arrays of objects.
Result<void> PositionalMatch::add(Document filter, ParseContext& names) {
  for (const Element& element : filter) {
    const bool alternatives = element.name == "$or" && element.value.as_array().count() > 1;
    if (alternatives) {
      const std::string_view path = path_of_alternatives(element.value.as_array());
      DocumentBuilder alone;
      alone.append(element.name, element.value);
      if (!path.empty()) PS_TRY(add_condition(path, alone.finish(), names));
    } else if (element.name == "$and" || element.name == "$or") {
      for (const Element& part : element.value.as_array())
        PS_TRY(add(part.value.as_object(), names));
    } else if (!element.name.starts_with('$') && !is_negation(element.value)) {
      DocumentBuilder alone;
      alone.append(element.name, element.value);
      PS_TRY(add_condition(element.name, alone.finish(), names));
    }
  }
  return {};
}

Result<void> PositionalMatch::add_condition(std::string_view path, Document filter, ParseContext& names) {
  PS_TRY(QueryFilter test, QueryFilter::parse(filter, names));
  conditions_.push_back({split(path), std::move(test)});
  return {};
}

Result<std::optional<uint32_t>> PositionalMatch::index(Document document, QueryRun& run) const {
  std::optional<uint32_t> found;
  for (const Condition& condition : conditions_) {
    PS_TRY(const auto place, find(condition, document, run));
    if (place) found = place;
  }
  return found;
}

// The first array on the path, with one element at a time in it: the first that still passes is the one.
Result<std::optional<uint32_t>> PositionalMatch::find(const Condition& condition, Document document, QueryRun& run) {
  using Place = std::optional<uint32_t>;
  const PathParts path(condition.path);
  size_t depth = 1;
  while (depth < path.size() && value_at(document, path.first(depth)).is_object())
    ++depth;
  const Value array = value_at(document, path.first(depth));
  if (!array.is_array()) return Place();
  Arena arena(4096);
  Arena scratch(1024);
  uint32_t place = 0;
  for (const Element& element : array.as_array()) {
    ArrayBuilder alone;
    alone.append(element.value);
    DocumentBuilder changed;
    write_with(document, path.first(depth), Value::array(alone.finish_in(arena)), changed);
    PS_TRY(const bool passes, condition.filter.passes(changed.finish(), run, scratch));
    if (passes) return Place(place);
    ++place;
  }
  return Place();
}

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
#include "docstore/array_filters.h"

#include <algorithm>

namespace penstock {
namespace {

constexpr std::string_view kWhile = "Error parsing array filter :: caused by :: ";

bool is_identifier(std::string_view name) {
  const auto lower = [](char c) { return c >= 'a' && c <= 'z'; };
  const auto allowed = [&](char c) { return lower(c) || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); };
  return !name.empty() && lower(name[0]) && std::all_of(name.begin(), name.end(), allowed);
}

// The one name that all conditions of the filter are about; empty while none was seen.
Result<void> find_name(Document filter, std::string& name) {
  for (const Element& part : filter) {
    if (part.name == "$and" || part.name == "$or" || part.name == "$nor") {
      for (const Element& inside : part.value.as_array())
        PS_TRY(find_name(inside.value.as_object(), name));
      continue;
    }
    if (part.name.starts_with('$')) continue;
    const std::string_view found = part.name.substr(0, part.name.find('.'));
    if (!name.empty() && found != name) {
      return Error(ErrorCode::kFailedToParse, "{}Expected a single top-level field name, found '{}' and '{}'", kWhile,
                   name, found);
    }
    if (!is_identifier(found)) {
      return Error(ErrorCode::kBadValue,
                   "{}The top-level field name must be an alphanumeric string beginning with a lowercase letter, found "
                   "'{}'",
                   kWhile, found);
    }
    name = found;
  }
  return {};
}

}  // namespace

Result<ArrayFilters> ArrayFilters::parse(Document filters) {
  ArrayFilters result;
  for (const Element& element : filters) {
    const Document filter = element.value.as_object();
    auto query = parse_query(filter, nullptr);
    if (!query.ok()) return query.take_error().within(kWhile);
    std::string name;
    PS_TRY(find_name(filter, name));
    if (name.empty()) {
      return Error(ErrorCode::kFailedToParse,
                   "Cannot use an expression without a top-level field name in arrayFilters");
    }
    if (!result.filters_.try_emplace(name, std::move(*query)).second) {
      return Error(ErrorCode::kFailedToParse, "Found multiple array filters with the same top-level field name {}",
                   name);
    }
  }
  return result;
}

bool ArrayFilters::passes(std::string_view name, const Value& element) const {
  DocumentBuilder holder;
  holder.append(name, element);
  return filters_.find(name)->second->matches_document(holder.finish());
}

std::vector<std::string> ArrayFilters::names() const {
  std::vector<std::string> names;
  for (const auto& [name, filter] : filters_)
    names.push_back(name);
  return names;
}

}  // namespace penstock

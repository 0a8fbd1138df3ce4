// SPDX-License-Identifier: Apache-2.0
#include "docstore/sort_keys.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <span>

#include "bson/compare.h"
#include "bson/ejson.h"
#include "bson/number.h"

namespace penstock {
namespace {

constexpr size_t kColumnsMax = 32;
constexpr size_t kEntryBytes = 96;  // About what an entry costs beside its document.

using Path = std::span<const std::string>;

// The element a numeric path part names; missing if the part is no number or the array too short.
Value element_at(Document array, std::string_view part) {
  if (part.empty() || part.size() > 9 || (part.size() > 1 && part[0] == '0')) return Value::missing();
  for (char c : part) {
    if (c < '0' || c > '9') return Value::missing();
  }
  return array.get(part);
}

// Calls `take` with every value that `path` leads to.
template <typename Take>
void visit(const Value& value, Path path, bool positional, const Take& take) {
  if (value.is_array() && path.empty()) {
    // An element reached by its number stands for itself.
    if (value.as_array().empty()) {
      take(Value::undefined());
    } else if (positional) {
      take(value);
    } else {
      for (const Element& element : value.as_array())
        take(element.value);
    }
    return;
  }
  if (path.empty()) {
    take(value.is_missing() ? Value::null() : value);
    return;
  }
  if (value.is_object()) return visit(value.as_object().get(path.front()), path.subspan(1), false, take);
  if (!value.is_array() || value.as_array().empty()) return take(Value::null());
  const Value element = element_at(value.as_array(), path.front());
  if (!element.is_missing()) return visit(element, path.subspan(1), true, take);
  for (const Element& item : value.as_array()) {
    if (item.value.is_object()) {
      visit(item.value, path, false, take);
    } else {
      take(Value::null());
    }
  }
}

Result<std::vector<std::string>> split_sort_path(std::string_view path) {
  if (path.empty()) return Error(ErrorCode{40352}, "FieldPath cannot be constructed with empty string");
  if (path.ends_with('.')) return Error(ErrorCode{40353}, "FieldPath must not end with a '.'.");
  std::vector<std::string> parts;
  for (size_t start = 0; start <= path.size();) {
    const size_t dot = std::min(path.find('.', start), path.size());
    parts.emplace_back(path.substr(start, dot - start));
    if (parts.back().empty()) return Error(ErrorCode{15998}, "FieldPath field names may not be empty strings.");
    if (parts.back()[0] == '$') {
      return Error(ErrorCode{16410},
                   "FieldPath field names may not start with '$'. Consider using $getField or $setField.");
    }
    start = dot + 1;
  }
  if (parts.size() > 200) return Error(ErrorCode::kOverflow, "FieldPath is too long");
  return parts;
}

// {a: {$meta: "textScore"}}: there are no such scores here.
Error refused_expression(Document expression) {
  const Value meta = expression.get("$meta");
  if (meta.is_missing()) return Error(ErrorCode{17312}, "$meta is the only expression supported by $sort right now");
  const bool score = meta.is_string() && meta.as_string() == "textScore";
  if (score) return Error(ErrorCode{40218}, "query requires text score metadata, but it is not available");
  return Error(ErrorCode{31138}, "Illegal $meta sort: {}", to_text(meta));
}

}  // namespace

Result<std::vector<SortColumn>> parse_sort(Document spec) {
  std::vector<SortColumn> columns;
  for (const Element& field : spec) {
    if (field.value.is_object()) return refused_expression(field.value.as_object());
    if (!field.value.is_number()) {
      return Error(ErrorCode{15974}, "Illegal key in $sort specification: {}: {}", field.name, to_text(field.value));
    }
    const double number = to_double(field.value);
    const double direction = field.value.type() == Type::kDecimal ? std::nearbyint(number) : std::trunc(number);
    if (direction != 1 && direction != -1) {
      return Error(ErrorCode{15975}, "$sort key ordering must be 1 (for ascending) or -1 (for descending)");
    }
    PS_TRY(auto path, split_sort_path(field.name));
    for (const SortColumn& other : columns) {
      if (other.path == path) return Error(ErrorCode{7472500}, "the $sort key '{}' is given twice", field.name);
    }
    columns.push_back({std::move(path), direction < 0});
  }
  if (columns.size() > kColumnsMax) return Error(ErrorCode{13103}, "too many compound keys");
  return columns;
}

Value sort_key(Document document, const SortColumn& column) {
  std::optional<Value> best;
  visit(Value::object(document), column.path, false, [&](const Value& value) {
    if (!best) {
      best = value;
      return;
    }
    const int order = compare(value, *best);
    if (column.descending ? order > 0 : order < 0) best = value;
  });
  return *best;
}

Sorter::Sorter(std::vector<SortColumn> columns, uint64_t keep, size_t bytes_max)
    : columns_(std::move(columns)), keep_(keep), bytes_max_(bytes_max) {}

bool Sorter::less(const Entry& a, const Entry& b) const {
  for (size_t i = 0; i < columns_.size(); ++i) {
    const int order = compare(a.keys[i], b.keys[i]);
    if (order != 0) return columns_[i].descending ? order > 0 : order < 0;
  }
  return a.number < b.number;
}

Result<void> Sorter::add(Document document) {
  Entry entry{added_++, std::make_unique<OwnedDocument>(document), {}};
  for (const SortColumn& column : columns_)
    entry.keys.push_back(sort_key(*entry.document, column));
  bytes_ += document.size() + kEntryBytes + columns_.size() * sizeof(Value);
  entries_.push_back(std::move(entry));
  // Twice as many as wanted before each clearing: it costs a constant per document then.
  if (keep_ > 0 && (entries_.size() >= 2 * keep_ || bytes_ > bytes_max_)) drop_the_rest();
  if (bytes_ <= bytes_max_) return {};
  return Error(
      ErrorCode{292},
      "Sort exceeded memory limit of {} bytes, but did not opt in to external sorting: ask for fewer documents "
      "with a filter or a limit",
      bytes_max_);
}

void Sorter::drop_the_rest() {
  if (entries_.size() <= keep_) return;
  const auto middle = entries_.begin() + static_cast<std::ptrdiff_t>(keep_);
  std::nth_element(entries_.begin(), middle, entries_.end(),
                   [this](const Entry& a, const Entry& b) { return less(a, b); });
  entries_.erase(middle, entries_.end());
  bytes_ = 0;
  for (const Entry& entry : entries_) {
    bytes_ += entry.document->bytes().size() + kEntryBytes + columns_.size() * sizeof(Value);
  }
}

std::vector<OwnedDocument> Sorter::take() {
  std::sort(entries_.begin(), entries_.end(), [this](const Entry& a, const Entry& b) { return less(a, b); });
  if (keep_ > 0 && entries_.size() > keep_) entries_.resize(keep_);
  std::vector<OwnedDocument> documents;
  documents.reserve(entries_.size());
  for (Entry& entry : entries_)
    documents.push_back(std::move(*entry.document));
  entries_.clear();
  bytes_ = 0;
  return documents;
}

}  // namespace penstock

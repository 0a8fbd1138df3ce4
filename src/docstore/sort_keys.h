// SPDX-License-Identifier: Apache-2.0
// Sorting of found documents: keys by MongoDB's rules (reference mql-semantics 1.3, 15.5), kept in bounded memory.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "bson/document.h"

namespace penstock {

struct SortColumn {
  std::vector<std::string> path;
  bool descending = false;
};

// {"a.b": 1, "c": -1}. Errors have MongoDB's codes: 15975, 15974, 15998, 40352, 40353, 16410, 13103, 7472500, 17312,
// 40218, 31138.
Result<std::vector<SortColumn>> parse_sort(Document spec);

// The value a document is sorted by: of all values the path leads to through arrays the least (ascending) or greatest;
// an empty array counts as undefined, which is below null; missing counts as null. Points into the document.
Value sort_key(Document document, const SortColumn& column);

// Collects documents and gives them back sorted; ties in the order they were added. With `keep` > 0 only the first
// `keep` are kept. Error 292: more than `bytes_max`.
class Sorter {
 public:
  Sorter(std::vector<SortColumn> columns, uint64_t keep, size_t bytes_max);
  Result<void> add(Document document);
  // Sorted; the sorter is empty afterwards.
  std::vector<OwnedDocument> take();

 private:
  struct Entry {
    uint64_t number;
    std::unique_ptr<OwnedDocument> document;  // Stays where it is while entries move: the keys point into it.
    std::vector<Value> keys;
  };
  bool less(const Entry& a, const Entry& b) const;
  void drop_the_rest();
  std::vector<SortColumn> columns_;
  uint64_t keep_;
  size_t bytes_max_;
  size_t bytes_ = 0;
  uint64_t added_ = 0;
  std::vector<Entry> entries_;
};

}  // namespace penstock

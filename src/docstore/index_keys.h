// SPDX-License-Identifier: Apache-2.0
// The keys of a document in an index, as mongod makes them (measured on 6.0.5): one per element where a path meets an
// array, null for what is missing, undefined for an empty array.
//
//   index {"a.k": 1}, {a: [{k: 1}, {k: 2}, 5]}   =>   1, 2, null
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "docstore/store_layout.h"

namespace penstock {

struct IndexKey {
  std::string bytes;          // Equal for two keys exactly if the index takes them for the same.
  std::vector<Value> values;  // One per path; views into the document.
};

// Without repetitions, sorted by bytes. Error 171: two paths of a compound index run through different arrays.
Result<std::vector<IndexKey>> index_keys(Document document, const store::IndexRecord& index);

// {_id: 5}'s own key in the index `_id_`.
std::string id_key(const Value& id);

// A document that may not be stored because another one has its key.
struct Refusal {
  Error error;
  OwnedDocument key_pattern;  // Of a duplicate key; empty for other reasons.
  OwnedDocument key_value;
};
Refusal refuse(Error error);
// Error 11000 with MongoDB's text. `ns`: "db.coll".
Refusal duplicate_key(std::string_view ns, const store::IndexRecord& index, const std::vector<Value>& values);

}  // namespace penstock

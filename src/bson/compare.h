// SPDX-License-Identifier: Apache-2.0
// The one total order of values, equality and hash (reference mql-semantics 1.2), for $cmp, $sort, $min, keys, sets.
#pragma once

#include <cstdint>
#include <string>

#include "bson/document.h"
#include "bson/value.h"

namespace penstock {

// The place of a type's class in the order: MinKey < missing = undefined < null < numbers < string ... < MaxKey.
int type_class(Type type);

// -1, 0, 1. Numbers compare by exact mathematical value over all four types; NaN is lowest and equals NaN.
int compare(const Value& a, const Value& b);
int compare_documents(Document a, Document b);
inline bool equal(const Value& a, const Value& b) { return compare(a, b) == 0; }

// Appends bytes that are equal for two values exactly if they compare as equal: 1, 1L, 1.0, D"1.00" give the same.
// Prefix-free, so several keys can follow each other. The order of the bytes means nothing.
// Group keys and sets are found by these bytes.
void append_equality_key(const Value& value, std::string& to);

}  // namespace penstock

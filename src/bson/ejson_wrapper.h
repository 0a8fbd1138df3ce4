// SPDX-License-Identifier: Apache-2.0
// The objects by which Extended JSON writes values that JSON lacks: {"$oid": "..."}, {"$date": ...}, ...
// An object is such a wrapper only if it has exactly the wrapper's shape: keys and their types. All others are what
// they seem, an operator for example: {"$type": "string"}, {"$regex": "^a", "$options": "i"}, {"$date": "$a", "b": 1}.
#pragma once

#include <optional>
#include <string_view>

#include "base/result.h"
#include "bson/document.h"

namespace penstock {

// Whether an object whose first key is `key` may be a wrapper.
bool may_be_wrapper(std::string_view key);

// The value that `object` stands for, in `arena`, or empty if it is an ordinary object. The values inside are already
// converted ({"$date": {"$numberLong": "1"}} comes as {"$date": 1}). Error kFailedToParse: a wrapper's shape with a
// content that it cannot have, such as an $oid of 23 digits.
Result<std::optional<Value>> unwrap(Document object, Arena& arena);

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
// The `filter` of list commands: an ordinary query, tested on the rows of the reply (reference control-plane A5.7).
#pragma once

#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "bson/document.h"

namespace penstock {

// The rows that fulfil it, in their order; an empty filter takes all. Errors: those of the query language.
Result<std::vector<OwnedDocument>> filter_rows(std::vector<OwnedDocument> rows, Document filter, const Clock& clock);

// The filter with what people write for a state as the rows have it: any case, and RUNNING for STARTED.
OwnedDocument with_state_names(Document filter);

}  // namespace penstock

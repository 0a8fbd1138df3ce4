// SPDX-License-Identifier: Apache-2.0
// Results of a query, one document after the other, over as many calls as the reader likes.
#pragma once

#include <optional>

#include "base/result.h"
#include "bson/document.h"

namespace penstock {

// No transaction is held open between calls: a stream that reads a collection goes on behind the place where it was,
// and sees what was written meanwhile or not, as MongoDB's cursors do. Thread: one at a time.
class ResultStream {
 public:
  virtual ~ResultStream() = default;
  // The next document, valid until the next call; empty at the end, and then for ever.
  virtual Result<std::optional<Document>> next() = 0;
  // True when it is known without another next() that nothing follows: a find has given its limit.
  virtual bool at_end() const { return false; }
};

}  // namespace penstock

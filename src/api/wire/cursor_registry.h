// SPDX-License-Identifier: Apache-2.0
// Cursors that clients have open: results of find and aggregate, samples of processors. A cursor belongs to the user
// who opened it and ends when it is read to its end, killed, idle for ten minutes (samples: one), or its connection is
// gone (samples only, control-plane A6). Ending a sample ends its tap, by which its processor knows.
// Thread: any.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "docstore/result_stream.h"
#include "runtime/sample_tap.h"

namespace penstock {

struct OpenCursor {
  int64_t id = 0;
  std::string ns;    // "db.coll", or the processor's name.
  std::string user;  // "" when the server has no users.
  int32_t connection_id = 0;
  std::unique_ptr<ResultStream> results;  // One of the two.
  std::shared_ptr<SampleTap> tap;
  std::string temporary_processor;  // It ends with the cursor.
  int64_t used_ns = 0;
};

class CursorRegistry {
 public:
  CursorRegistry(const Clock& clock, Random& random);
  ~CursorRegistry();
  // Keeps it under a new id (positive, never 0). Error kExceededMemoryLimit: too many are open.
  Result<int64_t> keep(OpenCursor cursor);
  // Takes it out for one getMore; the caller puts it back or lets it end. Code 43 (CursorNotFound), 13 (another
  // user's). The error texts are MongoDB's.
  Result<OpenCursor> take(int64_t id, std::string_view user);
  void put_back(OpenCursor cursor);
  // True if there was one.
  bool kill(int64_t id, std::string_view user);
  // Samples of that connection end.
  void connection_closed(int32_t connection_id);
  void end_idle();
  size_t size() const;

 private:
  size_t end_if(const std::function<bool(const OpenCursor&)>& ends);

  const Clock& clock_;
  Random& random_;
  mutable std::mutex mutex_;
  std::map<int64_t, OpenCursor> cursors_;
};

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
// What `sp` and the drivers send, read into what control takes (reference control-plane A5, A6, A7). The shell spreads
// options at the top level of a command, people also write {options: {...}}: each option is read in both places, the
// one under `options` wins; null stands for an option that was not given.
//
// Errors have MongoDB's codes and texts: 40414 a field is missing, 40415 a field is unknown, 14 a wrong type, 2 a wrong
// value, 420 an option that cannot be used here. Unknown fields are refused by create, process and modify, where a
// typing mistake would change what runs, and ignored by all others.
#pragma once

#include <optional>
#include <string>

#include "control/processors.h"

namespace penstock {

struct NamedStart {
  std::string name;
  StartRequest request;
};
struct NamedModify {
  std::string name;
  ModifyRequest request;
};
struct StatsRequest {
  std::string name;
  int64_t scale = 1;  // Sizes are divided by it.
  bool verbose = false;
};
struct SampleRequest {
  std::string name;
  uint64_t limit = 0;  // Documents in all; 0: no limit.
};
struct SampleMoreRequest {
  std::string name;
  int64_t cursor_id = 0;
  size_t batch_size = 0;  // 0: as the server likes.
};

// All: `command` is the whole command document.
Result<NewProcessor> read_create(Document command);
Result<NewProcessor> read_process(Document command);  // Without a name.
Result<NamedStart> read_start(Document command);
Result<NamedModify> read_modify(Document command);
Result<StatsRequest> read_stats(Document command);
Result<SampleRequest> read_sample(Document command);
Result<SampleMoreRequest> read_sample_more(Document command);
// The processor's name: the value of the command's first field.
Result<std::string> read_name(Document command);
// Of the lists; empty when there is none.
Result<Document> read_filter(Document command);

}  // namespace penstock

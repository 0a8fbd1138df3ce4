// SPDX-License-Identifier: Apache-2.0
// What stands in the replies of a server: documents it refused to write, the documents of a cursor.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bson/document.h"
#include "stages/merge_stage.h"

namespace penstock::mongo {

struct WriteError {
  size_t position = 0;  // In the command.
  int32_t code = 0;
  std::string reason;
};

std::vector<WriteError> write_errors_of(Document reply);
// The reason as mongod's own $merge gives it.
std::string merge_reason(const MergeSpec& spec, const WriteError& error);
// A whole number of a reply, 0 when it is not there.
int64_t integer_field(Document document, std::string_view name);

// The documents of a reply of `find`; views into it.
std::vector<Document> first_batch_of(Document reply);
std::optional<Document> first_of_cursor(Document reply);

}  // namespace penstock::mongo

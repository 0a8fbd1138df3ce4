// SPDX-License-Identifier: Apache-2.0
// Results cut into replies of bounded size.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "docstore/result_stream.h"

namespace penstock {

constexpr uint64_t kFirstBatchDocuments = 101;  // Where the client names no size.

// Writes the next documents as an array `name`: at most `documents_max`, and as many as fit into a reply of 16 MiB, but
// at least one. True when there may be more; `results` is then where to go on, perhaps another stream than before.
Result<bool> write_batch(std::unique_ptr<ResultStream>& results, std::string_view name, uint64_t documents_max,
                         DocumentBuilder& reply);

}  // namespace penstock

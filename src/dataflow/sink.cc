// SPDX-License-Identifier: Apache-2.0
#include "dataflow/sink.h"

namespace penstock {

bool is_transient(const Error& error) {
  return error.code() == ErrorCode::kPeerUnreachable || error.code() == ErrorCode::kHostUnreachable;
}

}  // namespace penstock

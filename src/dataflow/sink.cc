// SPDX-License-Identifier: Apache-2.0
#include "dataflow/sink.h"

namespace penstock {

bool is_transient(const Error& error) {
  return error.code() == ErrorCode::kPeerUnreachable || error.code() == ErrorCode::kHostUnreachable ||
         error.code() == ErrorCode::kDiskFull;
}

bool is_configuration(const Error& error) {
  return error.code() == ErrorCode::kCredentialsRefused || error.code() == ErrorCode::kUnauthorized ||
         error.code() == ErrorCode::kAuthenticationFailed;
}

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
#include "app/exit_codes.h"

namespace penstock {

int exit_code_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kUsage: return kExitUsage;
    case ErrorCode::kStateRefused: return kExitStateRefused;
    case ErrorCode::kBadInput: return kExitBadInput;
    case ErrorCode::kPeerUnreachable:
    case ErrorCode::kHostUnreachable:
    case ErrorCode::kConnectionError: return kExitUnreachable;
    case ErrorCode::kInternalError: return kExitBug;
    case ErrorCode::kDisk:
    case ErrorCode::kDiskFull: return kExitDisk;
    case ErrorCode::kCredentialsRefused:
    case ErrorCode::kAuthenticationFailed:
    case ErrorCode::kUnauthorized: return kExitCredentials;
    default: return kExitConfiguration;
  }
}

}  // namespace penstock

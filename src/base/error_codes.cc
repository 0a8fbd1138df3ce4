// SPDX-License-Identifier: Apache-2.0
#include "base/error_codes.h"

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace penstock {
namespace {

struct Name {
  ErrorCode code;
  std::string_view name;
};

constexpr Name kNames[] = {
    {ErrorCode::kInternalError, "InternalError"},
    {ErrorCode::kBadValue, "BadValue"},
    {ErrorCode::kNoSuchKey, "NoSuchKey"},
    {ErrorCode::kGraphContainsCycle, "GraphContainsCycle"},
    {ErrorCode::kHostUnreachable, "HostUnreachable"},
    {ErrorCode::kFailedToParse, "FailedToParse"},
    {ErrorCode::kUnauthorized, "Unauthorized"},
    {ErrorCode::kTypeMismatch, "TypeMismatch"},
    {ErrorCode::kOverflow, "Overflow"},
    {ErrorCode::kInvalidLength, "InvalidLength"},
    {ErrorCode::kAuthenticationFailed, "AuthenticationFailed"},
    {ErrorCode::kInvalidBson, "InvalidBSON"},
    {ErrorCode::kNamespaceNotFound, "NamespaceNotFound"},
    {ErrorCode::kIndexNotFound, "IndexNotFound"},
    {ErrorCode::kCursorNotFound, "CursorNotFound"},
    {ErrorCode::kNamespaceExists, "NamespaceExists"},
    {ErrorCode::kMaxTimeMsExpired, "MaxTimeMSExpired"},
    {ErrorCode::kInvalidNamespace, "InvalidNamespace"},
    {ErrorCode::kWriteConflict, "WriteConflict"},
    {ErrorCode::kConversionFailure, "ConversionFailure"},
    {ErrorCode::kUnrecognizedExpression, "InvalidPipelineOperator"},
    {ErrorCode::kInterrupted, "Interrupted"},
    {ErrorCode::kDuplicateKey, "DuplicateKey"},
    {ErrorCode::kBsonObjectTooLarge, "BSONObjectTooLarge"},
    {ErrorCode::kWorkerOutOfMemory, "StreamProcessorWorkerOutOfMemory"},
    {ErrorCode::kConnectionError, "StreamProcessorConnectionError"},
    {ErrorCode::kInvalidDefinition, "StreamProcessorInvalidOptions"},
    {ErrorCode::kUsage, "Usage"},
    {ErrorCode::kPeerUnreachable, "PeerUnreachable"},
    {ErrorCode::kCredentialsRefused, "CredentialsRefused"},
    {ErrorCode::kDisk, "Disk"},
    {ErrorCode::kStateRefused, "StateRefused"},
    {ErrorCode::kBadInput, "BadInput"},
    {ErrorCode::kDiskFull, "DiskFull"},
};

}  // namespace

std::string error_code_name(ErrorCode code) {
  for (const Name& row : kNames) {
    if (row.code == code) return std::string(row.name);
  }
  return fmt::format("Location{}", static_cast<int32_t>(code));
}

}  // namespace penstock

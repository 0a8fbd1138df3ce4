// SPDX-License-Identifier: Apache-2.0
#include "base/error_codes.h"

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace penstock {
namespace {

struct Name {
  int32_t code;
  std::string_view name;
};

// By number.
constexpr Name kNames[] = {
    {1, "InternalError"},
    {2, "BadValue"},
    {4, "NoSuchKey"},
    {5, "GraphContainsCycle"},
    {6, "HostUnreachable"},
    {7, "HostNotFound"},
    {8, "UnknownError"},
    {9, "FailedToParse"},
    {10, "CannotMutateObject"},
    {11, "UserNotFound"},
    {12, "UnsupportedFormat"},
    {13, "Unauthorized"},
    {14, "TypeMismatch"},
    {15, "Overflow"},
    {16, "InvalidLength"},
    {17, "ProtocolError"},
    {18, "AuthenticationFailed"},
    {19, "CannotReuseObject"},
    {20, "IllegalOperation"},
    {21, "EmptyArrayOperation"},
    {22, "InvalidBSON"},
    {26, "NamespaceNotFound"},
    {27, "IndexNotFound"},
    {28, "PathNotViable"},
    {29, "NonExistentPath"},
    {30, "InvalidPath"},
    {31, "RoleNotFound"},
    {39, "FileStreamFailed"},
    {40, "ConflictingUpdateOperators"},
    {43, "CursorNotFound"},
    {47, "NoMatchingDocument"},
    {48, "NamespaceExists"},
    {50, "MaxTimeMSExpired"},
    {52, "DollarPrefixedFieldName"},
    {53, "InvalidIdField"},
    {54, "NotSingleValueField"},
    {56, "EmptyFieldName"},
    {57, "DottedFieldName"},
    {59, "CommandNotFound"},
    {66, "ImmutableField"},
    {67, "CannotCreateIndex"},
    {68, "IndexAlreadyExists"},
    {72, "InvalidOptions"},
    {73, "InvalidNamespace"},
    {85, "IndexOptionsConflict"},
    {86, "IndexKeySpecsConflict"},
    {96, "OperationFailed"},
    {112, "WriteConflict"},
    {115, "CommandNotSupported"},
    {121, "DocumentValidationFailure"},
    {125, "CommandFailed"},
    {146, "ExceededMemoryLimit"},
    {168, "InvalidPipelineOperator"},
    {171, "CannotIndexParallelArrays"},
    {197, "InvalidIndexSpecificationOption"},
    {202, "NetworkInterfaceExceededTimeLimit"},
    {241, "ConversionFailure"},
    {262, "ExceededTimeLimit"},
    {263, "OperationNotSupportedInTransaction"},
    {286, "ChangeStreamHistoryLost"},
    {292, "QueryExceededMemoryLimitNoDiskUseAllowed"},
    {334, "MechanismUnavailable"},
    {352, "UnsupportedOpQueryCommand"},
    {365, "TemporarilyUnavailable"},
    {415, "StreamProcessorDoesNotExist"},
    {416, "StreamProcessorAlreadyExists"},
    {417, "StreamProcessorWorkerShuttingDown"},
    {418, "StreamProcessorWorkerOutOfMemory"},
    {419, "StreamProcessorKafkaConnectionError"},
    {420, "StreamProcessorInvalidOptions"},
    {421, "StreamProcessorAtlasConnectionError"},
    {422, "StreamProcessorAtlasUnauthorizedError"},
    {423, "StreamProcessorSourceDocTooLarge"},
    {424, "StreamProcessorTooManyOutputTargets"},
    {425, "StreamProcessorCannotResumeFromSource"},
    {436, "StreamProcessorHTTPSConnectionError"},
    {440, "StreamProcessorExternalFunctionConnectionError"},
    {443, "StreamProcessorS3ConnectionError"},
    {444, "StreamProcessorS3Error"},
    {448, "StreamProcessorInvalidNamespace"},
    {451, "StreamProcessorS3TokenExpired"},
    {460, "StreamProcessorKinesisConnectionError"},
    {461, "StreamProcessorKinesisError"},
    {10334, "BSONObjectTooLarge"},
    {11000, "DuplicateKey"},
    {11600, "InterruptedAtShutdown"},
    {11601, "Interrupted"},
    {14031, "OutOfDiskSpace"},
    {40414, "IDLFailedToParse"},
    {40415, "IDLUnknownField"},
    {900001, "Usage"},
    {900002, "PeerUnreachable"},
    {900003, "CredentialsRefused"},
    {900004, "Disk"},
    {900005, "StateRefused"},
    {900006, "BadInput"},
    {900007, "DiskFull"},
};

}  // namespace

std::string error_code_name(ErrorCode code) {
  for (const Name& row : kNames) {
    if (row.code == static_cast<int32_t>(code)) return std::string(row.name);
  }
  return fmt::format("Location{}", static_cast<int32_t>(code));
}

ErrorCode client_code(ErrorCode code) {
  switch (code) {
    case ErrorCode::kUsage:
    case ErrorCode::kBadInput: return ErrorCode::kBadValue;
    case ErrorCode::kPeerUnreachable:
    case ErrorCode::kCredentialsRefused: return ErrorCode::kConnectionError;
    case ErrorCode::kStateRefused: return ErrorCode::kIllegalOperation;
    case ErrorCode::kDisk: return ErrorCode::kFileStreamFailed;
    case ErrorCode::kDiskFull: return ErrorCode::kOutOfDiskSpace;
    default: return code;
  }
}

}  // namespace penstock

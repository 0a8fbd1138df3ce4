// SPDX-License-Identifier: Apache-2.0
// Error codes as MongoDB numbers them, so that what a client sees here is what it would see there.
// A code without a name of its own (most aggregation errors) is written ErrorCode{16020}; its meaning stands in
// docs/reference and in the message. Codes of Stream Processing (418..420): reference pipeline-language 7.
#pragma once

#include <cstdint>
#include <string>

namespace penstock {

enum class ErrorCode : int32_t {
  kInternalError = 1,
  kBadValue = 2,
  kNoSuchKey = 4,
  kGraphContainsCycle = 5,
  kHostUnreachable = 6,
  kFailedToParse = 9,
  kUserNotFound = 11,
  kUnauthorized = 13,
  kTypeMismatch = 14,
  kOverflow = 15,
  kInvalidLength = 16,
  kProtocolError = 17,
  kAuthenticationFailed = 18,
  kIllegalOperation = 20,
  kInvalidBson = 22,
  kNamespaceNotFound = 26,
  kIndexNotFound = 27,
  kRoleNotFound = 31,
  kFileStreamFailed = 39,
  kCursorNotFound = 43,
  kNamespaceExists = 48,
  kMaxTimeMsExpired = 50,
  kCommandNotFound = 59,
  kInvalidOptions = 72,
  kInvalidNamespace = 73,
  kWriteConflict = 112,
  kCommandNotSupported = 115,
  kExceededMemoryLimit = 146,
  kConversionFailure = 241,
  kUnrecognizedExpression = 168,
  kMemoryLimitExceeded = 292,
  kMechanismUnavailable = 334,
  kUnsupportedOpQueryCommand = 352,
  kTemporarilyUnavailable = 365,
  kInterrupted = 11601,
  kDuplicateKey = 11000,
  kBsonObjectTooLarge = 10334,
  kOutOfDiskSpace = 14031,
  kMissingField = 40414,  // IDLFailedToParse: a field that must be there is not.
  kUnknownField = 40415,  // IDLUnknownField
  kUserExists = 51003,
  // Stream processing.
  kProcessorNotFound = 415,
  kProcessorExists = 416,
  kWorkerOutOfMemory = 418,
  kConnectionError = 419,    // Trouble with a source or sink connection, e.g. a missing topic.
  kInvalidDefinition = 420,  // StreamProcessorInvalidOptions.
  kClusterConnectionError = 421,
  kClusterUnauthorized = 422,
  kCannotResume = 425,
  // Ours: they choose exit codes (app/exit_codes.h). Clients of the wire protocol get client_code() of them.
  kUsage = 900001,
  kPeerUnreachable = 900002,  // Broker or MongoDB not reachable, or topic missing.
  kCredentialsRefused = 900003,
  kDisk = 900004,
  kStateRefused = 900005,  // State on disk may not be used: other definition, other writer, sink ahead.
  kBadInput = 900006,      // An input file cannot be read.
  kDiskFull = 900007,      // No room at the moment: goes away when somebody makes some.
};

// "BadValue" for kBadValue; "Location16020" for a code without a name, as MongoDB prints it.
std::string error_code_name(ErrorCode code);

// The code of MongoDB's that says most of what `code` says: others stay as they are, ours become one that clients know.
ErrorCode client_code(ErrorCode code);

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
#include "control/run_failure.h"

#include "dataflow/sink.h"

namespace penstock {
namespace {

constexpr int32_t kOwnCodes = 900000;  // base/error_codes.h: never sent to a client.

// An error does not say which end it comes from, but each of MongoDB's says its name (connectors/mongodb).
bool is_of_mongodb(const Error& error) { return error.message().find("MongoDB at ") != std::string::npos; }

ErrorCode client_code(const Error& error) {
  switch (error.code()) {
    case ErrorCode::kPeerUnreachable:
    case ErrorCode::kHostUnreachable:
      return is_of_mongodb(error) ? ErrorCode::kClusterConnectionError : ErrorCode::kConnectionError;
    case ErrorCode::kCredentialsRefused:
    case ErrorCode::kUnauthorized:
    case ErrorCode::kAuthenticationFailed:
      return is_of_mongodb(error) ? ErrorCode::kClusterUnauthorized : ErrorCode::kConnectionError;
    case ErrorCode::kStateRefused: return ErrorCode::kCannotResume;
    case ErrorCode::kDiskFull: return ErrorCode::kOutOfDiskSpace;
    default: break;
  }
  return static_cast<int32_t>(error.code()) > kOwnCodes ? ErrorCode::kInternalError : error.code();
}

}  // namespace

Healing healing_of(const Error& error) {
  if (is_transient(error)) return Healing::kByItself;
  return is_configuration(error) ? Healing::kBySomebody : Healing::kNever;
}

Error to_client_error(const Error& error) {
  std::string message = error.message();
  if (error.code() == ErrorCode::kStateRefused) {
    // The texts speak to `penstock run`.
    message += " (In the server, starting with resumeFromCheckpoint: false is what --fresh is there.)";
  }
  Error result = Error::of(client_code(error), std::move(message));
  return error.path().empty() ? std::move(result) : std::move(result).at(error.path());
}

ProcessorTrouble to_trouble(const Error& error) {
  const Error shown = to_client_error(error);
  const std::string where = shown.path().empty() ? std::string() : shown.path() + ": ";
  return {.message = where + shown.message(),
          .code = static_cast<int32_t>(shown.code()),
          .retryable = healing_of(error) != Healing::kNever};
}

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
#include "connectors/mongodb/mongodb_error.h"

#include <algorithm>
#include <array>
#include <vector>

namespace penstock::mongo {
namespace {

constexpr int32_t kAtlasError = 8000;  // Atlas's own layer: credentials, but also a full free tier.

// Not now: retryable codes of the driver specifications, time-outs, and a disk without room.
constexpr std::array<int32_t, 24> kPassingCodes = {
    6,      // HostUnreachable
    7,      // HostNotFound
    24,     // LockTimeout
    46,     // LockBusy
    50,     // MaxTimeMSExpired
    64,     // WriteConcernFailed (time-out)
    89,     // NetworkTimeout
    91,     // ShutdownInProgress
    100,    // UnsatisfiableWriteConcern
    112,    // WriteConflict
    133,    // FailedToSatisfyReadPreference
    134,    // ReadConcernMajorityNotAvailableYet
    189,    // PrimarySteppedDown
    202,    // NetworkInterfaceExceededTimeLimit
    251,    // NoSuchTransaction
    262,    // ExceededTimeLimit
    9001,   // SocketException
    10107,  // NotWritablePrimary
    11600,  // InterruptedAtShutdown
    11602,  // InterruptedDueToReplStateChange
    13435,  // NotPrimaryNoSecondaryOk
    13436,  // NotPrimaryOrSecondary
    14031,  // OutOfDiskSpace
    16500,  // TooManyRequests, of services that speak the protocol
};

bool has_label(Document reply, std::string_view wanted) {
  const Value labels = reply.get("errorLabels");
  if (!labels.is_array()) return false;
  for (const Element& label : labels.as_array()) {
    if (label.value.is_string() && label.value.as_string() == wanted) return true;
  }
  return false;
}

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

bool is_about_credentials(const bson_error_t& error) {
  if (error.domain == MONGOC_ERROR_CLIENT && error.code == MONGOC_ERROR_CLIENT_AUTHENTICATE) return true;
  if (error.domain != MONGOC_ERROR_SERVER) return false;
  if (error.code == static_cast<uint32_t>(kAtlasError)) return contains(error.message, "auth");
  return error.code == static_cast<uint32_t>(ErrorCode::kAuthenticationFailed);
}

Error credentials_refused(const Peer& peer, std::string_view reason) {
  while (reason.ends_with('.'))
    reason.remove_suffix(1);  // It stands in the middle of our sentence.
  if (peer.user.empty()) {
    return Error(ErrorCode::kCredentialsRefused,
                 "MongoDB at {} wants credentials, and the uri of the connection has none: {}", peer.hosts, reason);
  }
  return Error(
      ErrorCode::kCredentialsRefused,
      "MongoDB at {} refuses user \"{}\": {}; check user, password and authSource in the uri of the connection",
      peer.hosts, peer.user, reason);
}

Error not_allowed(const Peer& peer, std::string_view reason) {
  // Without credentials a server that wants them says this, too.
  if (peer.user.empty()) return credentials_refused(peer, reason);
  // "not authorized on d to execute command { ... }": the command may hold documents.
  reason = reason.substr(0, reason.find(" to execute command"));
  return Error(ErrorCode::kCredentialsRefused,
               "MongoDB at {} does not let user \"{}\" write {}: {}; give it the role readWrite there", peer.hosts,
               peer.user, peer.target, reason);
}

// Server errors reached us through a working connection; the rest did not.
bool is_server_error(const bson_error_t& error) {
  return error.domain == MONGOC_ERROR_SERVER || error.domain == MONGOC_ERROR_WRITE_CONCERN;
}

}  // namespace

bool is_passing_code(int32_t code) {
  return std::find(kPassingCodes.begin(), kPassingCodes.end(), code) != kPassingCodes.end();
}

Error to_error(const Peer& peer, const bson_error_t& error, Document reply) {
  const auto code = static_cast<int32_t>(error.code);
  if (is_about_credentials(error)) return credentials_refused(peer, error.message);
  if (!is_server_error(error)) {
    const bool local = error.domain == MONGOC_ERROR_COMMAND || error.domain == MONGOC_ERROR_BSON;
    if (!local) return unreachable(peer, reason_in(error.message));
    return Error(ErrorCode::kConnectionError, "MongoDB at {}, {}: {}", peer.hosts, peer.target, error.message);
  }
  if (error.code == static_cast<uint32_t>(ErrorCode::kUnauthorized)) return not_allowed(peer, error.message);
  if (is_passing_code(code) || code == kAtlasError || has_label(reply, "RetryableWriteError") ||
      has_label(reply, "TransientTransactionError") || error.domain == MONGOC_ERROR_WRITE_CONCERN) {
    return busy(peer, error.message);
  }
  return Error(ErrorCode{code}, "MongoDB at {}, {}: {}", peer.hosts, peer.target, error.message);
}

std::string reason_in(std::string_view text) {
  struct Part {
    std::string_view reason, host;
  };
  std::vector<Part> parts;
  for (size_t open = text.find('['); open != std::string_view::npos; open = text.find('[', open + 1)) {
    const size_t close = text.find(']', open);
    if (close == std::string_view::npos) break;
    Part part{text.substr(open + 1, close - open - 1), {}};
    constexpr std::string_view kCalling = " calling hello on '";
    if (const size_t at = part.reason.find(kCalling); at != std::string_view::npos) {
      part.host = part.reason.substr(at + kCalling.size());
      part.host = part.host.substr(0, part.host.find('\''));
      part.reason = part.reason.substr(0, at);
    }
    parts.push_back(part);
  }
  // The client waits some seconds before it looks at a server again.
  if (text.starts_with("No servers yet eligible for rescan")) return "it did not answer a moment ago";
  if (parts.empty()) return std::string(text);
  if (parts.size() == 1) return std::string(parts[0].reason);
  std::string reasons;
  for (const Part& part : parts) {
    reasons += fmt::format("{}{}{}", reasons.empty() ? "" : "; ",
                           part.host.empty() ? "" : fmt::format("{}: ", part.host), part.reason);
  }
  return reasons;
}

Error busy(const Peer& peer, std::string_view reason) {
  return Error(ErrorCode::kPeerUnreachable, "MongoDB at {} cannot write {} now: {}", peer.hosts, peer.target, reason);
}

Error unreachable(const Peer& peer, std::string_view reason) {
  return Error(ErrorCode::kPeerUnreachable,
               "cannot reach MongoDB at {}: {}; is it running, and is the address in the connection right?", peer.hosts,
               reason);
}

}  // namespace penstock::mongo

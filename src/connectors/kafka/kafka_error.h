// SPDX-License-Identifier: Apache-2.0
// What a person reads when Kafka refuses: one sentence that names the peer and says what to do.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "connectors/kafka/kafka_connection.h"

namespace penstock {

// The client's own text without what only its authors understand: "127.0.0.1:9/bootstrap: Connect to ipv4#127.0.0.1:9
// failed: Connection refused (after 0ms in state CONNECT)" -> "127.0.0.1:9: Connect to 127.0.0.1:9 failed: Connection
// refused". A failed TLS handshake becomes what to do about it.
std::string readable_reason(std::string_view reason);

Error unreachable(const KafkaSettings& settings, int64_t waited_ms, std::string_view reason);
Error credentials_refused(const KafkaSettings& settings, std::string_view reason);
// The login was fine, this was not allowed: `what` such as "read topic \"x\"".
Error not_authorized(const KafkaSettings& settings, std::string_view what);
// `others`: the topics of the broker, for a suggestion.
Error topic_missing(const KafkaSettings& settings, std::string_view topic, std::span<const std::string> others);
Error topic_deleted(const KafkaSettings& settings, std::string_view topic);
// While reading: `begin` to `end`: what the broker has; -1 unknown.
Error offset_gone(std::string_view topic, int32_t partition, int64_t wanted, int64_t begin, int64_t end);

}  // namespace penstock

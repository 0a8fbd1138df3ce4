// SPDX-License-Identifier: Apache-2.0
#include "connectors/kafka/kafka_contact.h"

#include <algorithm>

#include "connectors/kafka/kafka_client.h"
#include "connectors/kafka/kafka_error.h"
#include "connectors/kafka/kafka_topics.h"

namespace penstock {
namespace {

constexpr int64_t kNsPerMs = 1'000'000;
constexpr int64_t kStepMs = 500;

}  // namespace

Result<std::vector<std::string>> ask_kafka_topics(const KafkaSettings& settings, Duration contact_time,
                                                  const Clock& clock, Logger& logger) {
  PS_TRY(const auto client, KafkaClient::open_consumer(settings, {}, clock, logger));
  const int64_t begin_ns = clock.monotonic_ns();
  while (true) {
    const int64_t waited_ms = (clock.monotonic_ns() - begin_ns) / kNsPerMs;
    const int64_t left_ms = contact_time.ms - waited_ms;
    if (left_ms <= 0) return unreachable(settings, waited_ms, client->trouble());
    auto names = topic_names(*client, static_cast<int>(std::min(left_ms, kStepMs)));
    if (names) return std::move(*names);
    // A refused login or an untrusted certificate arrives as an event and ends the wait.
    client->serve(0);
    PS_TRY(client->check());
  }
}

}  // namespace penstock

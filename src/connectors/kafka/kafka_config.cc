// SPDX-License-Identifier: Apache-2.0
#include "connectors/kafka/kafka_config.h"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>
#include <memory>

#include "bson/ejson.h"

namespace penstock {
namespace {

// Says "allowed, and nothing to pass on": librdkafka has no such setting, or it is about groups, which we do not join.
constexpr std::string_view kNoEffect = "";
constexpr std::string_view kNotAllowed = "-";

struct ConfigKey {
  std::string_view name;
  std::string_view consumer = kNotAllowed;
  std::string_view producer = kNotAllowed;
};

constexpr ConfigKey kKeys[] = {
    // sorted by name
    {"acks", kNotAllowed, "acks"},
    {"allow.auto.create.topics", "allow.auto.create.topics"},
    {"auto.offset.reset", kNoEffect},  // Resolved by us to numbers, see KafkaSettings::from_earliest.
    {"batch.size", kNotAllowed, "batch.size"},
    {"client.dns.lookup", kNoEffect, kNoEffect},  // librdkafka 2.0 always uses all addresses.
    {"client.id", "client.id", "client.id"},
    {"compression.type", kNotAllowed, "compression.type"},
    {"connections.max.idle.ms", "connections.max.idle.ms", "connections.max.idle.ms"},
    {"delivery.timeout.ms", kNotAllowed, "delivery.timeout.ms"},
    {"enable.idempotence", kNotAllowed, "enable.idempotence"},
    {"fetch.max.bytes", "fetch.max.bytes"},
    {"fetch.min.bytes", "fetch.min.bytes"},
    {"group.id", kNoEffect},  // Ours to use, see KafkaSettings::group_id.
    {"heartbeat.interval.ms", kNoEffect},
    {"isolation.level", "isolation.level"},
    {"linger.ms", kNotAllowed, "linger.ms"},
    {"max.in.flight.requests.per.connection", kNotAllowed, "max.in.flight.requests.per.connection"},
    {"max.partition.fetch.bytes", "fetch.message.max.bytes"},
    {"max.poll.interval.ms", kNoEffect},
    {"message.max.bytes", kNotAllowed, "message.max.bytes"},
    {"queue.buffering.max.messages", kNotAllowed, "queue.buffering.max.messages"},
    {"request.timeout.ms", "socket.timeout.ms", "request.timeout.ms"},
    {"retries", kNotAllowed, "retries"},
    {"session.timeout.ms", kNoEffect},
    {"transactional.id", kNotAllowed, kNoEffect},  // Transactions are ours to name.
};

const ConfigKey* find_key(std::string_view name) {
  const auto* it = std::ranges::find(kKeys, name, &ConfigKey::name);
  return it == std::end(kKeys) ? nullptr : it;
}

// Atlas has a flat map of strings; numbers and booleans are what people write anyway.
Result<std::string> text_of(const Value& value) {
  if (value.is_string()) return std::string(value.as_string());
  if (value.is_number() || value.type() == Type::kBool) return to_json(value);
  return Error(ErrorCode::kInvalidDefinition, "must be a string, found {}", type_name(value.type()));
}

// Asks librdkafka whether it takes the value, so that the mistake is found before any broker is.
Result<void> try_property(const std::string& name, const std::string& value) {
  const std::unique_ptr<rd_kafka_conf_t, decltype(&rd_kafka_conf_destroy)> scratch(rd_kafka_conf_new(),
                                                                                   rd_kafka_conf_destroy);
  std::array<char, 512> reason{};
  if (rd_kafka_conf_set(scratch.get(), name.c_str(), value.c_str(), reason.data(), reason.size()) == RD_KAFKA_CONF_OK) {
    return {};
  }
  return Error(ErrorCode::kInvalidDefinition, "the value \"{}\" is not allowed: {}", value, reason.data());
}

Result<void> add_property(std::string_view name, const std::string& value, KafkaProperties& to) {
  if (name == kNotAllowed || name == kNoEffect) return {};
  PS_TRY(try_property(std::string(name), value));
  to.emplace_back(name, value);
  return {};
}

Result<bool> means_earliest(const std::string& value) {
  for (const std::string_view word : {"earliest", "beginning", "smallest"}) {
    if (value == word) return true;
  }
  for (const std::string_view word : {"latest", "end", "largest"}) {
    if (value == word) return false;
  }
  return Error(ErrorCode::kInvalidDefinition, "must be \"earliest\" or \"latest\", found \"{}\"", value);
}

Result<void> read_entry(const ConfigKey& key, const std::string& value, KafkaSettings& settings) {
  if (key.name == "auto.offset.reset") {
    PS_TRY(settings.from_earliest, means_earliest(value));
  }
  if (key.name == "group.id") settings.group_id = value;
  PS_TRY(add_property(key.consumer, value, settings.consumer));
  return add_property(key.producer, value, settings.producer);
}

}  // namespace

Result<void> read_kafka_config(Document config, KafkaSettings& settings, Logger* logger) {
  std::string ignored;
  for (const Element& element : config) {
    const ConfigKey* key = find_key(element.name);
    if (key == nullptr) {
      ignored += fmt::format("{}{}", ignored.empty() ? "" : ", ", element.name);
      continue;
    }
    auto text = text_of(element.value);
    if (!text.ok()) return text.take_error().at(element.name);
    auto read = read_entry(*key, *text, settings);
    if (!read.ok()) return read.take_error().at(element.name);
  }
  if (!ignored.empty() && logger != nullptr) {
    logger->warning("connection \"{}\": these config settings are not among the supported ones and have no effect: {}",
                    settings.connection_name, ignored);
  }
  return {};
}

}  // namespace penstock

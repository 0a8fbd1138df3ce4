// SPDX-License-Identifier: Apache-2.0
// A connection of type "Kafka" in the Admin API's shape (reference control-plane B5.2), read into what the client
// needs.
//
//   {"name": "k1", "type": "Kafka", "bootstrapServers": "h1:9092,h2:9092",
//    "authentication": {"mechanism": "SCRAM-256", "username": "u", "password": "p"},
//    "security": {"protocol": "SASL_SSL", "brokerPublicCertificate": "-----BEGIN CERTIFICATE-----..."},
//    "config": {"auto.offset.reset": "earliest"}}
//
// Our extensions: security.protocol PLAINTEXT; bootstrapServers as an array; the spellings SCRAM-SHA-256 and
// SCRAM-SHA-512.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "base/secret.h"
#include "dataflow/connection.h"

namespace penstock {

enum class KafkaProtocol { kPlaintext, kSsl, kSaslPlaintext, kSaslSsl };

// Name and value as librdkafka spells them.
using KafkaProperties = std::vector<std::pair<std::string, std::string>>;

struct KafkaSettings {
  std::string connection_name;
  std::string bootstrap;  // "host:port,host:port"
  KafkaProtocol protocol = KafkaProtocol::kPlaintext;
  std::string mechanism;  // "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"; empty without login.
  std::string username;
  Secret password;
  std::string
      broker_certificate;  // PEM of the authority that signed the brokers' certificates; empty: the system's store.
  std::string client_certificate;  // PEM, mutual TLS.
  Secret client_key;
  Secret client_key_password;
  KafkaProperties consumer;  // From `config`, only what is allowed.
  KafkaProperties producer;
  bool from_earliest = false;  // config says auto.offset.reset = earliest.
  std::string group_id;        // config's group.id: where positions are shown. Empty: not given.

  // "127.0.0.1:9092 (SASL_SSL, SCRAM-SHA-256 as \"u\")"
  std::string describe() const;
};

// Errors are kInvalidDefinition with a path inside the connection object, e.g. "authentication.mechanism". `logger`
// (may be null) gets one warning with the `config` keys that have no effect here, and one about a protocol without
// encryption.
Result<KafkaSettings> parse_kafka_connection(const Connection& connection, Logger* logger);

// "SASL_SSL"
std::string_view protocol_name(KafkaProtocol protocol);

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
#include "connectors/kafka/kafka_connection.h"

#include <fmt/format.h>

#include <charconv>
#include <vector>

#include "base/did_you_mean.h"
#include "connectors/kafka/kafka_config.h"

namespace penstock {
namespace {

constexpr uint32_t kDefaultPort = 9092;

struct ProtocolRow {
  std::string_view name;
  KafkaProtocol protocol;
};
constexpr ProtocolRow kProtocols[] = {{"SASL_SSL", KafkaProtocol::kSaslSsl},
                                      {"SASL_PLAINTEXT", KafkaProtocol::kSaslPlaintext},
                                      {"SSL", KafkaProtocol::kSsl},
                                      {"PLAINTEXT", KafkaProtocol::kPlaintext}};

struct MechanismRow {
  std::string_view name;
  std::string_view client_name;
};
// The first three are what Atlas writes; the last two are Kafka's own spelling.
constexpr MechanismRow kMechanisms[] = {{"PLAIN", "PLAIN"},
                                        {"SCRAM-256", "SCRAM-SHA-256"},
                                        {"SCRAM-512", "SCRAM-SHA-512"},
                                        {"SCRAM-SHA-256", "SCRAM-SHA-256"},
                                        {"SCRAM-SHA-512", "SCRAM-SHA-512"}};

template <typename... Args>
Error invalid(fmt::format_string<Args...> format, Args&&... args) {
  return Error(ErrorCode::kInvalidDefinition, format, std::forward<Args>(args)...);
}

bool uses_sasl(KafkaProtocol protocol) {
  return protocol == KafkaProtocol::kSaslPlaintext || protocol == KafkaProtocol::kSaslSsl;
}
bool uses_tls(KafkaProtocol protocol) { return protocol == KafkaProtocol::kSsl || protocol == KafkaProtocol::kSaslSsl; }

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

// The text at `name`, "" when it is not there. Never shows the value: it may be a secret.
Result<std::string> optional_text(Document object, std::string_view name) {
  const Value value = object.get(name);
  if (value.is_nullish()) return std::string();
  if (!value.is_string()) return invalid("must be a string, found {}", type_name(value.type())).at(name);
  return std::string(value.as_string());
}

Result<std::string> required_text(Document object, std::string_view name) {
  PS_TRY(std::string text, optional_text(object, name));
  if (text.empty()) return invalid("is missing").at(name);
  return text;
}

// The object at `name`, empty when it is not there.
Result<Document> optional_object(Document object, std::string_view name) {
  const Value value = object.get(name);
  if (value.is_nullish()) return Document();
  if (!value.is_object()) return invalid("must be an object, found {}", type_name(value.type())).at(name);
  return value.as_object();
}

// "SASL_SSL://host:9092" as some consoles show it, "host", "[::1]:9092" -> "host:port".
Result<std::string> parse_server(std::string_view server) {
  if (const size_t scheme = server.find("://"); scheme != std::string_view::npos) server.remove_prefix(scheme + 3);
  const size_t bracket = server.rfind(']');
  const size_t colon = server.rfind(':');
  const bool has_port = colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
  const std::string_view host = server.substr(0, has_port ? colon : server.size());
  if (host.empty() || host.find_first_of(" /\\@\"") != std::string_view::npos) {
    return invalid("\"{}\" is not a server, write it as host:port", server);
  }
  if (!has_port) return fmt::format("{}:{}", host, kDefaultPort);
  uint32_t port = 0;
  const std::string_view digits = server.substr(colon + 1);
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (failure != std::errc() || end != digits.data() + digits.size() || port == 0 || port > 65535) {
    return invalid("\"{}\" has no valid port, write it as host:port", server);
  }
  return fmt::format("{}:{}", host, port);
}

Result<void> append_servers(std::string_view list, std::string& bootstrap) {
  while (!list.empty()) {
    const size_t comma = list.find(',');
    const std::string_view server = trimmed(list.substr(0, comma));
    list = comma == std::string_view::npos ? std::string_view() : list.substr(comma + 1);
    if (server.empty()) continue;
    PS_TRY(const std::string name, parse_server(server));
    if (!bootstrap.empty()) bootstrap += ',';
    bootstrap += name;
  }
  return {};
}

Result<std::string> parse_bootstrap(const Value& value) {
  std::string bootstrap;
  if (value.is_string()) {
    PS_TRY(append_servers(value.as_string(), bootstrap));
  } else if (value.is_array()) {
    for (const Element& element : value.as_array()) {
      if (!element.value.is_string()) return invalid("must be a string").at(fmt::format("[{}]", element.name));
      PS_TRY(append_servers(element.value.as_string(), bootstrap));
    }
  } else if (!value.is_nullish()) {
    return invalid("must be a string such as \"host1:9092,host2:9092\", found {}", type_name(value.type()));
  }
  if (bootstrap.empty()) return invalid("is missing: name at least one server, such as \"host1:9092,host2:9092\"");
  return bootstrap;
}

Result<KafkaProtocol> parse_protocol(Document security) {
  const Value value = security.get("protocol");
  if (value.is_nullish()) {
    return invalid(
        "is missing: write SASL_SSL, SASL_PLAINTEXT or SSL, or PLAINTEXT for a broker with neither login nor "
        "encryption");
  }
  if (!value.is_string()) return invalid("must be a string, found {}", type_name(value.type()));
  std::vector<std::string_view> names;
  for (const ProtocolRow& row : kProtocols) {
    if (row.name == value.as_string()) return row.protocol;
    names.push_back(row.name);
  }
  return invalid("\"{}\" is not a security protocol, choose {}.{}", value.as_string(), fmt::join(names, ", "),
                 did_you_mean(value.as_string(), names));
}

Result<std::string> parse_mechanism(std::string_view mechanism) {
  if (mechanism == "OAUTHBEARER") return invalid("OAUTHBEARER is not supported yet, use PLAIN, SCRAM-256 or SCRAM-512");
  std::vector<std::string_view> names;
  for (const MechanismRow& row : kMechanisms) {
    if (row.name == mechanism) return std::string(row.client_name);
    if (row.name != row.client_name || row.name == "PLAIN") names.push_back(row.name);
  }
  return invalid("\"{}\" is not a mechanism, choose {}.{}", mechanism, fmt::join(names, ", "),
                 did_you_mean(mechanism, names));
}

// The secret at authentication.`name`, empty when it is not given. What is no text was not taken for a secret.
Result<Secret> optional_secret(const Connection& connection, Document authentication, std::string_view name) {
  if (const Secret* secret = connection.secret(fmt::format("authentication.{}", name))) return *secret;
  PS_TRY(optional_text(authentication, name));
  return Secret();
}

Result<void> parse_login(const Connection& connection, Document authentication, KafkaSettings& settings) {
  PS_TRY(const std::string mechanism, optional_text(authentication, "mechanism"));
  if (mechanism.empty()) {
    return invalid("is missing: {} needs PLAIN, SCRAM-256 or SCRAM-512", protocol_name(settings.protocol))
        .at("mechanism");
  }
  auto known = parse_mechanism(mechanism);
  if (!known.ok()) return known.take_error().at("mechanism");
  settings.mechanism = std::move(*known);
  PS_TRY(settings.username, required_text(authentication, "username"));
  PS_TRY(settings.password, optional_secret(connection, authentication, "password"));
  if (settings.password.empty()) return invalid("is missing").at("password");
  return {};
}

Result<void> check_pem(std::string_view pem, std::string_view name, std::string_view what) {
  if (pem.empty() || pem.find("-----BEGIN ") != std::string_view::npos) return {};
  return invalid("must be {} in PEM form (a text that starts with -----BEGIN)", what).at(name);
}

Result<std::string> optional_pem(Document object, std::string_view name, std::string_view what) {
  PS_TRY(std::string pem, optional_text(object, name));
  PS_TRY(check_pem(pem, name, what));
  return pem;
}

Result<void> parse_client_certificate(const Connection& connection, Document authentication, KafkaSettings& settings) {
  PS_TRY(settings.client_certificate, optional_pem(authentication, "sslCertificate", "a certificate"));
  PS_TRY(settings.client_key, optional_secret(connection, authentication, "sslKey"));
  PS_TRY(check_pem(settings.client_key.reveal(), "sslKey", "a private key"));
  PS_TRY(settings.client_key_password, optional_secret(connection, authentication, "sslKeyPassword"));
  if (settings.client_certificate.empty() != settings.client_key.empty()) {
    return invalid("sslCertificate and sslKey belong together: one of them is missing")
        .at(settings.client_key.empty() ? "sslKey" : "sslCertificate");
  }
  if (!settings.client_certificate.empty() && !uses_tls(settings.protocol)) {
    return invalid("a client certificate needs security.protocol SSL or SASL_SSL, found {}",
                   protocol_name(settings.protocol))
        .at("sslCertificate");
  }
  return {};
}

Result<void> parse_authentication(const Connection& connection, Document authentication, KafkaSettings& settings) {
  if (authentication.has("aws")) {
    return invalid("login by an AWS role is not supported yet, use PLAIN, SCRAM-256, SCRAM-512 or client certificates")
        .at("aws");
  }
  const Value mechanism = authentication.get("mechanism");
  if (mechanism.is_string() && mechanism.as_string() == "OAUTHBEARER") {
    return parse_mechanism("OAUTHBEARER").take_error().at("mechanism");
  }
  if (uses_sasl(settings.protocol)) PS_TRY(parse_login(connection, authentication, settings));
  return parse_client_certificate(connection, authentication, settings);
}

// Every server is this machine: nobody is on the wire.
bool is_local(std::string_view bootstrap) {
  while (!bootstrap.empty()) {
    const size_t comma = bootstrap.find(',');
    const std::string_view server = bootstrap.substr(0, comma);
    if (!server.starts_with("127.") && !server.starts_with("localhost:") && !server.starts_with("[::1]:")) return false;
    bootstrap = comma == std::string_view::npos ? std::string_view() : bootstrap.substr(comma + 1);
  }
  return true;
}

void warn_about_protocol(const KafkaSettings& settings, Logger* logger) {
  if (logger == nullptr || uses_tls(settings.protocol) || is_local(settings.bootstrap)) return;
  const std::string_view what = settings.protocol == KafkaProtocol::kPlaintext
                                    ? "neither login nor encryption"
                                    : "no encryption: the password can be read on the wire";
  logger->warning("connection \"{}\": {} has {}", settings.connection_name, protocol_name(settings.protocol), what);
}

}  // namespace

std::string_view protocol_name(KafkaProtocol protocol) {
  for (const ProtocolRow& row : kProtocols) {
    if (row.protocol == protocol) return row.name;
  }
  return "";
}

std::string KafkaSettings::describe() const {
  if (mechanism.empty()) return fmt::format("{} ({})", bootstrap, protocol_name(protocol));
  return fmt::format("{} ({}, {} as \"{}\")", bootstrap, protocol_name(protocol), mechanism, username);
}

Result<KafkaSettings> parse_kafka_connection(const Connection& connection, Logger* logger) {
  const Document spec = connection.spec;
  KafkaSettings settings;
  settings.connection_name = connection.name;
  if (connection.type != "Kafka") {
    return invalid("connection \"{}\" is of type {}, a Kafka topic needs one of type Kafka", connection.name,
                   connection.type)
        .at("type");
  }
  auto bootstrap = parse_bootstrap(spec.get("bootstrapServers"));
  if (!bootstrap.ok()) return bootstrap.take_error().at("bootstrapServers");
  settings.bootstrap = std::move(*bootstrap);

  PS_TRY(const Document security, optional_object(spec, "security"));
  auto protocol = parse_protocol(security);
  if (!protocol.ok()) return protocol.take_error().at("protocol").at("security");
  settings.protocol = *protocol;
  auto certificate = optional_pem(security, "brokerPublicCertificate", "the certificate of the signing authority");
  if (!certificate.ok()) return certificate.take_error().at("security");
  settings.broker_certificate = std::move(*certificate);

  PS_TRY(const Document authentication, optional_object(spec, "authentication"));
  auto login = parse_authentication(connection, authentication, settings);
  if (!login.ok()) return login.take_error().at("authentication");

  PS_TRY(const Document config, optional_object(spec, "config"));
  auto read = read_kafka_config(config, settings, logger);
  if (!read.ok()) return read.take_error().at("config");
  warn_about_protocol(settings, logger);
  return settings;
}

}  // namespace penstock

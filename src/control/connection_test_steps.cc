// SPDX-License-Identifier: Apache-2.0
#include "control/connection_test_steps.h"

#include <fmt/format.h>

#include <charconv>

#include "connectors/kafka/kafka_contact.h"
#include "connectors/mongodb/cluster_connection.h"
#include "connectors/mongodb/mongodb_contact.h"
#include "control/connectors.h"
#include "control/reachability.h"

namespace penstock {
namespace {

constexpr Duration kPortTime{3000};
constexpr Duration kLoginTime{6000};

struct HostPort {
  std::string host;
  uint16_t port = 0;
};

// "h1:9092,[::1]:9092", as the connector wrote it.
std::vector<HostPort> split_servers(std::string_view list) {
  std::vector<HostPort> servers;
  while (!list.empty()) {
    const size_t comma = list.find(',');
    const std::string_view server = list.substr(0, comma);
    list = comma == std::string_view::npos ? std::string_view() : list.substr(comma + 1);
    const size_t colon = server.rfind(':');
    std::string_view host = server.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    HostPort part{std::string(host), 0};
    std::from_chars(server.data() + colon + 1, server.data() + server.size(), part.port);
    servers.push_back(std::move(part));
  }
  return servers;
}

class Test {
 public:
  Test(const Clock& clock, Logger& log) : clock_(clock), log_(log) {}

  std::vector<ConnectionTestStep> run(const Connection& connection) {
    const ConnectorType* type = find_connector(connector_catalog(), connection.type);
    auto checked = type != nullptr && type->check != nullptr ? type->check(connection) : Result<void>();
    if (!checked.ok()) {
      failed("fields", fmt::format("{}{}{}", checked.error().path(), checked.error().path().empty() ? "" : ": ",
                                   checked.error().message()));
    } else if (connection.type == "Kafka") {
      test_kafka(connection);
    } else if (connection.type == "Cluster") {
      test_cluster(connection);
    } else if (connection.type == "Sample") {
      passed("sample", "generated here, there is nobody to reach");
    } else {
      failed("type", fmt::format("the type {} is not supported by this version of Penstock", connection.type));
    }
    return std::move(steps_);
  }

 private:
  void passed(std::string name, std::string detail) { steps_.push_back({std::move(name), true, std::move(detail)}); }
  void failed(std::string name, std::string detail) { steps_.push_back({std::move(name), false, std::move(detail)}); }

  // One server of a list is enough: it tells about the others.
  bool reach_one(const std::vector<HostPort>& servers) {
    std::string found;
    std::string problem;
    for (const HostPort& server : servers) {
      const auto addresses = resolve_host(server.host);
      if (addresses.ok()) {
        found += fmt::format("{}{}: {}", found.empty() ? "" : "; ", server.host, *addresses);
      } else {
        problem += fmt::format("{}{}", problem.empty() ? "" : "; ", addresses.error().message());
      }
    }
    if (found.empty()) {
      failed("DNS", problem);
      return false;
    }
    passed("DNS", found);
    problem.clear();
    for (const HostPort& server : servers) {
      const auto reached = reach_port(server.host, server.port, {kPortTime.ms / static_cast<int64_t>(servers.size())});
      if (reached.ok()) {
        passed("TCP", fmt::format("{}:{} answers", server.host, server.port));
        return true;
      }
      problem += fmt::format("{}{}", problem.empty() ? "" : "; ", reached.error().message());
    }
    failed("TCP", problem);
    return false;
  }

  // Which step it was that failed: a login comes after TLS, and a trouble with TLS says so.
  void failed_contact(const Error& error, bool tls, std::string_view last) {
    const bool about_tls = tls && error.message().find("TLS") != std::string::npos;
    const bool about_login = error.code() == ErrorCode::kCredentialsRefused;
    if (tls && about_login) passed("TLS", "the certificate is trusted");
    failed(about_tls ? "TLS" : about_login ? "login" : std::string(last), error.message());
  }

  void test_kafka(const Connection& connection) {
    const auto settings = parse_kafka_connection(connection, nullptr);
    if (!reach_one(split_servers(settings->bootstrap))) return;
    const bool tls = settings->protocol == KafkaProtocol::kSsl || settings->protocol == KafkaProtocol::kSaslSsl;
    const auto topics = ask_kafka_topics(*settings, kLoginTime, clock_, log_);
    if (!topics.ok()) return failed_contact(topics.error(), tls, "metadata");
    if (tls) passed("TLS", "the certificate is trusted");
    if (!settings->mechanism.empty())
      passed("login", fmt::format("as \"{}\" by {}", settings->username, settings->mechanism));
    passed("metadata", fmt::format("{} topics can be seen", topics->size()));
  }

  void test_cluster(const Connection& connection) {
    const auto settings = parse_cluster_connection(connection);
    if (!settings->uri) return passed("embedded store", "its collections lie in the store of this server");
    const auto address = address_of(*settings->uri, connection.name, log_);
    if (!address.ok()) return failed("fields", address.error().message());
    std::vector<HostPort> servers;
    for (const MongoAddress::Host& host : address->hosts)
      servers.push_back({host.name, host.port});
    if (!servers.empty() && !reach_one(servers)) return;
    const auto kind = ask_mongodb(*settings->uri, connection.name, kLoginTime, log_);
    if (!kind.ok()) return failed_contact(kind.error(), address->tls, "hello");
    if (address->tls) passed("TLS", "the certificate is trusted");
    if (!address->user.empty()) passed("login", fmt::format("as \"{}\"", address->user));
    passed("hello", fmt::format("MongoDB at {}: {}", address->shown, *kind));
  }

  const Clock& clock_;
  Logger& log_;
  std::vector<ConnectionTestStep> steps_;
};

}  // namespace

std::vector<ConnectionTestStep> test_connection(const Connection& connection, const Clock& clock, Logger& log) {
  return Test(clock, log).run(connection);
}

}  // namespace penstock

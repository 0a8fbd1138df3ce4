// SPDX-License-Identifier: Apache-2.0
#include "dataflow/connection.h"

#include <fmt/format.h>

#include <algorithm>

namespace penstock {
namespace {

struct TypeSecrets {
  std::string_view type;
  std::span<const std::string_view> paths;
};
constexpr std::string_view kKafka[] = {"authentication.password", "authentication.clientSecret",
                                       "authentication.sslKey", "authentication.sslKeyPassword"};
constexpr std::string_view kCluster[] = {"uri"};
constexpr std::string_view kSchemaRegistry[] = {"schemaRegistryAuthentication.password"};
constexpr TypeSecrets kSecrets[] = {{"Kafka", kKafka}, {"Cluster", kCluster}, {"SchemaRegistry", kSchemaRegistry}};

// Copies `from`, an object at the path `prefix`, without what is a secret; null there says that none is wanted.
void take_secrets(Document from, const std::string& prefix, Connection& connection, DocumentBuilder& to) {
  const auto paths = secret_paths(connection.type);
  for (const Element& element : from) {
    const std::string path = prefix + std::string(element.name);
    if (std::find(paths.begin(), paths.end(), path) != paths.end() && element.value.is_string()) {
      connection.set_secret(path, Secret(element.value.as_string()));
    } else if (prefix.empty() && element.value.is_object()) {
      const size_t inner = to.begin_object(element.name);
      take_secrets(element.value.as_object(), path + ".", connection, to);
      to.end(inner);
    } else {
      to.append(element.name, element.value);
    }
  }
}

}  // namespace

const Secret* Connection::secret(std::string_view path) const {
  for (const ConnectionSecret& known : secrets) {
    if (known.path == path) return &known.value;
  }
  return nullptr;
}

void Connection::set_secret(std::string_view path, Secret value) {
  for (ConnectionSecret& known : secrets) {
    if (known.path != path) continue;
    known.value = std::move(value);
    return;
  }
  secrets.push_back({std::string(path), std::move(value)});
}

std::span<const std::string_view> secret_paths(std::string_view type) {
  for (const TypeSecrets& row : kSecrets) {
    if (row.type == type) return row.paths;
  }
  return {};
}

Result<Connection> make_connection(const Value& object) {
  if (!object.is_object()) {
    return Error(ErrorCode::kInvalidDefinition, "a connection must be an object, found {}", type_name(object.type()));
  }
  const Document spec = object.as_object();
  const Value name = spec.get("name");
  const Value type = spec.get("type");
  if (!name.is_string() || name.as_string().empty()) {
    return Error(ErrorCode::kInvalidDefinition, "a connection needs a \"name\" (a string)");
  }
  if (!type.is_string()) {
    return Error(ErrorCode::kInvalidDefinition, "connection \"{}\" needs a \"type\", such as \"Kafka\" or \"Cluster\"",
                 name.as_string());
  }
  Connection connection{std::string(name.as_string()), std::string(type.as_string()), {}, {}};
  DocumentBuilder to;
  take_secrets(spec, "", connection, to);
  connection.spec = OwnedDocument(to.take());
  return connection;
}

Result<ConnectionRegistry> ConnectionRegistry::parse(const Value& array) {
  if (!array.is_array()) {
    return Error(ErrorCode::kInvalidDefinition, "connections are a JSON array of connection objects, found {}",
                 type_name(array.type()));
  }
  ConnectionRegistry registry;
  for (const Element& element : array.as_array()) {
    const std::string where = fmt::format("[{}]", element.name);
    auto connection = make_connection(element.value);
    if (!connection.ok()) return connection.take_error().at(where);
    auto added = registry.add(std::move(*connection));
    if (!added.ok()) return added.take_error().at(where);
  }
  return registry;
}

Result<void> ConnectionRegistry::add(Connection connection) {
  if (find(connection.name) != nullptr) {
    return Error(ErrorCode::kInvalidDefinition, "there are two connections named \"{}\"", connection.name);
  }
  connections_.push_back(std::move(connection));
  return {};
}

const Connection* ConnectionRegistry::find(std::string_view name) const {
  for (const Connection& connection : connections_) {
    if (connection.name == name) return &connection;
  }
  return nullptr;
}

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
#include "dataflow/connection.h"

#include <fmt/format.h>

namespace penstock {
namespace {

Result<Connection> parse_connection(const Value& value) {
  if (!value.is_object()) {
    return Error(ErrorCode::kInvalidDefinition, "a connection must be an object, found {}", type_name(value.type()));
  }
  const Document spec = value.as_object();
  const Value name = spec.get("name");
  const Value type = spec.get("type");
  if (!name.is_string() || name.as_string().empty()) {
    return Error(ErrorCode::kInvalidDefinition, "a connection needs a \"name\" (a string)");
  }
  if (!type.is_string()) {
    return Error(ErrorCode::kInvalidDefinition, "connection \"{}\" needs a \"type\", such as \"Kafka\" or \"Cluster\"",
                 name.as_string());
  }
  return Connection{std::string(name.as_string()), std::string(type.as_string()), OwnedDocument(spec)};
}

}  // namespace

Result<ConnectionRegistry> ConnectionRegistry::parse(const Value& array) {
  if (!array.is_array()) {
    return Error(ErrorCode::kInvalidDefinition, "connections are a JSON array of connection objects, found {}",
                 type_name(array.type()));
  }
  ConnectionRegistry registry;
  for (const Element& element : array.as_array()) {
    const std::string where = fmt::format("[{}]", element.name);
    auto connection = parse_connection(element.value);
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

// SPDX-License-Identifier: Apache-2.0
#include "control/connections.h"

#include <algorithm>
#include <span>

#include "base/did_you_mean.h"
#include "control/catalog.h"
#include "control/connection_test_steps.h"
#include "control/connectors.h"
#include "control/record_codec.h"
#include "control/used_connections.h"

namespace penstock {
namespace {

constexpr size_t kNameBytesMax = 255;

// Row types as listStreamConnections shows them (reference control-plane A5.8).
struct ShownType {
  std::string_view type, shown;
};
constexpr ShownType kShownTypes[] = {{"Cluster", "atlas"},
                                     {"Kafka", "kafka"},
                                     {"Sample", "inmemory"},
                                     {"Https", "https"},
                                     {"AWSLambda", "awslambda"},
                                     {"S3", "s3"},
                                     {"AWSKinesisDataStreams", "awskinesisdatastreams"},
                                     {"SchemaRegistry", "schemaregistry"},
                                     {"AzureBlobStorage", "azureblobstorage"},
                                     {"GCPPubSub", "gcppubsub"}};

Result<void> check_name(std::string_view name) {
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  if (name.empty() || name.size() > kNameBytesMax || std::any_of(name.begin(), name.end(), control)) {
    return Error(ErrorCode::kBadValue, "the name of a connection has 1 to {} bytes and no control characters",
                 kNameBytesMax)
        .at("name");
  }
  return {};
}

Result<void> check_fields(const Connection& connection) {
  PS_TRY(check_name(connection.name));
  const auto catalog = connector_catalog();
  const ConnectorType* type = find_connector(catalog, connection.type);
  if (type == nullptr) {
    std::vector<std::string_view> names;
    for (const ConnectorType& row : catalog)
      names.push_back(row.type);
    return Error(ErrorCode::kBadValue, "Enumeration value '{}' for field 'type' is not a valid value.{}",
                 connection.type, did_you_mean(connection.type, names))
        .at("type");
  }
  if (type->check == nullptr) {
    // Each workspace has it from the start, also where this version cannot read it.
    if (connection.type == "Sample") return {};
    return Error(ErrorCode::kBadValue, "connections of type {} are not supported by this version of Penstock yet",
                 connection.type)
        .at("type");
  }
  return type->check(connection);
}

// Anything at "a.b", also null.
bool has_at(Document spec, std::string_view path) {
  const size_t dot = path.find('.');
  if (dot == std::string_view::npos) return spec.has(path);
  const Value parent = spec.get(path.substr(0, dot));
  return parent.is_object() && parent.as_object().has(path.substr(dot + 1));
}

// An object of the spec, or its top.
bool has_parent(Document spec, std::string_view path) {
  const size_t dot = path.find('.');
  return dot == std::string_view::npos || spec.get(path.substr(0, dot)).is_object();
}

// The stored secrets that `connection` leaves out; null takes one away, and so does leaving out what it stood in.
void keep_secrets(Connection& connection, const Connection& stored) {
  for (const ConnectionSecret& secret : stored.secrets) {
    const Document spec = connection.spec;
    if (connection.secret(secret.path) == nullptr && !has_at(spec, secret.path) && has_parent(spec, secret.path))
      connection.set_secret(secret.path, secret.value);
  }
}

Error no_such(std::string_view workspace, std::string_view name) {
  return Error(ErrorCode::kNoSuchKey, "there is no connection named \"{}\" in workspace \"{}\"", name, workspace);
}

}  // namespace

Connections::Connections(Catalog& catalog, const Clock& clock, Logger& log)
    : catalog_(catalog), clock_(clock), log_(log) {}

Result<void> Connections::create(std::string_view workspace, const Connection& connection) {
  PS_TRY(check_fields(connection));
  const auto exclusive = catalog_.exclusive();
  PS_TRY(catalog_.workspace(workspace));
  const std::string key = catalog_key(workspace, connection.name);
  PS_TRY(const auto known, catalog_.find(CatalogTable::kConnections, key));
  if (known) {
    return Error(ErrorCode::kNamespaceExists, "there is a connection named \"{}\" in workspace \"{}\" already",
                 connection.name, workspace);
  }
  return catalog_.apply({{CatalogTable::kConnections, key, encode(connection)}});
}

Result<void> Connections::update(std::string_view workspace, const Connection& connection) {
  const auto exclusive = catalog_.exclusive();
  PS_TRY(const Connection stored, get(workspace, connection.name));
  if (stored.type != connection.type) {
    return Error(ErrorCode::kIllegalOperation,
                 "connection \"{}\" is of type {}, which cannot be changed: make another connection", connection.name,
                 stored.type)
        .at("type");
  }
  Connection merged = connection;
  keep_secrets(merged, stored);
  PS_TRY(check_fields(merged));
  PS_TRY(check_unused(workspace, connection.name, true));
  return catalog_.apply({{CatalogTable::kConnections, catalog_key(workspace, merged.name), encode(merged)}});
}

Result<Connection> Connections::get(std::string_view workspace, std::string_view name) const {
  PS_TRY(catalog_.workspace(workspace));
  PS_TRY(const auto record, catalog_.find(CatalogTable::kConnections, catalog_key(workspace, name)));
  if (!record || name.find('\0') != std::string_view::npos) return no_such(workspace, name);
  return decode_connection(*record);
}

Result<std::vector<Connection>> Connections::list(std::string_view workspace) const {
  PS_TRY(catalog_.workspace(workspace));
  PS_TRY(const auto records, catalog_.list(CatalogTable::kConnections, catalog_key(workspace, "")));
  std::vector<Connection> connections;
  for (const OwnedDocument& record : records) {
    PS_TRY(Connection connection, decode_connection(record));
    connections.push_back(std::move(connection));
  }
  return connections;
}

Result<void> Connections::remove(std::string_view workspace, std::string_view name) {
  const auto exclusive = catalog_.exclusive();
  PS_TRY(const Connection stored, get(workspace, name));
  PS_TRY(check_unused(workspace, name, false));
  return catalog_.apply({{CatalogTable::kConnections, catalog_key(workspace, stored.name), std::nullopt}});
}

Result<void> Connections::check_unused(std::string_view workspace, std::string_view name, bool started_only) const {
  PS_TRY(const auto processors, catalog_.processors(workspace));
  for (const ProcessorRecord& processor : processors) {
    if (started_only && processor.state != ProcessorState::kStarted) continue;
    if (!used_connections(processor).contains(name)) continue;
    return Error(ErrorCode::kIllegalOperation, "connection \"{}\" is used by {}processor \"{}\": {} it first", name,
                 started_only ? "the running " : "", processor.name, started_only ? "stop" : "modify or drop");
  }
  return {};
}

Result<std::vector<ConnectionTestStep>> Connections::test(std::string_view workspace, std::string_view name) const {
  PS_TRY(const Connection connection, get(workspace, name));
  return test_connection(connection, clock_, log_);
}

Result<ConnectionRegistry> Connections::registry(std::string_view workspace) const {
  PS_TRY(std::vector<Connection> connections, list(workspace));
  ConnectionRegistry registry;
  for (Connection& connection : connections)
    PS_TRY(registry.add(std::move(connection)));
  return registry;
}

Result<void> Connections::add_all(std::string_view workspace, const ConnectionRegistry& connections) {
  std::vector<CatalogChange> changes;
  const auto exclusive = catalog_.exclusive();
  PS_TRY(catalog_.workspace(workspace));
  for (const Connection& connection : connections.all()) {
    const auto within = [&](Error error) {
      return std::move(error).within(fmt::format("connection \"{}\": ", connection.name));
    };
    auto checked = check_fields(connection);
    if (!checked.ok()) return within(checked.take_error());
    const std::string key = catalog_key(workspace, connection.name);
    PS_TRY(const auto known, catalog_.find(CatalogTable::kConnections, key));
    const OwnedDocument record = encode(connection);
    if (known) {
      // Read and written again: where a secret stands in its object is no difference.
      PS_TRY(const Connection stored, decode_connection(*known));
      if (encode(stored).bytes() == record.bytes()) continue;
      log_.info("connection \"{}\" of workspace \"{}\" is replaced by that of the file", connection.name, workspace);
    }
    changes.push_back({CatalogTable::kConnections, key, record});
  }
  return changes.empty() ? Result<void>() : catalog_.apply(changes);
}

OwnedDocument public_row(const Connection& connection) {
  DocumentBuilder row;
  row.append("name", Value::string(connection.name));
  const auto shown = std::find_if(std::begin(kShownTypes), std::end(kShownTypes),
                                  [&](const ShownType& type) { return type.type == connection.type; });
  row.append("type", Value::string(shown == std::end(kShownTypes) ? std::string_view(connection.type) : shown->shown));
  const Document spec = connection.spec;
  const auto copy = [&](std::string_view from, std::string_view to) {
    const Value value = spec.get(from);
    if (value.is_string() || value.is_array()) row.append(to, value);
  };
  if (connection.type == "Cluster") copy("clusterName", "cluster");
  if (connection.type == "Kafka") copy("bootstrapServers", "bootstrapServers");
  if (connection.type == "SchemaRegistry") copy("schemaRegistryUrls", "schemaRegistryUrls");
  return OwnedDocument(row.take());
}

}  // namespace penstock

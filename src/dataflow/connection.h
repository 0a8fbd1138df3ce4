// SPDX-License-Identifier: Apache-2.0
// Named connections, in the Admin API's own shape (reference control-plane B5). Stages speak of a connection by its
// name only. Its secrets are apart from the rest from the moment it is read, so that what prints, stores or sends a
// `spec` cannot give one away.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "bson/document.h"

namespace penstock {

struct ConnectionSecret {
  std::string path;  // "authentication.password"
  Secret value;
};

struct Connection {
  std::string name;
  std::string type;    // "Kafka", "Cluster", "Sample", ...
  OwnedDocument spec;  // The object without its secrets, key order kept.
  std::vector<ConnectionSecret> secrets;

  // Null: it is not given.
  const Secret* secret(std::string_view path) const;
  // Replaces the one at the path, if there is one.
  void set_secret(std::string_view path, Secret value);
};

// The paths of fields that are written and never shown (marked W in reference control-plane B5), of every type that
// Atlas knows; empty for an unknown type. `uri` of a Cluster is ours.
std::span<const std::string_view> secret_paths(std::string_view type);

// A connection object, its secrets taken out: texts at the paths of its type. Only name and type are checked; errors
// kInvalidDefinition.
Result<Connection> make_connection(const Value& object);

// The connections a run or a workspace knows. Names are unique.
class ConnectionRegistry {
 public:
  // A JSON array of connection objects: name and type are checked here, the rest by the connector of the type. Error
  // paths:
  // "[2].type".
  static Result<ConnectionRegistry> parse(const Value& array);
  Result<void> add(Connection connection);
  // Null when there is none of that name.
  const Connection* find(std::string_view name) const;
  const std::vector<Connection>& all() const { return connections_; }

 private:
  std::vector<Connection> connections_;
};

}  // namespace penstock

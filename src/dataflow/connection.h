// SPDX-License-Identifier: Apache-2.0
// Named connections, in the Admin API's own shape (reference control-plane B5). Stages speak of a connection by its
// name only. Secrets live inside `spec`; nothing prints a spec, describe() of the connector does it without them.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "bson/document.h"

namespace penstock {

struct Connection {
  std::string name;
  std::string type;    // "Kafka", "Cluster", "Sample", ...
  OwnedDocument spec;  // The whole object, key order kept.
};

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

// SPDX-License-Identifier: Apache-2.0
#include "connectors/mongodb/cluster_connection.h"

#include <array>

#include "base/did_you_mean.h"

namespace penstock {
namespace {

constexpr std::array<std::string_view, 3> kBuiltInRoles = {"atlasAdmin", "readAnyDatabase", "readWriteAnyDatabase"};

// The field as text, "" when absent or null.
Result<std::string> text_field(Document document, std::string_view name) {
  const Value value = document.get(name);
  if (value.is_nullish()) return std::string();
  if (!value.is_string() || value.as_string().empty()) {
    return Error(ErrorCode::kInvalidDefinition, "{} must be a string that is not empty", name).at(name);
  }
  return std::string(value.as_string());
}

Result<void> parse_role(const Value& value, ClusterSettings& settings) {
  if (value.is_nullish()) return {};
  if (!value.is_object()) {
    return Error(ErrorCode::kInvalidDefinition, "dbRoleToExecute must be an object {{role, type}}, found {}",
                 type_name(value.type()));
  }
  PS_TRY(settings.role, text_field(value.as_object(), "role"));
  PS_TRY(settings.role_type, text_field(value.as_object(), "type"));
  if (settings.role.empty()) return Error(ErrorCode::kInvalidDefinition, "dbRoleToExecute needs a role").at("role");
  if (settings.role_type.empty()) settings.role_type = "BUILT_IN";
  if (settings.role_type != "BUILT_IN" && settings.role_type != "CUSTOM") {
    return Error(ErrorCode::kInvalidDefinition, "the type of dbRoleToExecute is BUILT_IN or CUSTOM, found \"{}\"",
                 settings.role_type)
        .at("type");
  }
  if (settings.role_type == "CUSTOM") return {};
  for (std::string_view role : kBuiltInRoles) {
    if (role == settings.role) return {};
  }
  return Error(ErrorCode::kInvalidDefinition,
               "unknown built-in role \"{}\": there are atlasAdmin, readAnyDatabase and readWriteAnyDatabase.{}",
               settings.role, did_you_mean(settings.role, kBuiltInRoles))
      .at("role");
}

}  // namespace

Result<void> check_mongodb_uri(std::string_view uri) {
  if (uri.starts_with("mongodb://") || uri.starts_with("mongodb+srv://")) return {};
  return Error(ErrorCode::kInvalidDefinition, "a MongoDB uri begins with mongodb:// or mongodb+srv://");
}

Result<ClusterSettings> parse_cluster_connection(const Connection& connection) {
  ClusterSettings settings;
  const Document spec = connection.spec;
  PS_TRY(settings.cluster_name, text_field(spec, "clusterName"));
  PS_TRY(text_field(spec, "uri"));  // What is no text was not taken for a secret.
  if (const Secret* uri = connection.secret("uri")) {
    auto checked = check_mongodb_uri(uri->reveal());
    if (!checked.ok()) return checked.take_error().at("uri");
    settings.uri = *uri;
  }
  if (settings.cluster_name.empty() && !settings.uri) {
    return Error(ErrorCode::kInvalidDefinition,
                 "connection \"{}\" needs a \"clusterName\", or a \"uri\" such as \"mongodb://127.0.0.1:27017\"",
                 connection.name);
  }
  auto role = parse_role(spec.get("dbRoleToExecute"), settings);
  if (!role.ok()) return role.take_error().at("dbRoleToExecute");
  return settings;
}

}  // namespace penstock

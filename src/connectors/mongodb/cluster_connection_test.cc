// SPDX-License-Identifier: Apache-2.0
#include "connectors/mongodb/cluster_connection.h"

#include <gtest/gtest.h>

#include "docstore/documents_for_test.h"

namespace penstock {
namespace {

// "cluster|uri|role|type", or "PATH: TEXT".
std::string parsed(std::string_view json) {
  const OwnedDocument fields = doc(json);
  DocumentBuilder spec;
  spec.append("name", Value::string("c"));
  spec.append("type", Value::string("Cluster"));
  for (const Element& element : fields.view()) {
    if (element.name != "name" && element.name != "type") spec.append(element.name, element.value);
  }
  const Connection connection = std::move(make_connection(Value::object(spec.finish())).value());
  auto settings = parse_cluster_connection(connection);
  if (!settings.ok()) return settings.error().path() + ": " + settings.error().message();
  return fmt::format("{}|{}|{}|{}", settings->cluster_name, settings->uri ? settings->uri->reveal() : "-",
                     settings->role, settings->role_type);
}

TEST(ClusterConnection, Fields) {
  struct Case {
    std::string_view json, result;
  };
  for (const Case& c : {
           Case{R"({"name": "c", "type": "Cluster", "clusterName": "Cluster0",
                   "dbRoleToExecute": {"role": "atlasAdmin", "type": "BUILT_IN"}})",
                "Cluster0|-|atlasAdmin|BUILT_IN"},
           Case{R"({"clusterName": "a", "clusterGroupId": null, "headers": {}, "state": "READY"})", "a|-||"},
           Case{R"({"uri": "mongodb://h:1"})", "|mongodb://h:1||"},
           Case{R"({"clusterName": "a", "uri": "mongodb+srv://h"})", "a|mongodb+srv://h||"},
           Case{R"({"clusterName": "a", "dbRoleToExecute": {"role": "mine", "type": "CUSTOM"}})", "a|-|mine|CUSTOM"},
           Case{R"({"clusterName": "a", "dbRoleToExecute": null})", "a|-||"},
           Case{R"({})",
                ": connection \"c\" needs a \"clusterName\", or a \"uri\" such as \"mongodb://127.0.0.1:27017\""},
           Case{R"({"clusterName": 5})", "clusterName: clusterName must be a string that is not empty"},
           Case{R"({"uri": "http://user:secret@h"})", "uri: a MongoDB uri begins with mongodb:// or mongodb+srv://"},
           Case{R"({"clusterName": "a", "dbRoleToExecute": "x"})",
                "dbRoleToExecute: dbRoleToExecute must be an object {role, type}, found string"},
           Case{R"({"clusterName": "a", "dbRoleToExecute": {}})", "dbRoleToExecute.role: dbRoleToExecute needs a role"},
           Case{R"({"clusterName": "a", "dbRoleToExecute": {"role": "x", "type": "OWN"}})",
                "dbRoleToExecute.type: the type of dbRoleToExecute is BUILT_IN or CUSTOM, found \"OWN\""},
           Case{R"({"clusterName": "a", "dbRoleToExecute": {"role": "atlasAdmim", "type": "BUILT_IN"}})",
                "dbRoleToExecute.role: unknown built-in role \"atlasAdmim\": there are atlasAdmin, readAnyDatabase and "
                "readWriteAnyDatabase. Did you mean \"atlasAdmin\"?"},
       }) {
    EXPECT_EQ(parsed(c.json), c.result) << c.json;
  }
}

}  // namespace
}  // namespace penstock

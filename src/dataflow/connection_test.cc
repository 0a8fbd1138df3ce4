// SPDX-License-Identifier: Apache-2.0
#include "dataflow/connection.h"

#include <gtest/gtest.h>

#include "bson/ejson.h"

namespace penstock {
namespace {

Result<ConnectionRegistry> parse(std::string_view text) {
  const ParsedJson json = std::move(parse_ejson(text).value());
  return ConnectionRegistry::parse(json.type == Type::kArray ? Value::array(json.document)
                                                             : Value::object(json.document));
}

TEST(Connections, AreFoundByName) {
  const auto registry = parse(R"([{"name": "k", "type": "Kafka", "bootstrapServers": "localhost:9092"},
                                  {"name": "m", "type": "Cluster", "clusterName": "c", "uri": "mongodb://h"}])");
  ASSERT_TRUE(registry.ok());
  ASSERT_EQ(registry->all().size(), 2U);
  const Connection* kafka = registry->find("k");
  ASSERT_NE(kafka, nullptr);
  EXPECT_EQ(kafka->type, "Kafka");
  EXPECT_EQ(to_json(kafka->spec.view()), R"({"name":"k","type":"Kafka","bootstrapServers":"localhost:9092"})");
  EXPECT_EQ(registry->find("K"), nullptr);
  EXPECT_TRUE(parse("[]")->all().empty());
}

TEST(Connections, Refused) {
  struct Case {
    std::string_view text, path, message;
  };
  for (const Case& c : {
           Case{"{}", "", "connections are a JSON array of connection objects, found object"},
           Case{"[5]", "[0]", "a connection must be an object, found int"},
           Case{R"([{"name": "a", "type": "Kafka"}, {"type": "Kafka"}])", "[1]",
                R"(a connection needs a "name" (a string))"},
           Case{R"([{"name": "", "type": "Kafka"}])", "[0]", R"(a connection needs a "name" (a string))"},
           Case{R"([{"name": "a", "type": 5}])", "[0]",
                R"(connection "a" needs a "type", such as "Kafka" or "Cluster")"},
           Case{R"([{"name": "a", "type": "Kafka"}, {"name": "a", "type": "Cluster"}])", "[1]",
                R"(there are two connections named "a")"},
       }) {
    const auto registry = parse(c.text);
    ASSERT_FALSE(registry.ok()) << c.text;
    EXPECT_EQ(registry.error().message(), c.message);
    EXPECT_EQ(registry.error().path(), c.path) << c.text;
    EXPECT_EQ(registry.error().code(), ErrorCode::kInvalidDefinition);
  }
}

}  // namespace
}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
#include "control/connections.h"

#include "control/control_for_test.h"

namespace penstock {
namespace {

class ConnectionsTest : public ControlTest {
 protected:
  Connections& connections() { return control_->connections(); }
};

constexpr std::string_view kLogin = R"({"name": "k", "type": "Kafka", "bootstrapServers": "h:9092",
  "security": {"protocol": "SASL_PLAINTEXT"},
  "authentication": {"mechanism": "PLAIN", "username": "u", "password": "secret-marker"}})";

TEST_F(ConnectionsTest, AreChecked) {
  open();
  struct Case {
    std::string_view why, spec, outcome, path;
  };
  for (const Case& c : {
           Case{"unknown type", R"({"name": "a", "type": "Kafak"})",
                "2 Enumeration value 'Kafak' for field 'type' is not a valid value. Did you mean \"Kafka\"?", "type"},
           Case{"not supported", R"({"name": "a", "type": "S3"})",
                "2 connections of type S3 are not supported by this version of Penstock yet", "type"},
           Case{"connector's check", R"({"name": "a", "type": "Kafka", "security": {"protocol": "PLAINTEXT"}})",
                "420 is missing: name at least one server, such as \"host1:9092,host2:9092\"", "bootstrapServers"},
           Case{"no name", R"({"name": "a\u0001", "type": "Sample"})",
                "2 the name of a connection has 1 to 255 bytes and no control characters", "name"},
           Case{"taken", R"({"name": "sample_stream_solar", "type": "Sample"})",
                "48 there is a connection named \"sample_stream_solar\" in workspace \"default\" already", ""},
       }) {
    const auto made = connections().create(kWorkspace, connection(c.spec));
    EXPECT_EQ(outcome_for_test(made), c.outcome) << c.why;
    if (!made.ok()) {
      EXPECT_EQ(made.error().path(), c.path) << c.why;
    }
  }
  EXPECT_EQ(static_cast<int>(connections().create("nowhere", connection(kLogin)).error().code()), 26);
  EXPECT_EQ(static_cast<int>(connections().get(kWorkspace, "a").error().code()), 4);
}

TEST_F(ConnectionsTest, SecretsThatAreLeftOutStay) {
  open();
  add_connection(kLogin);
  constexpr std::string_view kChanged = R"({"name": "k", "type": "Kafka", "bootstrapServers": "h2:9092",
    "security": {"protocol": "SASL_PLAINTEXT"}, "authentication": {"mechanism": "PLAIN", "username": "u2"}})";
  ASSERT_TRUE(connections().update(kWorkspace, connection(kChanged)).ok());
  open();
  const Connection kept = *connections().get(kWorkspace, "k");
  const Document stored = kept.spec;
  EXPECT_EQ(stored.get("bootstrapServers").as_string(), "h2:9092");
  EXPECT_EQ(stored.get("authentication").as_object().get("username").as_string(), "u2");
  EXPECT_FALSE(stored.get("authentication").as_object().has("password"));
  ASSERT_NE(kept.secret("authentication.password"), nullptr);
  EXPECT_EQ(kept.secret("authentication.password")->reveal(), "secret-marker");

  add_connection(R"({"name": "c", "type": "Cluster", "clusterName": "a", "uri": "mongodb://u:secret-marker@h/"})");
  ASSERT_TRUE(
      connections().update(kWorkspace, connection(R"({"name": "c", "type": "Cluster", "clusterName": "b"})")).ok());
  EXPECT_EQ(connections().get(kWorkspace, "c")->secret("uri")->reveal(), "mongodb://u:secret-marker@h/");
  ASSERT_TRUE(
      connections()
          .update(kWorkspace, connection(R"({"name": "c", "type": "Cluster", "clusterName": "b", "uri": null})"))
          .ok());
  EXPECT_EQ(connections().get(kWorkspace, "c")->secret("uri"), nullptr);

  EXPECT_EQ(outcome_for_test(connections().update(kWorkspace, connection(R"({"name": "k", "type": "Sample"})"))),
            "20 connection \"k\" is of type Kafka, which cannot be changed: make another connection");
}

TEST_F(ConnectionsTest, RowsHaveNoSecrets) {
  struct Case {
    std::string_view spec, row;
  };
  for (const Case& c : {
           Case{kLogin, R"({"name":"k","type":"kafka","bootstrapServers":"h:9092"})"},
           Case{R"({"name": "c", "type": "Cluster", "clusterName": "a", "uri": "mongodb://u:secret-marker@h/"})",
                R"({"name":"c","type":"atlas","cluster":"a"})"},
           Case{R"({"name": "s", "type": "Sample"})", R"({"name":"s","type":"inmemory"})"},
       }) {
    EXPECT_EQ(to_json(public_row(connection(c.spec))), c.row);
  }
}

TEST_F(ConnectionsTest, AFileAddsAndReplaces) {
  open();
  add_connection(kLogin);
  const auto file = ConnectionRegistry::parse(Value::array(json_for_test(R"([
    {"name": "k", "type": "Kafka", "bootstrapServers": "new:1", "security": {"protocol": "PLAINTEXT"}},
    {"name": "m", "type": "Cluster", "clusterName": "x"}])")));
  ASSERT_TRUE(file.ok());
  ASSERT_TRUE(connections().add_all(kWorkspace, *file).ok());
  EXPECT_EQ(connections().list(kWorkspace)->size(), 3u);
  EXPECT_EQ(connections().get(kWorkspace, "k")->spec.view().get("bootstrapServers").as_string(), "new:1");
  EXPECT_EQ(log_.text().find("secret-marker"), std::string::npos);
  // One that is wrong: nothing of the file is taken.
  const auto wrong = ConnectionRegistry::parse(Value::array(
      json_for_test(R"([{"name": "z", "type": "Cluster", "clusterName": "x"}, {"name": "y", "type": "Nope"}])")));
  const auto added = connections().add_all(kWorkspace, *wrong);
  ASSERT_FALSE(added.ok());
  EXPECT_EQ(added.error().message().substr(0, 16), "connection \"y\": ");
  EXPECT_FALSE(connections().get(kWorkspace, "z").ok());
}

TEST_F(ConnectionsTest, InUse) {
  open_with_broker();
  ASSERT_TRUE(create("p", copying(), R"({"dlq": {"connectionName": "m", "db": "d", "coll": "dead"}})").ok());
  EXPECT_EQ(outcome_for_test(connections().remove(kWorkspace, "k")),
            "20 connection \"k\" is used by processor \"p\": modify or drop it first");
  EXPECT_EQ(outcome_for_test(connections().remove(kWorkspace, "m")),
            "20 connection \"m\" is used by processor \"p\": modify or drop it first");
  const Connection same = *connections().get(kWorkspace, "k");
  EXPECT_EQ(outcome_for_test(connections().update(kWorkspace, same)), "");
  ASSERT_EQ(outcome_for_test(start("p")), "");
  EXPECT_EQ(outcome_for_test(connections().update(kWorkspace, same)),
            "20 connection \"k\" is used by the running processor \"p\": stop it first");
  ASSERT_TRUE(drop("p").ok());
  EXPECT_EQ(outcome_for_test(connections().remove(kWorkspace, "k")), "");
}

TEST_F(ConnectionsTest, TestGoesStepByStep) {
  open_with_broker();
  const auto steps_of = [&](std::string_view name) {
    std::string text;
    const auto steps = connections().test(kWorkspace, name);
    for (const ConnectionTestStep& step : *steps)
      text += fmt::format("{}{} ", step.name, step.ok ? "" : "!");
    return text;
  };
  EXPECT_EQ(steps_of("k"), "DNS TCP metadata ");
  EXPECT_EQ(steps_of("m"), "embedded store ");
  EXPECT_EQ(steps_of("sample_stream_solar"), "sample ");
  add_kafka("closed", "127.0.0.1:1");
  EXPECT_EQ(steps_of("closed"), "DNS TCP! ");
  add_kafka("nohost", "no-such-host.invalid:9092");
  EXPECT_EQ(steps_of("nohost"), "DNS! ");
  add_connection(R"({"name": "c", "type": "Cluster", "uri": "mongodb://u:secret-marker@127.0.0.1:1/"})");
  EXPECT_EQ(steps_of("c"), "DNS TCP! ");
  const auto steps = connections().test(kWorkspace, "c");
  for (const ConnectionTestStep& step : *steps)
    EXPECT_EQ(step.detail.find("secret-marker"), std::string::npos);
}

}  // namespace
}  // namespace penstock

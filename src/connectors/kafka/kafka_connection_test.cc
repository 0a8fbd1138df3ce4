// SPDX-License-Identifier: Apache-2.0
#include "connectors/kafka/kafka_connection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bson/ejson.h"
#include "connectors/kafka/kafka_error.h"

namespace penstock {
namespace {

using testing::HasSubstr;
using testing::Not;

Result<KafkaSettings> parse(std::string_view json, Logger* logger = nullptr) {
  auto parsed = parse_ejson(json);
  EXPECT_TRUE(parsed.ok()) << json;
  DocumentBuilder object;
  object.append("name", Value::string("k"));
  object.append("type", Value::string("Kafka"));
  for (const Element& field : parsed->document.view()) {
    if (field.name != "name" && field.name != "type") object.append(field.name, field.value);
  }
  return parse_kafka_connection(std::move(make_connection(Value::object(object.finish())).value()), logger);
}

TEST(KafkaConnection, ReadsTheFormsPeopleHave) {
  struct Case {
    std::string_view why, json, described;
  };
  for (const Case& c : {
           Case{"no login, no encryption", R"({"bootstrapServers": "h:9092", "security": {"protocol": "PLAINTEXT"}})",
                "h:9092 (PLAINTEXT)"},
           Case{"several servers with blanks and a default port",
                R"({"bootstrapServers": " h1:1 , h2,[::1]:3,", "security": {"protocol": "SSL"}})",
                "h1:1,h2:9092,[::1]:3 (SSL)"},
           Case{"an array, and a protocol in front",
                R"({"bootstrapServers": ["SASL_SSL://h1:1", "h2:2"], "security": {"protocol": "SSL"}})",
                "h1:1,h2:2 (SSL)"},
           Case{"PLAIN", R"({"bootstrapServers": "h:1", "security": {"protocol": "SASL_SSL"},
                "authentication": {"mechanism": "PLAIN", "username": "u", "password": "secret"}})",
                "h:1 (SASL_SSL, PLAIN as \"u\")"},
           Case{"SCRAM as Atlas writes it", R"({"bootstrapServers": "h:1", "security": {"protocol": "SASL_PLAINTEXT"},
                "authentication": {"mechanism": "SCRAM-256", "username": "u", "password": "secret"}})",
                "h:1 (SASL_PLAINTEXT, SCRAM-SHA-256 as \"u\")"},
           Case{"SCRAM as Kafka writes it", R"({"bootstrapServers": "h:1", "security": {"protocol": "SASL_SSL"},
                "authentication": {"mechanism": "SCRAM-SHA-512", "username": "u", "password": "secret"}})",
                "h:1 (SASL_SSL, SCRAM-SHA-512 as \"u\")"},
           Case{"a login that PLAINTEXT does not use", R"({"bootstrapServers": "h:1",
                "security": {"protocol": "PLAINTEXT"},
                "authentication": {"mechanism": "SCRAM-256", "username": "u"}})",
                "h:1 (PLAINTEXT)"},
           Case{"fields of other types and of the network", R"({"bootstrapServers": "h:1", "headers": {}, "region": "X",
                "networking": {"access": {"type": "PUBLIC"}}, "security": {"protocol": "PLAINTEXT"}})",
                "h:1 (PLAINTEXT)"},
       }) {
    const auto settings = parse(c.json);
    ASSERT_TRUE(settings.ok()) << c.why << ": " << settings.error().message();
    EXPECT_EQ(settings->describe(), c.described) << c.why;
    EXPECT_EQ(settings->connection_name, "k");
  }
}

TEST(KafkaConnection, SaysWhatIsWrongAndWhere) {
  struct Case {
    std::string_view json, path, message;
  };
  for (const Case& c : {
           Case{R"({"security": {"protocol": "PLAINTEXT"}})", "bootstrapServers", "is missing"},
           Case{R"({"bootstrapServers": 5})", "bootstrapServers", "must be a string"},
           Case{R"({"bootstrapServers": "h:abc"})", "bootstrapServers", "no valid port"},
           Case{R"({"bootstrapServers": "h:70000"})", "bootstrapServers", "no valid port"},
           Case{R"({"bootstrapServers": ["h:1", 5]})", "bootstrapServers[1]", "must be a string"},
           Case{R"({"bootstrapServers": "h:1"})", "security.protocol", "is missing: write SASL_SSL"},
           Case{R"({"bootstrapServers": "h:1", "security": "SSL"})", "security", "must be an object"},
           Case{R"({"bootstrapServers": "h:1", "security": {"protocol": "SASL_SLL"}})", "security.protocol",
                "Did you mean \"SASL_SSL\"?"},
           Case{R"({"bootstrapServers": "h:1", "security": {"protocol": "SSL", "brokerPublicCertificate": "x"}})",
                "security.brokerPublicCertificate", "PEM"},
           Case{R"({"bootstrapServers": "h:1", "security": {"protocol": "SASL_SSL"}})", "authentication.mechanism",
                "SASL_SSL needs PLAIN"},
           Case{R"({"bootstrapServers": "h:1", "security": {"protocol": "SASL_SSL"},
                "authentication": {"mechanism": "SCRAM-255", "username": "u", "password": "p"}})",
                "authentication.mechanism", "Did you mean \"SCRAM-256\"?"},
           Case{R"({"bootstrapServers": "h:1", "security": {"protocol": "SASL_SSL"},
                "authentication": {"mechanism": "PLAIN", "username": "u"}})",
                "authentication.password", "is missing"},
           Case{R"({"bootstrapServers": "h:1", "security": {"protocol": "SASL_SSL"},
                "authentication": {"mechanism": "OAUTHBEARER", "method": "OIDC"}})",
                "authentication.mechanism", "OAUTHBEARER is not supported yet"},
           Case{R"({"bootstrapServers": "h:1", "security": {"protocol": "SASL_SSL"},
                "authentication": {"aws": {"roleArn": "a"}}})",
                "authentication.aws", "not supported yet"},
           Case{R"({"bootstrapServers": "h:1", "security": {"protocol": "SSL"},
                "authentication": {"sslCertificate": "-----BEGIN CERTIFICATE-----"}})",
                "authentication.sslKey", "belong together"},
           Case{R"({"bootstrapServers": "h:1", "security": {"protocol": "PLAINTEXT"},
                "authentication": {"sslCertificate": "-----BEGIN C-----", "sslKey": "-----BEGIN K-----"}})",
                "authentication.sslCertificate", "needs security.protocol SSL"},
           Case{R"({"bootstrapServers": "h:1", "security": {"protocol": "SSL"}, "config": {"fetch.min.bytes": "x"}})",
                "config.fetch.min.bytes", "is not allowed"},
           Case{R"({"bootstrapServers": "h:1", "security": {"protocol": "SSL"}, "config": {"acks": {"a": 1}}})",
                "config.acks", "must be a string"},
           Case{R"({"bootstrapServers": "h:1", "security": {"protocol": "SSL"},
                "config": {"auto.offset.reset": "first"}})",
                "config.auto.offset.reset", "\"earliest\" or \"latest\""},
       }) {
    const auto settings = parse(c.json);
    ASSERT_FALSE(settings.ok()) << c.json;
    EXPECT_EQ(settings.error().code(), ErrorCode::kInvalidDefinition) << c.json;
    EXPECT_EQ(settings.error().path(), c.path) << c.json;
    EXPECT_THAT(settings.error().message(), HasSubstr(c.message)) << c.json;
  }
}

TEST(KafkaConnection, RefusesAnotherType) {
  const auto settings = parse_kafka_connection({"c", "Cluster", OwnedDocument()}, nullptr);
  ASSERT_FALSE(settings.ok());
  EXPECT_EQ(settings.error().path(), "type");
}

TEST(KafkaConnection, TranslatesTheConfigForConsumersAndProducersApart) {
  MemoryLogger logger;
  const auto settings = parse(R"({"bootstrapServers": "127.0.0.1:1", "security": {"protocol": "PLAINTEXT"}, "config": {
      "auto.offset.reset": "earliest", "client.id": "me", "max.partition.fetch.bytes": 2000, "request.timeout.ms": "7000",
      "acks": "all", "linger.ms": 3, "group.id": "g", "enable.idempotence": true, "debug": "all", "group.protocol.type": "x"}})",
                              &logger);
  ASSERT_TRUE(settings.ok()) << settings.error().message();
  EXPECT_TRUE(settings->from_earliest);
  EXPECT_EQ(settings->consumer,
            (KafkaProperties{{"client.id", "me"}, {"fetch.message.max.bytes", "2000"}, {"socket.timeout.ms", "7000"}}));
  EXPECT_EQ(settings->producer, (KafkaProperties{{"client.id", "me"},
                                                 {"request.timeout.ms", "7000"},
                                                 {"acks", "all"},
                                                 {"linger.ms", "3"},
                                                 {"enable.idempotence", "true"}}));
  EXPECT_EQ(
      logger.text(),
      "warning connection \"k\": these config settings are not among the supported ones and have no effect: debug, "
      "group.protocol.type");
}

TEST(KafkaConnection, WarnsAboutOpenWiresOnly) {
  constexpr std::string_view kJson =
      R"({"bootstrapServers": "127.0.0.1:1,SERVER", "security": {"protocol": "PLAINTEXT"}})";
  for (const auto& [server, warns] : {std::pair{"localhost:2", false}, std::pair{"kafka.example:2", true}}) {
    MemoryLogger logger;
    std::string json(kJson);
    json.replace(json.find("SERVER"), 6, server);
    ASSERT_TRUE(parse(json, &logger).ok());
    EXPECT_EQ(!logger.text().empty(), warns) << logger.text();
  }
}

TEST(KafkaConnection, ShowsNoSecrets) {
  MemoryLogger logger;
  const auto settings = parse(R"({"bootstrapServers": "h:1", "security": {"protocol": "SASL_PLAINTEXT"},
      "authentication": {"mechanism": "PLAIN", "username": "u", "password": "hunter2"}, "config": {"sasl.password": "hunter2"}})",
                              &logger);
  ASSERT_TRUE(settings.ok());
  EXPECT_THAT(settings->describe() + logger.text(), Not(HasSubstr("hunter2")));
  EXPECT_THAT(credentials_refused(*settings, "h:1/bootstrap: SASL authentication error").message(),
              Not(HasSubstr("hunter2")));
}

TEST(KafkaErrors, ReadLikeSentences) {
  struct Case {
    std::string_view from, to;
  };
  for (const Case& c :
       {Case{"127.0.0.1:9/bootstrap: Connect to ipv4#127.0.0.1:9 failed: Connection refused (after 0ms in state "
             "CONNECT)",
             "127.0.0.1:9: Connect to 127.0.0.1:9 failed: Connection refused"},
        Case{"sasl_plaintext://h:1/bootstrap: SASL authentication error: Authentication failed (after 1ms in state X)",
             "h:1: SASL authentication error: Authentication failed"},
        Case{
            "ssl://h:1/bootstrap: SSL handshake failed: error:0A000086:SSL routines::certificate verify failed: broker "
            "certificate could not be verified",
            "the TLS certificate of h:1 is not trusted: put the certificate of the authority that signed it into "
            "security.brokerPublicCertificate, or install it in the system's store"},
        Case{"ssl://h:1/1: SSL handshake failed: error:0A000126:SSL routines::unexpected eof while reading",
             "h:1 broke off the TLS handshake: check that security.protocol fits this port"},
        Case{"1/1 brokers are down",
             "no broker keeps a connection open: check that the brokers run and that security.protocol fits the port"},
        Case{"Local: Timed out", "Local: Timed out"}, Case{"", ""}}) {
    EXPECT_EQ(readable_reason(c.from), c.to);
  }
}

TEST(KafkaErrors, AMissingTopicIsNamedWithASuggestion) {
  const KafkaSettings settings{.connection_name = "k", .bootstrap = "h:1"};
  const std::vector<std::string> others = {"zoo", "stock_trades", "__consumer_offsets"};
  EXPECT_EQ(topic_missing(settings, "stock_trade", others).message(),
            "topic \"stock_trade\" does not exist on h:1. Did you mean \"stock_trades\"? Create it or check the name. "
            "Topics there: stock_trades, zoo.");
  EXPECT_EQ(topic_missing(settings, "t", {}).message(),
            "topic \"t\" does not exist on h:1. Create it or check the name. It has no topics at all.");
  std::vector<std::string> many;
  for (int i = 10; i < 30; ++i)
    many.push_back("topic" + std::to_string(i));
  EXPECT_THAT(topic_missing(settings, "x", many).message(), HasSubstr("topic19, and more."));
}

}  // namespace
}  // namespace penstock

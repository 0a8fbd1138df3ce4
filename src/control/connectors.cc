// SPDX-License-Identifier: Apache-2.0
#include "control/connectors.h"

#include <cstdlib>

#include "connectors/embedded/embedded_sink.h"
#include "connectors/kafka/kafka_connection.h"
#include "connectors/mongodb/cluster_connection.h"
#include "connectors/mongodb/mongodb_sink.h"
#include "connectors/sample/sample_source.h"

namespace penstock {
namespace {

Result<void> check_kafka(const Connection& connection) {
  PS_TRY(parse_kafka_connection(connection, nullptr));
  return {};
}

std::string describe_kafka(const Connection& connection) {
  const auto settings = parse_kafka_connection(connection, nullptr);
  return settings.ok() ? "Kafka " + settings->describe() : "Kafka";
}

Result<void> check_cluster(const Connection& connection) {
  PS_TRY(parse_cluster_connection(connection));
  return {};
}

std::string describe_cluster(const Connection& connection) {
  const auto settings = parse_cluster_connection(connection);
  if (!settings.ok()) return "Cluster";
  return settings->uri ? "MongoDB cluster " + settings->cluster_name
                       : "embedded store, cluster " + settings->cluster_name;
}

std::string describe_sample(const Connection&) { return "sample data, made here"; }

constexpr ConnectorType kConnectors[] = {
    {.type = "AWSKinesisDataStreams", .summary = "Kinesis streams."},
    {.type = "AWSLambda", .summary = "Functions of AWS."},
    {.type = "AzureBlobStorage", .summary = "Azure storage."},
    {.type = "Cluster",
     .summary = "A MongoDB, or the embedded store when no uri is given.",
     .sink = true,
     .check = check_cluster,
     .describe = describe_cluster},
    {.type = "GCPPubSub", .summary = "Pub/Sub."},
    {.type = "Https", .summary = "An HTTP service."},
    {.type = "Kafka",
     .summary = "Topics of a Kafka cluster.",
     .source = true,
     .check = check_kafka,
     .describe = describe_kafka},
    {.type = "S3", .summary = "An object store."},
    {.type = "Sample",
     .summary = "Generated sample data; its name says which: sample_stream_solar.",
     .source = true,
     .check = check_sample_connection,
     .describe = describe_sample},
    {.type = "SchemaRegistry", .summary = "Schemas of record values."},
};

}  // namespace

std::span<const ConnectorType> connector_catalog() { return kConnectors; }

SinkFactory::SinkFactory(std::string data_folder, std::shared_ptr<DocStore> store, const Clock& clock, Logger& log)
    : data_folder_(std::move(data_folder)), clock_(clock), log_(log), store_(std::move(store)) {}

Result<std::unique_ptr<Sink>> SinkFactory::make(const Connection& connection, const MergeSpec& spec,
                                                const std::optional<MergeSpec>& dead_letters) {
  PS_TRY(const ClusterSettings settings, parse_cluster_connection(connection));
  if (settings.uri) return make_mongodb_sink(*settings.uri, spec, dead_letters, MongoSinkOptions{}, clock_, log_);
  if (store_ == nullptr) {
    PS_TRY(std::unique_ptr<DocStore> store, DocStore::open(data_folder_, StoreMode::kReadWrite, clock_));
    store_ = std::move(store);
  }
  log_.info("connection \"{}\" has no uri for its cluster: its collections are in the embedded store {}",
            connection.name, store_->folder());
  return make_embedded_sink(store_, spec, dead_letters, clock_, log_);
}

std::string default_data_folder() {
  if (const char* data = std::getenv("XDG_DATA_HOME"); data != nullptr && *data != 0)
    return std::string(data) + "/penstock";
  const char* home = std::getenv("HOME");
  return std::string(home != nullptr && *home != 0 ? home : ".") + "/.local/share/penstock";
}

}  // namespace penstock

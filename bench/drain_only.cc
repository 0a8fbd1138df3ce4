// SPDX-License-Identifier: Apache-2.0
// Reads a topic from its beginning to its end and throws the records away: what the Kafka client alone costs.
//   drain_only BROKERS TOPIC      one JSON line
#include "topic_reader.h"

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: drain_only BROKERS TOPIC\n");
    return 2;
  }
  const penstock_bench::Measurement measurement;
  int64_t records = 0;
  int64_t bytes = 0;
  {
    penstock_bench::TopicReader reader(argv[1], argv[2]);
    reader.read_all([&](const rd_kafka_message_t& message) {
      ++records;
      bytes += static_cast<int64_t>(message.len);
    });
  }
  measurement.print("drain_only", records, bytes, 0);
}

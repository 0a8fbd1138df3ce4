// SPDX-License-Identifier: Apache-2.0
// A Kafka broker inside this process, for the demo and for tests: librdkafka's mock cluster with one broker, PLAINTEXT,
// on a free port of the loopback interface. Limits: keeps about 45,000 records per partition (the oldest go), finds no
// offsets by time, creates topics only through create_topic() or by being asked for them, forgets everything at the
// end.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"

namespace penstock {

class MockBroker {
 public:
  static Result<std::unique_ptr<MockBroker>> start();
  ~MockBroker();
  MockBroker(const MockBroker&) = delete;
  MockBroker& operator=(const MockBroker&) = delete;

  std::string bootstrap() const;  // "127.0.0.1:39211"
  // `partitions` > 0. An existing topic is an error.
  Result<void> create_topic(const std::string& name, int partitions);

 private:
  struct Handles;
  explicit MockBroker(std::unique_ptr<Handles> handles);
  std::unique_ptr<Handles> handles_;
};

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
// The consumer settings of connectors/kafka, repeated for the programs that it is measured against: a difference
// between them is then the engine's, not the client's. Change both together.
#pragma once

namespace penstock_bench {

struct Setting {
  const char* name;
  const char* value;
};

constexpr Setting kConsumerSettings[] = {
    {"group.id", "penstock-bench"},    {"enable.auto.commit", "false"},       {"enable.auto.offset.store", "false"},
    {"enable.partition.eof", "true"},  {"isolation.level", "read_committed"}, {"check.crcs", "true"},
    {"queued.min.messages", "300000"}, {"fetch.wait.max.ms", "20"},           {"fetch.message.max.bytes", "1048576"},
};

}  // namespace penstock_bench

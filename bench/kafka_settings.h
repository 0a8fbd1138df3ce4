// SPDX-License-Identifier: Apache-2.0
// The consumer settings of connectors/kafka, repeated for the programs that it is measured against: a difference
// between them is then the engine's, not the client's. Change both together.
#pragma once

namespace penstock_bench {

struct Setting {
  const char* name;
  const char* value;
};

// The queues are what connectors/kafka asks for with up to 8 partitions and its default budget of 64 MB.
constexpr Setting kConsumerSettings[] = {
    {"group.id", "penstock-bench"},        {"enable.auto.commit", "false"},
    {"enable.auto.offset.store", "false"}, {"enable.partition.eof", "true"},
    {"isolation.level", "read_committed"}, {"check.crcs", "true"},
    {"queued.min.messages", "9830"},       {"queued.max.messages.kbytes", "3072"},
    {"fetch.message.max.bytes", "524288"}, {"fetch.max.bytes", "16777216"},
    {"fetch.wait.max.ms", "20"},           {"fetch.error.backoff.ms", "50"},
};

}  // namespace penstock_bench

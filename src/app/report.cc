// SPDX-License-Identifier: Apache-2.0
#include "app/report.h"

#include <sys/resource.h>

#include "bson/ejson.h"

namespace penstock {
namespace {

double seconds_of(const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6; }

Value count(uint64_t n) { return Value::int64(static_cast<int64_t>(n)); }

double per(double number, double seconds) { return seconds > 0 ? number / seconds : 0; }

}  // namespace

Usage usage_of_process(double seconds) {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return {seconds, seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime),
          static_cast<uint64_t>(usage.ru_maxrss) * 1024};
}

std::string report_json(const std::string& processor, const ProcessorSnapshot& snapshot, const Usage& usage) {
  const auto records = static_cast<double>(snapshot.in.records);
  DocumentBuilder builder;
  builder.append("processor", Value::string(processor));
  builder.append("records_in", count(snapshot.in.records));
  builder.append("bytes_in", count(snapshot.in.bytes));
  builder.append("tombstones", count(snapshot.in.tombstones));
  builder.append("documents_out", count(snapshot.documents_out));
  builder.append("dead_letters", count(snapshot.in.dead_letters));
  builder.append("windows_closed", count(snapshot.windows_closed));
  builder.append("seconds", Value::number(usage.seconds));
  builder.append("cpu_seconds", Value::number(usage.cpu_seconds));
  builder.append("records_per_second", Value::number(per(records, usage.seconds)));
  builder.append("records_per_cpu_second", Value::number(per(records, usage.cpu_seconds)));
  builder.append("peak_memory_bytes", count(usage.peak_memory_bytes));
  return to_json(builder.finish());
}

}  // namespace penstock

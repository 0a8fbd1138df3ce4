// SPDX-License-Identifier: Apache-2.0
// $source: which records enter (reference pipeline-language 2). This version reads Kafka; the other kinds are refused
// by name.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "bson/document.h"

namespace penstock {

enum class OffsetReset { kLatest, kEarliest };
enum class KeyFormat { kBinData, kString, kJson, kInt, kLong };
enum class KeyFormatError { kDlq, kPassThrough };

struct KafkaSourceSpec {
  std::string connection_name;
  std::vector<std::string> topics;                 // At least one, no duplicates.
  std::optional<Duration> partition_idle_timeout;  // Empty: partitions never become idle by silence.
  std::optional<OffsetReset> offset_reset;         // Empty: as the connection says, else latest.
  std::optional<std::string> group_id;
  bool enable_auto_commit = true;  // Only when the display offset is published; never drives recovery.
  KeyFormat key_format = KeyFormat::kBinData;
  KeyFormatError key_format_error = KeyFormatError::kDlq;
};

// `spec`: what stands right of "$source". Error paths are relative to it.
Result<KafkaSourceSpec> parse_source(const Value& spec);

}  // namespace penstock

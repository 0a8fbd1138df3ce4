// SPDX-License-Identifier: Apache-2.0
// $source: which records enter (reference pipeline-language 2). This version reads Kafka and sample data; the other
// kinds are refused by name.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
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

// A connection of type Sample: its name is the name of the sample data.
struct SampleSourceSpec {
  std::string connection_name;
};

// One alternative per kind of source.
using SourceSpec = std::variant<KafkaSourceSpec, SampleSourceSpec>;

// `spec`: what stands right of "$source". `connection_type`: of the connection it names, which says what the options
// mean; "" when nobody knows it: then the options say the kind. Error paths are relative to `spec`.
Result<SourceSpec> parse_source(const Value& spec, std::string_view connection_type = "");

// The connection it reads from.
const std::string& connection_name(const SourceSpec& source);
// What stream.source.type says: "kafka", "generated". A literal.
std::string_view source_type(const SourceSpec& source);
// "trades, orders": the topics, or the sample data.
std::string describe(const SourceSpec& source);

}  // namespace penstock

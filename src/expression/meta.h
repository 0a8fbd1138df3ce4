// SPDX-License-Identifier: Apache-2.0
// Stream metadata of a row: what {$meta: "stream..."} reads. It lives beside the document, never in it
// (reference pipeline-language 1.5.1).
#pragma once

#include <optional>
#include <string_view>

#include "base/clock.h"
#include "bson/document.h"
#include "columnar/record_batch.h"
#include "time/window.h"

namespace penstock {

// What is the same for all rows of a batch.
struct SourceMeta {
  std::string_view type;   // "kafka", "atlas", "generated"
  std::string_view topic;  // What the source calls the log it reads; only Kafka's is visible.
  int32_t partition = 0;   // The source's number, not our PartitionId; only Kafka's is visible.
};

struct RowMeta {
  const SourceMeta* source = nullptr;           // Only its type is visible after a merging stage.
  const RecordBatch::Record* record = nullptr;  // Null after a merging stage such as $group.
  const RecordBatch* batch = nullptr;           // Of the record: its headers.
  EventTime time;                               // stream.source.ts
  const Window* window = nullptr;               // Inside and after a window.
};

// The paths of the layout that can be asked for; kWhole is "stream".
enum class MetaField {
  kWhole,
  kSource,
  kSourceType,
  kSourceTs,
  kSourceTopic,
  kSourcePartition,
  kSourceOffset,
  kSourceKey,
  kSourceHeaders,
  kWindow,
  kWindowStart,
  kWindowEnd,
};

// "stream.window.start" -> kWindowStart. Empty for a path this version does not know.
std::optional<MetaField> parse_meta_field(std::string_view path);
// Missing when the row has no such thing.
Value read_meta(const RowMeta& meta, MetaField field, Arena& arena);

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
// A few thousand records of one partition as they came from the source: bytes in one buffer, the rest in columns.
//
//   buffer   | value 0 | value 1 | ... | kValuePadding bytes |
//   columns  value view, key view, offset, timestamp, flags     one entry a record
//
// The batch owns its bytes; clear() keeps the memory. Positions: `next_position` is the offset to read after this
// batch, which may be beyond the last record (compacted topics, control batches). Thread: one owner, handed over whole.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "bson/json_decoder.h"

namespace penstock {

// A partition of one source, numbered densely from 0 in the order they were found. Names: Source::partition_name.
struct PartitionId {
  uint32_t index = 0;
  auto operator<=>(const PartitionId&) const = default;
};

struct RecordHeader {
  std::string_view name;
  std::string_view value;
  bool value_is_null = false;
};

class RecordBatch {
 public:
  struct Record {
    std::string_view value;
    std::string_view key;
    int64_t offset = 0;
    EventTime timestamp;        // As the broker gives it; has_timestamp tells if it does.
    uint32_t header_begin = 0;  // headers()[header_begin .. header_end)
    uint32_t header_end = 0;
    bool value_is_null = false;  // A tombstone; an empty value is not null.
    bool key_is_null = false;
    bool has_timestamp = false;
  };

  PartitionId partition;
  int64_t next_position = 0;  // Offset to read next, after all of this batch.
  EventTime arrival;          // Wall clock when the batch was polled (processing time).

  size_t size() const { return records_.size(); }
  bool empty() const { return records_.empty(); }
  const Record& operator[](size_t i) const { return records_[i]; }
  const std::vector<Record>& records() const { return records_; }
  const std::vector<RecordHeader>& headers() const { return headers_; }
  size_t value_bytes() const { return value_bytes_; }

  // Appends a record, copying value and key. Views of earlier records stay valid.
  void append(Record record);
  // Adds a header to the record that will be appended next; name and value are copied.
  void append_header(RecordHeader header);
  void clear();
  // Memory held, used or not.
  size_t bytes_reserved() const { return arena_.bytes_reserved() + records_.capacity() * sizeof(Record); }

 private:
  Arena arena_{256 * 1024};
  std::vector<Record> records_;
  std::vector<RecordHeader> headers_;
  uint32_t pending_headers_ = 0;
  size_t value_bytes_ = 0;
};

}  // namespace penstock

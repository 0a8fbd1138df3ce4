// SPDX-License-Identifier: Apache-2.0
// Where records come from. A Source is opened once per processor; each lane reads its share of the partitions through a
// reader of its own. Positions are numbers (next offset to read) and belong to us: nothing is committed by reading.
//
// Guarantee: a source that can seek to a position and gives the same records again is replayable; only that makes more
// than at-most-once possible. Kafka is; a generator with a seed is.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "columnar/record_batch.h"
#include "dataflow/executor.h"
#include "expression/meta.h"

namespace penstock {

// Where a partition without a stored position starts.
struct StartPosition {
  enum class Kind { kDefault, kBeginning, kEnd, kTime } kind = Kind::kDefault;  // kDefault: auto_offset_reset
  EventTime time;  // kTime: the first record with this timestamp or later.
};

// A record by which a partition is recognised: a topic that was deleted and made again under its name has another one
// there.
struct LastRecord {
  int64_t offset = -1;  // -1: none was read yet.
  EventTime timestamp;
  uint64_t hash = 0;  // hash_record()
};
// Of key and value; null and empty differ. It is kept on disk: the same in every version.
uint64_t hash_record(const RecordBatch::Record& record);

// Where a partition was left, from a checkpoint. State wins over what the broker lists (reliability P3).
struct StoredPartition {
  std::string topic;
  int32_t number = 0;
  int64_t position = 0;  // Next offset to read.
  LastRecord last;
};

// What a person has agreed to lose; otherwise each of these refuses the start (kStateRefused, with the numbers).
struct SourceLosses {
  bool lost_records = false;        // Stored positions below what the topic still holds: read on from its first record.
  bool new_topic = false;           // Another topic of that name, or another cluster: read from its beginning.
  bool missing_partitions = false;  // Leave out partitions that are gone.
};

struct SourceStart {
  StartPosition position;               // Of partitions without a stored one at a first start.
  std::vector<StoredPartition> stored;  // Empty: a first start. Else partitions that are not among them are new.
  std::string cluster_id;               // Of the stored positions; "" unknown.
  SourceLosses accepted;
};

struct SourcePartition {
  PartitionId id;
  std::string topic;
  int32_t number = 0;            // The source's own number within the topic.
  int64_t position = 0;          // Next offset to read, resolved to a number (reliability P1).
  int64_t end = 0;               // Offset after the last record, when the partition was looked at.
  std::optional<size_t> stored;  // Its place in SourceStart::stored; empty: new. Unset too when the topic is another.
};

// How far a partition was read, durably: what a consumer group shows.
struct PublishedPosition {
  PartitionId partition;
  int64_t position = 0;  // Next offset to read (reliability P16: lag of a drained topic is 0).
};

enum class PollStatus {
  kRecords,  // The batch holds at least one record, or its next_position has moved (control records only).
  kEmpty,    // Nothing now; more may be on its way.
  kAtEnd,    // Nothing now, and the broker says that the end is reached.
};

// What one lane reads with. Thread: that lane; wake-ups come from anywhere.
class SourceReader {
 public:
  virtual ~SourceReader() = default;
  // Starts reading a partition at `position`.
  virtual Result<void> add(const SourcePartition& partition) = 0;
  // Moves up to `records_max` waiting records of the partition into the batch (cleared before). Never blocks.
  // Transient trouble is not an error here: it is kEmpty, and the reason stands in Source::trouble().
  // Error: cannot go on (offset gone, topic deleted, credentials refused, ...), with code and the numbers.
  virtual Result<PollStatus> poll(PartitionId partition, RecordBatch& batch, size_t records_max) = 0;
  // Who is woken when a partition that was empty has records.
  virtual void set_waker(Waker* waker) = 0;
  // When polls may give records although nobody was woken, monotonic. Sources that make their records by the clock say
  // it; asked after a poll that gave none.
  virtual int64_t next_poll_ns() const { return kNeverNs; }
  // Bytes waiting in the client's queues.
  virtual size_t queued_bytes() const = 0;
};

class Source {
 public:
  virtual ~Source() = default;
  // Finds the partitions and resolves where each starts, to a number. Called once before reading. Stored partitions
  // come first, in their order, then new ones (from their beginning, logged). Waits for the peer at most 30 s, then
  // kPeerUnreachable (no broker answers, topic missing) or kCredentialsRefused with one clear sentence; kStateRefused
  // when stored positions do not fit what is there and nobody accepted it: topic, partition, both numbers, and the
  // option of `penstock run` that goes on (--accept lost-records|new-topic|missing-partitions).
  virtual Result<std::vector<SourcePartition>> open(const SourceStart& start) = 0;
  // Which cluster it reads, for the checkpoint; "" unknown. After open().
  virtual std::string cluster_id() const = 0;
  // Shows positions to the outside (a consumer group), for display only: recovery never reads them. Does not block;
  // what cannot be shown is dropped, the next call shows more.
  virtual void publish(const std::vector<PublishedPosition>& positions) = 0;
  // Partitions that appeared since the last call (they start at their beginning); cheap, does not block: what a
  // background look found. PartitionIds go on from the known ones.
  virtual std::vector<SourcePartition> take_new_partitions() = 0;
  virtual std::unique_ptr<SourceReader> make_reader() = 0;
  // Of all rows of a partition; `topic` in it lives as long as the source.
  virtual SourceMeta meta(PartitionId partition) const = 0;
  // Offset after the last record, per partition in the order of PartitionId, as last heard; -1 unknown.
  virtual std::vector<int64_t> ends() const = 0;
  // The reason why the peer is not reachable at the moment, or "".
  virtual std::string trouble() const = 0;
};

}  // namespace penstock

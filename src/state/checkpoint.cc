// SPDX-License-Identifier: Apache-2.0
#include "state/checkpoint.h"

#include "bson/number.h"
#include "state/block_file.h"
#include "state/byte_codec.h"

namespace penstock {
namespace {

constexpr std::string_view kMagic = "PNSTKCKP";
constexpr uint32_t kVersion = 1;
constexpr uint32_t kManifest = 1;
constexpr uint32_t kPart = 2;

Value number(uint64_t n) { return Value::int64(static_cast<int64_t>(n)); }

void append_partitions(const Checkpoint& checkpoint, DocumentBuilder& to) {
  const size_t list = to.begin_array("partitions");
  char name[12];
  uint32_t index = 0;
  for (const CheckpointPartition& partition : checkpoint.partitions) {
    const size_t item = to.begin_object(index_name(index++, name));
    to.append("topic", Value::string(partition.topic));
    to.append("number", Value::int32(partition.number));
    to.append("position", Value::int64(partition.position));
    if (partition.max_time) to.append("maxTime", Value::int64(partition.max_time->ms));
    if (partition.idle) to.append("idle", Value::boolean(true));
    if (partition.record_clock) to.append("recordClock", Value::int64(partition.record_clock->ms));
    if (partition.last_offset >= 0) {
      to.append("lastOffset", Value::int64(partition.last_offset));
      to.append("lastTimestamp", Value::int64(partition.last_timestamp.ms));
      to.append("lastHash", number(partition.last_hash));
    }
    to.end(item);
  }
  to.end(list);
}

void append_outbox(const Checkpoint& checkpoint, DocumentBuilder& to) {
  const size_t list = to.begin_array("outbox");
  char name[12];
  uint32_t index = 0;
  for (const OutboxFile& file : checkpoint.outbox) {
    const size_t item = to.begin_object(index_name(index++, name));
    to.append("first", number(file.first_seq));
    to.append("last", number(file.last_seq));
    to.append("bytes", number(file.bytes));
    to.append("checksum", number(file.checksum));
    to.end(item);
  }
  to.end(list);
}

void append_counters(const CheckpointCounters& counters, DocumentBuilder& to) {
  const size_t object = to.begin_object("counters");
  to.append("records", number(counters.records));
  to.append("bytes", number(counters.bytes));
  to.append("tombstones", number(counters.tombstones));
  to.append("deadLetters", number(counters.dead_letters));
  to.append("documentsOut", number(counters.documents_out));
  to.append("windowsClosed", number(counters.windows_closed));
  to.append("badRecords", number(counters.bad_records));
  to.append("badBytes", number(counters.bad_bytes));
  to.append("bytesOut", number(counters.bytes_out));
  to.append("deadLetterBytes", number(counters.dead_letter_bytes));
  to.end(object);
}

std::string manifest_of(const Checkpoint& checkpoint) {
  DocumentBuilder manifest;
  manifest.append("number", number(checkpoint.number));
  manifest.append("processor", Value::string(checkpoint.processor));
  manifest.append("lineage", Value::string(checkpoint.lineage));
  manifest.append("definition", Value::string(checkpoint.definition));
  manifest.append("clock", Value::string(checkpoint.clock));
  manifest.append("clusterId", Value::string(checkpoint.cluster_id));
  manifest.append("seq", number(checkpoint.seq));
  manifest.append("frontier", Value::int64(checkpoint.frontier.ms));
  append_partitions(checkpoint, manifest);
  append_outbox(checkpoint, manifest);
  append_counters(checkpoint.counters, manifest);
  manifest.append("at", Value::date(checkpoint.at));
  manifest.append("parts", number(checkpoint.parts.size()));
  return manifest.take();
}

// Fields of a manifest. What the checksum let through can still be of another writer.
class Fields {
 public:
  explicit Fields(Document document) : document_(document) {}

  Result<int64_t> integer(std::string_view name) const {
    const Value value = document_.get(name);
    if (value.type() != Type::kInt && value.type() != Type::kLong) return missing(name);
    return value.type() == Type::kInt ? value.as_int() : value.as_long();
  }
  Result<uint64_t> natural(std::string_view name) const {
    PS_TRY(const int64_t n, integer(name));
    return static_cast<uint64_t>(n);
  }
  Result<std::string> text(std::string_view name) const {
    const Value value = document_.get(name);
    if (!value.is_string()) return missing(name);
    return std::string(value.as_string());
  }
  Result<Document> array(std::string_view name) const {
    const Value value = document_.get(name);
    if (!value.is_array()) return missing(name);
    return value.as_array();
  }
  Result<Document> object(std::string_view name) const {
    const Value value = document_.get(name);
    if (!value.is_object()) return missing(name);
    return value.as_object();
  }
  std::optional<EventTime> time(std::string_view name) const {
    const Value value = document_.get(name);
    if (value.type() != Type::kLong) return std::nullopt;
    return EventTime{value.as_long()};
  }
  bool flag(std::string_view name) const { return document_.has(name); }

 private:
  static Error missing(std::string_view name) {
    return Error(ErrorCode::kFailedToParse, "its manifest lacks {}", name);
  }
  Document document_;
};

Result<CheckpointPartition> read_partition(const Value& value) {
  if (!value.is_object()) return Error(ErrorCode::kFailedToParse, "its manifest has a partition that is none");
  const Fields fields(value.as_object());
  CheckpointPartition partition;
  PS_TRY(partition.topic, fields.text("topic"));
  PS_TRY(const int64_t partition_number, fields.integer("number"));
  partition.number = static_cast<int32_t>(partition_number);
  PS_TRY(partition.position, fields.integer("position"));
  partition.max_time = fields.time("maxTime");
  partition.idle = fields.flag("idle");
  partition.record_clock = fields.time("recordClock");
  if (!fields.flag("lastOffset")) return partition;
  PS_TRY(partition.last_offset, fields.integer("lastOffset"));
  PS_TRY(partition.last_timestamp.ms, fields.integer("lastTimestamp"));
  PS_TRY(partition.last_hash, fields.natural("lastHash"));
  return partition;
}

Result<OutboxFile> read_outbox_file(const Value& value) {
  if (!value.is_object()) return Error(ErrorCode::kFailedToParse, "its manifest has an outbox file that is none");
  const Fields fields(value.as_object());
  OutboxFile file;
  PS_TRY(file.first_seq, fields.natural("first"));
  PS_TRY(file.last_seq, fields.natural("last"));
  PS_TRY(file.bytes, fields.natural("bytes"));
  PS_TRY(const uint64_t checksum, fields.natural("checksum"));
  file.checksum = static_cast<uint32_t>(checksum);
  return file;
}

Result<CheckpointCounters> read_counters(Document document) {
  const Fields fields(document);
  CheckpointCounters counters;
  PS_TRY(counters.records, fields.natural("records"));
  PS_TRY(counters.bytes, fields.natural("bytes"));
  PS_TRY(counters.tombstones, fields.natural("tombstones"));
  PS_TRY(counters.dead_letters, fields.natural("deadLetters"));
  PS_TRY(counters.documents_out, fields.natural("documentsOut"));
  PS_TRY(counters.windows_closed, fields.natural("windowsClosed"));
  if (!fields.flag("badRecords")) return counters;
  PS_TRY(counters.bad_records, fields.natural("badRecords"));
  PS_TRY(counters.bad_bytes, fields.natural("badBytes"));
  PS_TRY(counters.bytes_out, fields.natural("bytesOut"));
  PS_TRY(counters.dead_letter_bytes, fields.natural("deadLetterBytes"));
  return counters;
}

Result<uint64_t> read_manifest(std::string_view payload, Checkpoint& checkpoint) {
  PS_TRY(validate_bson(payload, payload.size()));  // A definition may be large.
  const Document document(payload.data());
  const Fields fields(document);
  PS_TRY(checkpoint.number, fields.natural("number"));
  PS_TRY(checkpoint.processor, fields.text("processor"));
  PS_TRY(checkpoint.lineage, fields.text("lineage"));
  PS_TRY(checkpoint.definition, fields.text("definition"));
  PS_TRY(checkpoint.clock, fields.text("clock"));
  PS_TRY(checkpoint.cluster_id, fields.text("clusterId"));
  PS_TRY(checkpoint.seq, fields.natural("seq"));
  PS_TRY(checkpoint.frontier.ms, fields.integer("frontier"));
  PS_TRY(const Document partitions, fields.array("partitions"));
  for (const Element& element : partitions) {
    PS_TRY(CheckpointPartition partition, read_partition(element.value));
    checkpoint.partitions.push_back(std::move(partition));
  }
  PS_TRY(const Document outbox, fields.array("outbox"));
  for (const Element& element : outbox) {
    PS_TRY(const OutboxFile file, read_outbox_file(element.value));
    checkpoint.outbox.push_back(file);
  }
  PS_TRY(const Document counters, fields.object("counters"));
  PS_TRY(checkpoint.counters, read_counters(counters));
  const Value at = document.get("at");
  if (at.type() == Type::kDate) checkpoint.at = at.as_date();
  return fields.natural("parts");
}

Result<CheckpointPart> read_part(std::string_view payload) {
  ByteReader from(payload);
  CheckpointPart part;
  PS_TRY(part.window.start.ms, from.number<int64_t>());
  PS_TRY(part.window.end.ms, from.number<int64_t>());
  PS_TRY(part.partition, from.number<uint32_t>());
  part.state = from.rest();
  return part;
}

}  // namespace

std::string encode(const Checkpoint& checkpoint) {
  BlockFileWriter file(kMagic, kVersion);
  file.add(kManifest, manifest_of(checkpoint));
  std::string payload;
  for (const CheckpointPart& part : checkpoint.parts) {
    payload.clear();
    put_number(part.window.start.ms, payload);
    put_number(part.window.end.ms, payload);
    put_number(part.partition, payload);
    payload += part.state;
    file.add(kPart, payload);
  }
  return file.finish();
}

Result<Checkpoint> decode_checkpoint(std::string_view bytes) {
  PS_TRY(const std::vector<Block> blocks, read_block_file(bytes, kMagic, kVersion));
  if (blocks.empty() || blocks[0].kind != kManifest) return Error(ErrorCode::kFailedToParse, "it has no manifest");
  Checkpoint checkpoint;
  PS_TRY(const uint64_t parts, read_manifest(blocks[0].payload, checkpoint));
  for (size_t i = 1; i < blocks.size(); ++i) {
    if (blocks[i].kind != kPart) {
      return Error(ErrorCode::kFailedToParse, "it has a block of the unknown kind {}", blocks[i].kind);
    }
    PS_TRY(CheckpointPart part, read_part(blocks[i].payload));
    checkpoint.parts.push_back(std::move(part));
  }
  if (checkpoint.parts.size() != parts) {
    return Error(ErrorCode::kFailedToParse, "it has {} window parts of {}", checkpoint.parts.size(), parts);
  }
  return checkpoint;
}

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
#include "runtime/object_ids.h"

namespace penstock {
namespace {

uint64_t mix(uint64_t a, uint64_t b) {
  const auto product = static_cast<unsigned __int128>(a ^ 0x9e3779b97f4a7c15) * (b ^ 0xd6e8feb86659fd93);
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

void put_seconds(ObjectId& id, EventTime time) {
  const auto seconds = static_cast<uint32_t>(time.ms / 1000);
  for (int i = 0; i < 4; ++i)
    id.bytes[i] = static_cast<unsigned char>(seconds >> (24 - 8 * i));
}

}  // namespace

ObjectIds::ObjectIds(bool reproducible, uint64_t definition_hash, const Clock& clock, Random& random)
    : reproducible_(reproducible),
      definition_hash_(definition_hash),
      clock_(clock),
      random_(random.next()),
      counter_(static_cast<uint32_t>(random.next())) {}

ObjectId ObjectIds::from_hash(EventTime time, uint64_t salt, uint64_t a, uint64_t b, uint64_t c) {
  const uint64_t hash = mix(mix(mix(salt, a), b), c);
  ObjectId id;
  put_seconds(id, time);
  for (int i = 0; i < 8; ++i)
    id.bytes[4 + i] = static_cast<unsigned char>(hash >> (56 - 8 * i));
  return id;
}

ObjectId ObjectIds::of_window(const Window& window, uint64_t ordinal) {
  if (!reproducible_) return fresh();
  return from_hash(window.end, definition_hash_, static_cast<uint64_t>(window.start.ms),
                   static_cast<uint64_t>(window.end.ms), ordinal);
}

ObjectId ObjectIds::of_record(PartitionId partition, int64_t offset, EventTime time) {
  if (!reproducible_) return fresh();
  return from_hash(time, definition_hash_, partition.index, static_cast<uint64_t>(offset), 1);
}

ObjectId ObjectIds::of_refusal(uint64_t salt, uint64_t seq, uint64_t index, EventTime frozen_at) {
  return from_hash(frozen_at, salt, seq, index, 2);
}

ObjectId ObjectIds::fresh() {
  ObjectId id;
  put_seconds(id, clock_.now());
  for (int i = 0; i < 5; ++i)
    id.bytes[4 + i] = static_cast<unsigned char>(random_ >> (8 * i));
  ++counter_;
  for (int i = 0; i < 3; ++i)
    id.bytes[9 + i] = static_cast<unsigned char>(counter_ >> (16 - 8 * i));
  return id;
}

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
#include "state/group_table.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cstring>

namespace penstock {
namespace {

constexpr size_t kFirstSlots = 16;
constexpr uint64_t kMultiplier1 = 0x9e3779b97f4a7c15;
constexpr uint64_t kMultiplier2 = 0xd6e8feb86659fd93;

uint64_t load64(const char* p) {
  uint64_t v;
  std::memcpy(&v, p, sizeof v);
  return v;
}

uint64_t load32(const char* p) {
  uint32_t v;
  std::memcpy(&v, p, sizeof v);
  return v;
}

// Folds a 128-bit product: every input bit reaches every output bit.
uint64_t mix(uint64_t a, uint64_t b) {
  const auto product = static_cast<unsigned __int128>(a ^ kMultiplier1) * (b ^ kMultiplier2);
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

}  // namespace

uint64_t hash_key(std::string_view key) {
  const size_t n = key.size();
  const char* p = key.data();
  if (n > 16) return XXH3_64bits(p, n);
  if (n >= 8) return mix(load64(p) ^ n, load64(p + n - 8));
  if (n >= 4) return mix(load32(p) ^ n, load32(p + n - 4));
  uint64_t few = n;
  for (size_t i = 0; i < n; ++i)
    few = few << 8 | static_cast<unsigned char>(p[i]);
  return mix(few, n);
}

GroupTable::GroupTable(size_t payload_bytes)
    : payload_bytes_(payload_bytes), mask_(kFirstSlots - 1), slots_(kFirstSlots), arena_(16 * 1024) {}

bool GroupTable::same_key(const Entry& entry, std::string_view key) {
  if (entry.key_size != key.size()) return false;
  if (key.size() > 16) return std::memcmp(entry.key, key.data(), key.size()) == 0;
  return std::memcmp(entry.short_key, key.data(), key.size()) == 0;
}

GroupTable::Found GroupTable::find_or_add(std::string_view key, uint64_t hash) {
  for (uint64_t i = hash & mask_;; i = (i + 1) & mask_) {
    Slot& slot = slots_[i];
    if (slot.entry == nullptr) break;
    if (slot.hash == hash && same_key(*slot.entry, key)) return {payload_of(slot.entry), false};
  }
  if ((entries_.size() + 1) * 4 > slots_.size() * 3) grow();
  uint64_t i = hash & mask_;
  while (slots_[i].entry != nullptr)
    i = (i + 1) & mask_;
  Entry* entry = add(key, hash);
  slots_[i] = {hash, entry};
  return {payload_of(entry), true};
}

GroupTable::Entry* GroupTable::add(std::string_view key, uint64_t hash) {
  auto* entry = reinterpret_cast<Entry*>(arena_.allocate(sizeof(Entry) + payload_bytes_));
  std::memset(static_cast<void*>(entry), 0, sizeof(Entry) + payload_bytes_);
  entry->key = arena_.copy(key).data();
  entry->hash = hash;
  entry->key_size = static_cast<uint32_t>(key.size());
  std::memcpy(entry->short_key, key.data(), std::min(key.size(), sizeof entry->short_key));
  entries_.push_back(entry);
  return entry;
}

void GroupTable::grow() {
  slots_.assign(slots_.size() * 2, Slot{});
  mask_ = slots_.size() - 1;
  for (Entry* entry : entries_) {
    uint64_t i = entry->hash & mask_;
    while (slots_[i].entry != nullptr)
      i = (i + 1) & mask_;
    slots_[i] = {entry->hash, entry};
  }
}

size_t GroupTable::bytes() const {
  return slots_.capacity() * sizeof(Slot) + entries_.capacity() * sizeof(Entry*) + arena_.bytes_reserved();
}

}  // namespace penstock

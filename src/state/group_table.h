// SPDX-License-Identifier: Apache-2.0
// The groups of one pane: equality key -> an entry of fixed size. Built for one use: many records, one update each.
//
//   slots    | hash, entry* | ...            open addressing, linear probing, at most 3/4 full
//   entries  [ header | key bytes... ] -> payload of `payload_bytes`, zeroed, 8-byte aligned, never moved
//
// Keys are bytes (append_equality_key); up to 16 bytes are compared without following a pointer. find_or_add in two
// steps, prefetch() then find_or_add(), hides the memory latency when there are many groups. Entries are visited in the
// order they were added. Thread: one owner.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/arena.h"

namespace penstock {

// Hash of a key: two overlapping loads and a multiply for short keys, XXH3 for long ones.
uint64_t hash_key(std::string_view key);

class GroupTable {
 public:
  explicit GroupTable(size_t payload_bytes);
  GroupTable(GroupTable&&) = default;
  GroupTable& operator=(GroupTable&&) = default;

  struct Found {
    char* payload;
    bool added;
  };
  void prefetch(uint64_t hash) const { __builtin_prefetch(&slots_[hash & mask_]); }
  Found find_or_add(std::string_view key, uint64_t hash);
  Found find_or_add(std::string_view key) { return find_or_add(key, hash_key(key)); }

  size_t size() const { return entries_.size(); }
  char* payload(size_t index) { return payload_of(entries_[index]); }
  const char* payload(size_t index) const { return payload_of(entries_[index]); }
  std::string_view key(size_t index) const { return {entries_[index]->key, entries_[index]->key_size}; }
  // Memory for what belongs to an entry and lives as long as the table.
  Arena& arena() { return arena_; }
  // Slots, entries, keys, and what was taken from arena().
  size_t bytes() const;

 private:
  struct Entry {
    const char* key;
    uint64_t hash;
    uint32_t key_size;
    uint32_t unused;
    char short_key[16];  // A copy of the key's first 16 bytes, zero filled.
  };
  struct Slot {
    uint64_t hash;
    Entry* entry;
  };
  static char* payload_of(Entry* entry) { return reinterpret_cast<char*>(entry + 1); }
  static const char* payload_of(const Entry* entry) { return reinterpret_cast<const char*>(entry + 1); }
  static bool same_key(const Entry& entry, std::string_view key);
  Entry* add(std::string_view key, uint64_t hash);
  void grow();

  size_t payload_bytes_;
  uint64_t mask_;
  std::vector<Slot> slots_;
  std::vector<Entry*> entries_;
  Arena arena_;
};

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
// The catalog of accumulators ($group). State is a fixed number of bytes inside the group's entry, so that a group is
// one piece of memory; what does not fit (lists, long texts) hangs on a pointer that destroy() frees. merge and save
// are required: lanes, panes, checkpoints rest on them (architecture 6). Rules: reference mql-semantics 13.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "expression/expression.h"
#include "expression/function.h"

namespace penstock {

struct Accumulator {
  std::string_view name;  // With the '$'.
  std::string_view summary;
  size_t state_size = 0;         // Bytes, a multiple of 8; aligned to 8 (16 is not promised).
  bool order_sensitive = false;  // $push, $first, ...: lanes keep parts per partition (architecture 8).
  bool takes_argument = true;    // $count: {} does not.
  void (*init)(void* state) = nullptr;
  // `value`: the argument of this row, may be missing. Copies what it keeps. Returns by how many bytes the memory
  // outside the state grew (may be negative), for the memory limit.
  Result<int64_t> (*add)(void* state, const Value& value) = nullptr;
  // Adds `other` (same accumulator) to `state`; `other` comes later in order. `other` stays valid and is destroyed by
  // its owner.
  Result<int64_t> (*merge)(void* state, const void* other) = nullptr;
  void (*save)(const void* state, std::string& to) = nullptr;
  // Reads what save wrote from the front of `from` into an initialised state. kFailedToParse when it is not that.
  Result<void> (*restore)(void* state, std::string_view& from) = nullptr;
  // The result; bytes live in `arena` or in the state.
  Result<Value> (*result)(const void* state, Arena& arena) = nullptr;
  void (*destroy)(void* state) = nullptr;  // Null when there is nothing to free.
  std::span<const Example> examples;       // expression = "{$sum: \"$x\"}", document = documents separated by blanks.
};

std::span<const Accumulator* const> all_accumulators();
const Accumulator* find_accumulator(std::string_view name);
bool is_known_unsupported_accumulator(std::string_view name);

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
// The tables of the catalog, one per file of this folder; catalog.cc joins them. And how a saved state writes and reads
// its parts: little endian, as all machines we run on have it.
#pragma once

#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "expression/accumulator.h"

namespace penstock {

std::span<const Accumulator> sum_avg_accumulators();     // $avg, $count, $sum
std::span<const Accumulator> min_max_accumulators();     // $max, $min
std::span<const Accumulator> first_last_accumulators();  // $first, $last
std::span<const Accumulator> push_accumulators();        // $addToSet, $push

template <typename T>
void save_number(T n, std::string& to) {
  to.append(reinterpret_cast<const char*>(&n), sizeof n);
}

template <typename T>
Result<T> restore_number(std::string_view& from) {
  T n;
  if (from.size() < sizeof n) return Error(ErrorCode::kFailedToParse, "the saved state ends too early");
  std::memcpy(&n, from.data(), sizeof n);
  from.remove_prefix(sizeof n);
  return n;
}

// A BSON document off the front, checked. The view leads into `from`'s bytes.
Result<Document> restore_document(std::string_view& from);

}  // namespace penstock

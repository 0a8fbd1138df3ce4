// SPDX-License-Identifier: Apache-2.0
// All accumulators: the tables of this folder joined, and the names that are still to come.
#include <algorithm>
#include <vector>

#include "expression/accumulators/accumulators.h"

namespace penstock {
namespace {

// A saved value may be as large as a document and stands in one.
constexpr size_t kSavedBytesMax = size_t{1} << 31;
constexpr size_t kSavedDepthMax = kDepthMax + 8;

std::vector<const Accumulator*> joined() {
  std::vector<const Accumulator*> all;
  for (auto table : {sum_avg_accumulators(), min_max_accumulators(), first_last_accumulators(), push_accumulators()}) {
    for (const Accumulator& accumulator : table)
      all.push_back(&accumulator);
  }
  std::sort(all.begin(), all.end(), [](const Accumulator* a, const Accumulator* b) { return a->name < b->name; });
  return all;
}

// Accumulators of the language (reference mql-semantics 18.2) without a row of their own yet. Sorted.
constexpr std::string_view kNotYet[] = {
    "$accumulator",  "$bottom", "$bottomN",    "$concatArrays", "$firstN",    "$lastN",      "$maxN", "$median",
    "$mergeObjects", "$minN",   "$percentile", "$setUnion",     "$stdDevPop", "$stdDevSamp", "$top",  "$topN",
};

}  // namespace

std::span<const Accumulator* const> all_accumulators() {
  static const std::vector<const Accumulator*> all = joined();
  return all;
}

const Accumulator* find_accumulator(std::string_view name) {
  for (const Accumulator* accumulator : all_accumulators()) {
    if (accumulator->name == name) return accumulator;
  }
  return nullptr;
}

bool is_known_unsupported_accumulator(std::string_view name) {
  return find_accumulator(name) == nullptr && std::binary_search(std::begin(kNotYet), std::end(kNotYet), name);
}

Result<Document> restore_document(std::string_view& from) {
  std::string_view rest = from;
  PS_TRY(const int32_t size, restore_number<int32_t>(rest));
  if (size < 5 || static_cast<size_t>(size) > from.size()) {
    return Error(ErrorCode::kFailedToParse, "a saved value of {} bytes, {} are there", size, from.size());
  }
  const std::string_view bytes = from.substr(0, static_cast<size_t>(size));
  if (auto valid = validate_bson(bytes, kSavedBytesMax, kSavedDepthMax); !valid.ok()) {
    return Error(ErrorCode::kFailedToParse, "a saved value is damaged: {}", valid.error().message());
  }
  from.remove_prefix(bytes.size());
  return Document(bytes.data());
}

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
// Runs a golden file on the whole engine. However the input is cut into batches, and when the process is killed again
// and again and goes on from its checkpoint, the result must be the same.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tests/engine/golden_file.h"

namespace penstock {

enum class GoldenMode { kRecordByRecord, kOneBatch, kOddBatches, kCrashes };
constexpr GoldenMode kGoldenModes[] = {GoldenMode::kRecordByRecord, GoldenMode::kOneBatch, GoldenMode::kOddBatches,
                                       GoldenMode::kCrashes};
std::string_view name_of(GoldenMode mode);

struct GoldenResult {
  std::vector<OwnedDocument> output;        // Without generated ids.
  std::vector<OwnedDocument> dead_letters;  // What is about the document: operator, reason, document, missed windows.
  std::string plan;
};

Result<GoldenResult> run_golden(const GoldenFile& file, GoldenMode mode);

// What differs, for a person; empty when `file` says just this.
std::string difference(const GoldenFile& file, const GoldenResult& result);
// The file with the result as what is expected.
std::string with_result(const GoldenFile& file, const GoldenResult& result);

}  // namespace penstock

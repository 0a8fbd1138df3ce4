// SPDX-License-Identifier: Apache-2.0
// A golden file: one pipeline, its input, and what must come out.
//
//   Why this file is here, in a line or two.
//   --- pipeline
//   [{$tumblingWindow: ...}]          stages between $source and $merge, or a whole pipeline, or: @file PATH (a
//   definition,
//                                     taken byte for byte)
//   --- input
//   {k: "a", ts: "12:00:01"} ...      a record each; `ts` is its time stamp and not part of it (else as the one before)
//   --- output
//   {_id: "a", n: 2} ...              without the _id that the engine made
//   --- deadLetters                   optional; none when it is missing
//   --- plan                          optional
//
// Between records:
//   @watermark T       a record at T in every partition that no stage sees: time has come so far
//   @partition N       what follows goes to partition N (0 at first)
//   @idle              for an hour nothing arrives
//   @null T            a record with a null value        @raw T "bytes"  a record of just these bytes (a JSON string)
//   @end               last: the run is bounded, all windows close (as --until-end)
// Times: 12:00:01 on 2026-01-01, or a whole ISO date. The clock of processing time is that of the records.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bson/document.h"
#include "tests/engine/memory_source.h"

namespace penstock {

struct GoldenStep {
  enum class Kind { kRecord, kWatermark, kIdle } kind;
  uint32_t partition = 0;  // kRecord
  MemoryRecord record;     // kRecord
  EventTime time;          // kWatermark
};

struct GoldenFile {
  std::string unchanged;  // The text up to the first section that --update writes.
  std::string definition;
  std::vector<GoldenStep> steps;
  uint32_t partitions = 1;
  bool ends = false;        // @end
  bool heartbeats = false;  // @watermark
  std::vector<OwnedDocument> output;
  std::vector<OwnedDocument> dead_letters;
  std::optional<std::string> plan;
};

Result<GoldenFile> parse_golden(std::string_view text);

}  // namespace penstock

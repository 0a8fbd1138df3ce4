// SPDX-License-Identifier: Apache-2.0
// For tests of windows and groups: rows from text, parts and results as text.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bson/ejson.h"
#include "stages/group_stage.h"
#include "stages/stage_runner.h"

namespace penstock {

// Rows of one partition that live as long as this, with offsets that count up.
class TestRows {
 public:
  explicit TestRows(uint32_t partition = 0, int64_t first_offset = 0) : partition_{partition}, next_(first_offset) {}

  void add(std::string_view json, EventTime time = {0}) { add_at(json, time, next_++); }
  void add_at(std::string_view json, EventTime time, int64_t offset) {
    documents_.push_back(std::move(parse_filter(json).value()));
    records_.push_back({.value = {}, .key = {}, .offset = offset, .timestamp = time});
    seen_ = rows.empty() ? time : std::max(seen_, time);
    rows.push_back({.root = Value::object(documents_.back()),
                    .meta = {.source = &source_, .record = &records_.back(), .batch = &batch_, .time = time},
                    .window_time = time,
                    .seen = seen_});
  }
  PartitionId partition() const { return partition_; }

  std::vector<Row> rows;

 private:
  SourceMeta source_{.type = "kafka", .topic = "t", .partition = 0};
  RecordBatch batch_;  // Without headers.
  PartitionId partition_;
  int64_t next_;
  EventTime seen_;
  std::deque<OwnedDocument> documents_;
  std::deque<RecordBatch::Record> records_;
};

inline std::string lines_of(const RowBatch& batch) {
  std::string text;
  for (const Row& row : batch.rows)
    text += to_json(row.root) + "\n";
  return text;
}

// A $group with all around it.
class GroupRunner {
 public:
  explicit GroupRunner(std::string_view text) : spec_text_(std::move(parse_filter(text).value())) {
    auto parsed = GroupSpec::parse(Value::object(spec_text_));
    PS_CHECK(parsed.ok(), parsed.ok() ? "" : parsed.error().message());
    spec = std::move(*parsed);
    adder_ = std::move(spec->build_adder(nullptr).value());
  }

  std::unique_ptr<GroupPart> make_part() const { return std::make_unique<GroupPart>(spec->layout()); }
  void add(const TestRows& rows, GroupPart& part) { add(rows.rows, rows.partition(), part); }
  void add(std::span<const Row> rows, PartitionId partition, GroupPart& part) {
    PS_CHECK(adder_->add(rows, partition, part, context_, letters).ok());
  }
  std::string results(const GroupPart& part, const Window& window = {{0}, {1000}}) {
    out_.clear();
    PS_CHECK(spec->results(part, &window, nullptr, out_, context_, letters).ok());
    return lines_of(out_);
  }
  // All rows in one part.
  std::string results_of(const TestRows& rows) {
    const auto part = make_part();
    add(rows, *part);
    return results(*part);
  }

  std::unique_ptr<GroupSpec> spec;
  CollectedLetters letters;

 private:
  OwnedDocument spec_text_;
  std::unique_ptr<GroupSpec::Adder> adder_;
  ManualClock clock_;
  Arena arena_;
  EvalContext context_{.arena = arena_, .clock = clock_};
  RowBatch out_;
};

}  // namespace penstock

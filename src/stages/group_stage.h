// SPDX-License-Identifier: Apache-2.0
// $group inside a window (reference mql-semantics 13).
//
// A lane adds rows to GroupParts; parts of the same window are merged and give one document per group. The key is split
// by what it depends on: parts that read the row make the key of the table; parts that only read the window
// ({$meta: "stream.window.start"}) are the same for all groups of a window and are filled in at the end, so panes can
// be shared by several windows. Equal accumulators ({$sum: "$quantity"} twice) are kept once.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "dataflow/window.h"
#include "expression/accumulator.h"
#include "state/byte_codec.h"
#include "state/group_table.h"

namespace penstock {

// Where things lie in an entry's payload, and how to combine them. Immutable, shared by all parts of a plan.
struct GroupLayout {
  struct State {
    const Accumulator* accumulator;
    size_t offset;  // In the payload.
  };
  std::vector<State> states;
  size_t payload_bytes = 0;
};

// The groups of one pane.
class GroupPart final : public WindowPart {
 public:
  explicit GroupPart(std::shared_ptr<const GroupLayout> layout);
  ~GroupPart() override;
  size_t bytes() const override { return table_.bytes() + static_cast<size_t>(std::max<int64_t>(outside_bytes_, 0)); }

  // First occurrence of a group: the order in which results come out.
  struct First {
    uint32_t partition;
    int64_t offset;
    auto operator<=>(const First&) const = default;
  };
  // What stands before the accumulator states in each payload.
  struct Head {
    const char* key_values;  // BSON document of the key's row-dependent values as first seen, in table().arena().
    First first;
  };
  GroupTable& table() { return table_; }
  const GroupTable& table() const { return table_; }
  const GroupLayout& layout() const { return *layout_; }
  static Head& head(char* payload) { return *reinterpret_cast<Head*>(payload); }
  static const Head& head(const char* payload) { return *reinterpret_cast<const Head*>(payload); }
  // Initialises the states of a payload that was just added.
  void init(char* payload);
  void count_outside_bytes(int64_t grown) { outside_bytes_ += grown; }
  // Adds `other`'s groups; other comes later in the order of merging.
  Result<void> merge(const GroupPart& other);
  void save(std::string& to) const override;
  // Reads what save wrote into a part without groups. kFailedToParse.
  Result<void> restore(std::string_view from);

 private:
  Result<void> restore_group(ByteReader& from);

  std::shared_ptr<const GroupLayout> layout_;
  GroupTable table_;
  int64_t outside_bytes_ = 0;
};

// A parsed $group.
class GroupSpec {
 public:
  // `spec`: what stands right of "$group". Error paths are relative to it. `outer`: variables that are set around it;
  // the EvalContext given to add() and results() holds their values.
  static Result<std::unique_ptr<GroupSpec>> parse(const Value& spec, const ParseContext& outer = ParseContext());
  ~GroupSpec();

  FieldNeeds needs() const;
  // "_id {symbol, windowStart, windowEnd}; totalQty: $sum, ..."
  std::string describe() const;
  // True when the order of rows shows in the result: parts are kept per partition.
  bool order_sensitive() const;

  // Adds rows to a part. One per lane; expressions are bound to the slots of `input`.
  class Adder;
  Result<std::unique_ptr<Adder>> build_adder(const FieldNeeds* input) const;
  std::shared_ptr<const GroupLayout> layout() const { return layout_; }
  // One row per group of `part`, ordered by first occurrence: {_id, fields in the order of the spec}. `window` outlives
  // them.
  Result<void> results(const GroupPart& part, const Window* window, const SourceMeta* source, RowBatch& out,
                       EvalContext& context, DeadLetterCollector& dead_letters) const;

 private:
  struct Parsed;
  GroupSpec() = default;
  // `layout` may be null: a second parse of the same text needs none.
  static Result<std::unique_ptr<Parsed>> parse_parts(Document spec, const ParseContext& outer, GroupLayout* layout);
  static Result<void> parse_key(const Value& spec, ParseContext& context, Parsed& parsed);
  Result<void> build_result(const char* payload, DocumentBuilder& builder, EvalContext& context, Arena& arena) const;
  OwnedDocument spec_;
  ParseContext outer_;
  std::unique_ptr<Parsed> parsed_;
  std::shared_ptr<const GroupLayout> layout_;
};

class GroupSpec::Adder {
 public:
  ~Adder();
  // Adds rows [begin, end) of one partition. A row whose expressions fail becomes a dead letter and changes nothing.
  Result<void> add(std::span<const Row> rows, PartitionId partition, GroupPart& part, EvalContext& context,
                   DeadLetterCollector& dead_letters);

 private:
  friend class GroupSpec;
  struct Pending;
  Adder(std::unique_ptr<Parsed> parsed, std::shared_ptr<const GroupLayout> layout);
  Result<void> make_key(EvalContext& context);
  Result<void> evaluate_arguments(EvalContext& context);
  // Notes `row` as the group's first: its key values, its place in the order of results.
  void set_first(char* payload, PartitionId partition, const Row& row, GroupPart& part, EvalContext& context);
  Result<void> update(char* payload, GroupPart& part);

  std::unique_ptr<Parsed> parsed_;
  std::shared_ptr<const GroupLayout> layout_;
  std::string key_;
  std::vector<Pending> pending_;
  std::vector<Value> values_;  // Of the arguments, for the row at hand.
  std::vector<Value> variables_;
};

}  // namespace penstock

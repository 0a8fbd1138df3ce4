// SPDX-License-Identifier: Apache-2.0
// The hot loop of the engine: rows into groups. Per block of rows first all keys are made, hashed and prefetched, then
// the groups are updated, so that a table larger than the cache costs one wait per block and not one per row.
#include <cstring>

#include "bson/compare.h"
#include "stages/group_parsed.h"

namespace penstock {

struct GroupSpec::Adder::Pending {
  uint32_t row;
  uint32_t key_begin;
  uint32_t key_end;
  uint64_t hash;
};

namespace {

constexpr size_t kBlock = 64;

void add_dead_letter(const Row& row, Error error, DeadLetterCollector& dead_letters) {
  DeadLetter letter{.operator_name = "GroupOperator", .reason = error.message(), .code = error.code()};
  describe_row(row, letter, dead_letters.wanted());
  dead_letters.add(std::move(letter));
}

}  // namespace

GroupSpec::Adder::Adder(std::unique_ptr<Parsed> parsed, std::shared_ptr<const GroupLayout> layout)
    : parsed_(std::move(parsed)), layout_(std::move(layout)), pending_(kBlock), values_(parsed_->arguments.size()) {}

GroupSpec::Adder::~Adder() = default;

Result<std::unique_ptr<GroupSpec::Adder>> GroupSpec::build_adder(const FieldNeeds* input) const {
  PS_TRY(std::unique_ptr<Parsed> parsed, parse_parts(spec_, outer_, nullptr));
  parsed->bind(input);
  return std::unique_ptr<Adder>(new Adder(std::move(parsed), layout_));
}

Result<void> GroupSpec::Adder::make_key(EvalContext& context) {
  for (const Parsed::KeyPart& part : parsed_->key) {
    if (!part.from_row) continue;
    Value value;
    PS_TRY(evaluate_into(*part.expression, context, value));
    append_equality_key(value.is_missing() && parsed_->missing_is_null ? Value::null() : value, key_);
  }
  return {};
}

Result<void> GroupSpec::Adder::evaluate_arguments(EvalContext& context) {
  for (size_t i = 0; i < values_.size(); ++i) {
    const ExpressionPtr& argument = parsed_->arguments[i];
    if (argument == nullptr) continue;
    PS_TRY(evaluate_into(*argument, context, values_[i]));
  }
  return {};
}

void GroupSpec::Adder::set_first(char* payload, PartitionId partition, const Row& row, GroupPart& part,
                                 EvalContext& context) {
  DocumentBuilder builder;
  for (const Parsed::KeyPart& key : parsed_->key) {
    if (!key.from_row) continue;
    auto value = key.expression->evaluate(context);
    PS_CHECK(value.ok(), "the key was evaluated for this row a moment ago");
    const Value stored = value->is_missing() && parsed_->missing_is_null ? Value::null() : *value;
    builder.append(key.name, stored);
  }
  GroupPart::Head& head = GroupPart::head(payload);
  head.key_values = part.table().arena().copy(builder.finish().bytes()).data();
  head.first = {partition.index, row.meta.record == nullptr ? 0 : row.meta.record->offset};
}

Result<void> GroupSpec::Adder::update(char* payload, GroupPart& part) {
  for (size_t i = 0; i < values_.size(); ++i) {
    const GroupLayout::State& state = layout_->states[i];
    PS_TRY(const int64_t grown, state.accumulator->add(payload + state.offset, values_[i]));
    part.count_outside_bytes(grown);
  }
  return {};
}

Result<void> GroupSpec::Adder::add(std::span<const Row> rows, PartitionId partition, GroupPart& part,
                                   EvalContext& context, DeadLetterCollector& dead_letters) {
  parsed_->set_variables(context, variables_);
  GroupTable& table = part.table();
  for (size_t begin = 0; begin < rows.size(); begin += kBlock) {
    const size_t end = std::min(rows.size(), begin + kBlock);
    key_.clear();
    size_t count = 0;
    for (size_t i = begin; i < end; ++i) {
      set_row(context, rows[i]);
      const auto key_begin = static_cast<uint32_t>(key_.size());
      auto made = make_key(context);
      if (!made.ok()) {
        add_dead_letter(rows[i], made.take_error(), dead_letters);
        key_.resize(key_begin);
        continue;
      }
      const uint64_t hash = hash_key(std::string_view(key_).substr(key_begin));
      table.prefetch(hash);
      pending_[count++] = {static_cast<uint32_t>(i), key_begin, static_cast<uint32_t>(key_.size()), hash};
    }
    for (size_t p = 0; p < count; ++p) {
      const Pending& row = pending_[p];
      set_row(context, rows[row.row]);
      auto evaluated = evaluate_arguments(context);
      if (!evaluated.ok()) {
        add_dead_letter(rows[row.row], evaluated.take_error(), dead_letters);
        continue;
      }
      const std::string_view key = std::string_view(key_).substr(row.key_begin, row.key_end - row.key_begin);
      const auto [payload, added] = table.find_or_add(key, row.hash);
      if (added) part.init(payload);
      // Partitions that share a part are read in any order; offsets within one only grow.
      if (added || partition.index < GroupPart::head(payload).first.partition) {
        set_first(payload, partition, rows[row.row], part, context);
      }
      PS_TRY(update(payload, part));
    }
  }
  return {};
}

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
#include "stages/group_stage.h"

#include <algorithm>
#include <numeric>

#include "stages/group_parsed.h"

namespace penstock {
namespace {

// Positions of the groups ordered by first occurrence: partition, then offset, then as they were added.
std::vector<uint32_t> in_order_of_occurrence(const GroupPart& part) {
  std::vector<uint32_t> order(part.table().size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&part](uint32_t a, uint32_t b) {
    return GroupPart::head(part.table().payload(a)).first < GroupPart::head(part.table().payload(b)).first;
  });
  return order;
}

// A template because the type of a key part is private to GroupSpec.
template <typename KeyPart, typename Parsed>
Result<Value> key_value(const KeyPart& key, const Parsed& parsed, Document key_values, EvalContext& context) {
  if (key.from_row) return key_values.get(key.name);
  PS_TRY(const Value value, key.expression->evaluate(context));
  return value.is_missing() && parsed.missing_is_null ? Value::null() : value;
}

}  // namespace

FieldNeeds GroupSpec::needs() const { return parsed_->needs(); }

bool GroupSpec::order_sensitive() const {
  for (size_t i = 0; i < layout_->states.size(); ++i) {
    const Accumulator& accumulator = *layout_->states[i].accumulator;
    if (accumulator.order_sensitive) return true;
    // Sums of doubles round differently in another order, and of equal numbers of different types the first one is the
    // least; a constant argument (a count) cannot be told apart.
    constexpr std::string_view kNumeric[] = {"$sum", "$avg", "$min", "$max"};
    const bool numeric = std::find(std::begin(kNumeric), std::end(kNumeric), accumulator.name) != std::end(kNumeric);
    if (numeric && parsed_->arguments[i] != nullptr && parsed_->arguments[i]->constant() == nullptr) return true;
  }
  return false;
}

std::string GroupSpec::describe() const {
  std::string text = "_id: ";
  if (parsed_->compound) text += "{";
  for (size_t i = 0; i < parsed_->key.size(); ++i) {
    const Parsed::KeyPart& part = parsed_->key[i];
    if (i > 0) text += ", ";
    if (parsed_->compound) text += part.name + ": ";
    text += part.expression->to_text();
  }
  if (parsed_->compound) text += "}";
  for (const Parsed::Field& field : parsed_->fields) {
    text += "; " + field.name + ": " + std::string(layout_->states[field.state].accumulator->name);
  }
  return text;
}

Result<void> GroupSpec::results(const GroupPart& part, const Window* window, const SourceMeta* source, RowBatch& out,
                                EvalContext& context, DeadLetterCollector& dead_letters) const {
  DocumentBuilder builder;
  std::vector<Value> variables;  // Of key parts that do not read rows.
  parsed_->set_variables(context, variables);
  RowMeta meta;
  meta.window = window;
  meta.source = source;
  context.meta = &meta;
  context.root = Value::missing();
  context.slots = nullptr;
  for (const uint32_t index : in_order_of_occurrence(part)) {
    const char* payload = part.table().payload(index);
    builder.clear();
    auto made = build_result(payload, builder, context, out.arena);
    if (!made.ok()) {
      const Error error = made.take_error();
      dead_letters.add({.operator_name = "GroupOperator",
                        .reason = error.message(),
                        .code = error.code(),
                        .document = OwnedDocument(Document(GroupPart::head(payload).key_values))});
      continue;
    }
    out.rows.push_back({.root = Value::object(builder.finish_in(out.arena)), .meta = meta});
  }
  return {};
}

Result<void> GroupSpec::build_result(const char* payload, DocumentBuilder& builder, EvalContext& context,
                                     Arena& arena) const {
  const Document key_values(GroupPart::head(payload).key_values);
  if (parsed_->compound) {
    const size_t id = builder.begin_object("_id");
    for (const Parsed::KeyPart& key : parsed_->key) {
      PS_TRY(const Value value, key_value(key, *parsed_, key_values, context));
      builder.append(key.name, value);
    }
    builder.end(id);
  } else {
    PS_TRY(const Value value, key_value(parsed_->key.front(), *parsed_, key_values, context));
    builder.append("_id", value);
  }
  for (const Parsed::Field& field : parsed_->fields) {
    const GroupLayout::State& state = layout_->states[field.state];
    PS_TRY(const Value value, state.accumulator->result(payload + state.offset, arena));
    builder.append(field.name, value.is_missing() ? Value::null() : value);
  }
  return {};
}

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
#include "stages/group_stage.h"

namespace penstock {

GroupPart::GroupPart(std::shared_ptr<const GroupLayout> layout)
    : layout_(std::move(layout)), table_(layout_->payload_bytes) {}

GroupPart::~GroupPart() {
  for (const GroupLayout::State& state : layout_->states) {
    if (state.accumulator->destroy == nullptr) continue;
    for (size_t i = 0; i < table_.size(); ++i)
      state.accumulator->destroy(table_.payload(i) + state.offset);
  }
}

void GroupPart::init(char* payload) {
  for (const GroupLayout::State& state : layout_->states)
    state.accumulator->init(payload + state.offset);
}

Result<void> GroupPart::merge(const GroupPart& other) {
  for (size_t i = 0; i < other.table_.size(); ++i) {
    const char* from = other.table_.payload(i);
    const auto [to, added] = table_.find_or_add(other.table_.key(i));
    const First& first = head(from).first;
    if (added) init(to);
    if (added || first < head(to).first) {
      head(to).key_values = table_.arena().copy(Document(head(from).key_values).bytes()).data();
      head(to).first = first;
    }
    for (const GroupLayout::State& state : layout_->states) {
      PS_TRY(const int64_t grown, state.accumulator->merge(to + state.offset, from + state.offset));
      count_outside_bytes(grown);
    }
  }
  return {};
}

// groups u64, then each: key, BSON of the key values, first partition u32, first offset i64, the states in the order of
// the layout.
void GroupPart::save(std::string& to) const {
  put_number(static_cast<uint64_t>(table_.size()), to);
  for (size_t i = 0; i < table_.size(); ++i) {
    const char* payload = table_.payload(i);
    put_bytes(table_.key(i), to);
    put_bytes(Document(head(payload).key_values).bytes(), to);
    put_number(head(payload).first.partition, to);
    put_number(head(payload).first.offset, to);
    for (const GroupLayout::State& state : layout_->states)
      state.accumulator->save(payload + state.offset, to);
  }
}

Result<void> GroupPart::restore(std::string_view bytes) {
  PS_CHECK(table_.size() == 0);
  ByteReader from(bytes);
  PS_TRY(const uint64_t groups, from.number<uint64_t>());
  for (uint64_t i = 0; i < groups; ++i)
    PS_TRY(restore_group(from));
  if (!from.rest().empty()) return Error(ErrorCode::kFailedToParse, "a window part has bytes too many");
  return {};
}

Result<void> GroupPart::restore_group(ByteReader& from) {
  PS_TRY(const std::string_view key, from.string());
  PS_TRY(const std::string_view values, from.string());
  PS_TRY(validate_bson(values, values.size()));
  const auto [payload, added] = table_.find_or_add(key);
  if (!added) return Error(ErrorCode::kFailedToParse, "a window part has a group twice");
  init(payload);
  head(payload).key_values = table_.arena().copy(values).data();
  PS_TRY(head(payload).first.partition, from.number<uint32_t>());
  PS_TRY(head(payload).first.offset, from.number<int64_t>());
  for (const GroupLayout::State& state : layout_->states) {
    const size_t before = from.rest().size();
    PS_TRY(state.accumulator->restore(payload + state.offset, from.rest()));
    // About what it takes outside the state, for the memory limit.
    if (state.accumulator->destroy != nullptr) count_outside_bytes(static_cast<int64_t>(before - from.rest().size()));
  }
  return {};
}

}  // namespace penstock

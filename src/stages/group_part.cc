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

}  // namespace penstock

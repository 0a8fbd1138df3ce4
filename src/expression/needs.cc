// SPDX-License-Identifier: Apache-2.0
#include "expression/needs.h"

#include <algorithm>

namespace penstock {

void FieldNeeds::add(std::string_view field) {
  if (slot_of(field) < 0) fields_.emplace_back(field);
}

void FieldNeeds::add_all(const FieldNeeds& other) {
  for (const std::string& field : other.fields_)
    add(field);
  whole_ |= other.whole_;
  window_ |= other.window_;
  record_meta_ |= other.record_meta_;
}

int FieldNeeds::slot_of(std::string_view field) const {
  for (size_t i = 0; i < fields_.size(); ++i) {
    if (fields_[i] == field) return static_cast<int>(i);
  }
  return -1;
}

std::string FieldNeeds::to_text() const {
  if (whole_) return "whole document";
  if (fields_.empty()) return "nothing";
  std::vector<std::string> sorted = fields_;
  std::sort(sorted.begin(), sorted.end());
  std::string text = "{";
  for (const std::string& field : sorted)
    text.append(text.size() > 1 ? ", " : "").append(field);
  return text + "}";
}

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
// Field needs: which top-level fields of a document expressions read (architecture 3). The planner collects them from
// the stages down to the source, so that the decoder writes just those into slots and builds no document.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace penstock {

class FieldNeeds {
 public:
  // Top-level name of a field path. Kept in the order of first use.
  void add(std::string_view top_level_field);
  void add_all(const FieldNeeds& other);
  void need_whole() { whole_ = true; }  // $$ROOT, or a stage that passes documents on.
  void need_window() { window_ = true; }
  void need_record_meta() { record_meta_ = true; }

  bool whole() const { return whole_; }
  bool window() const { return window_; }            // Reads stream.window.*
  bool record_meta() const { return record_meta_; }  // Reads stream.source.* of the record (not allowed to be dropped).
  const std::vector<std::string>& fields() const { return fields_; }
  // Slot number of a field, or -1.
  int slot_of(std::string_view field) const;
  // "{price, quantity, side, symbol}" sorted by name, "whole document", or "nothing".
  std::string to_text() const;

 private:
  std::vector<std::string> fields_;
  bool whole_ = false;
  bool window_ = false;
  bool record_meta_ = false;
};

}  // namespace penstock

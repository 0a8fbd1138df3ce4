// SPDX-License-Identifier: Apache-2.0
// One value inside an accumulator's state: numbers and up to 16 bytes of text, ids and decimals in place, longer ones
// in memory of their own.
//
//   | value_ 16: type, size, number | place_ 16: the bytes themselves, or pointer 8 and room 8 of the owned memory |
//
// Trivially relocatable: the bytes in place are found from `this`, never by a kept pointer.
#pragma once

#include <cstring>
#include <string>
#include <string_view>

#include "expression/accumulators/accumulators.h"

namespace penstock {

class KeptValue {
 public:
  KeptValue() = default;

  // Valid until the next change of this object or its place.
  Value get() const {
    if (!value_.has_bytes()) return value_;
    const std::string_view bytes(owns() ? memory().data : place_, value_.bytes().size());
    if (value_.type() == Type::kBinData) return Value::bin_data(value_.subtype(), bytes);
    return Value::raw(value_.type(), bytes);
  }
  // Copies. Returns by how many bytes the memory outside grew.
  int64_t set(const Value& value) {
    if (!value.has_bytes() && !owns()) [[likely]] {
      value_ = value;
      return 0;
    }
    return set_bytes(value);
  }
  void free();

  void save(std::string& to) const;
  // Into a fresh object.
  Result<void> restore(std::string_view& from);

 private:
  static constexpr size_t kInPlaceMax = 16;
  struct Memory {
    char* data;
    size_t room;
  };
  bool owns() const { return value_.has_bytes() && value_.bytes().size() > kInPlaceMax; }
  Memory memory() const {
    Memory m;
    std::memcpy(&m, place_, sizeof m);
    return m;
  }
  int64_t set_bytes(const Value& value);

  Value value_;  // Of a pointer type: its pointer is not to be followed.
  alignas(8) char place_[kInPlaceMax];
};
static_assert(sizeof(KeptValue) == 32);

}  // namespace penstock

// SPDX-License-Identifier: Apache-2.0
#include "expression/accumulators/kept_value.h"

namespace penstock {

void KeptValue::free() {
  if (owns()) delete[] memory().data;
  value_ = Value();
}

int64_t KeptValue::set_bytes(const Value& value) {
  const Memory old = owns() ? memory() : Memory{nullptr, 0};
  const std::string_view bytes = value.has_bytes() ? value.bytes() : std::string_view();
  int64_t grown = 0;
  if (bytes.size() <= kInPlaceMax) {
    delete[] old.data;
    grown -= static_cast<int64_t>(old.room);
    if (!bytes.empty()) std::memcpy(place_, bytes.data(), bytes.size());
  } else if (bytes.size() <= old.room) {
    std::memcpy(old.data, bytes.data(), bytes.size());
  } else {
    const Memory fresh{new char[bytes.size()], bytes.size()};
    std::memcpy(fresh.data, bytes.data(), bytes.size());
    delete[] old.data;
    grown = static_cast<int64_t>(fresh.room) - static_cast<int64_t>(old.room);
    std::memcpy(place_, &fresh, sizeof fresh);
  }
  value_ = value;
  return grown;
}

void KeptValue::save(std::string& to) const {
  DocumentBuilder builder;
  builder.append("", get());  // Missing: an empty document.
  to.append(builder.finish().bytes());
}

Result<void> KeptValue::restore(std::string_view& from) {
  PS_TRY(const Document saved, restore_document(from));
  set(saved.get(""));
  return {};
}

}  // namespace penstock

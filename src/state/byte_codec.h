// SPDX-License-Identifier: Apache-2.0
// Numbers and byte strings in our files: little endian, strings behind their length. A reader never looks beyond its
// bytes.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/result.h"

namespace penstock {

template <typename T>
  requires std::is_integral_v<T>
void put_number(T value, std::string& to) {
  static_assert(std::endian::native == std::endian::little);
  to.append(reinterpret_cast<const char*>(&value), sizeof value);
}

inline void put_bytes(std::string_view bytes, std::string& to) {
  put_number(static_cast<uint64_t>(bytes.size()), to);
  to.append(bytes);
}

class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}

  template <typename T>
    requires std::is_integral_v<T>
  Result<T> number() {
    T value;
    PS_TRY(const std::string_view raw, bytes(sizeof value));
    std::memcpy(&value, raw.data(), sizeof value);
    return value;
  }
  // The next `size` bytes.
  Result<std::string_view> bytes(uint64_t size) {
    if (size > rest_.size()) {
      return Error(ErrorCode::kFailedToParse, "it ends {} bytes too early", size - rest_.size());
    }
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }
  // What put_bytes wrote.
  Result<std::string_view> string() {
    PS_TRY(const uint64_t size, number<uint64_t>());
    return bytes(size);
  }
  std::string_view rest() const { return rest_; }
  // For readers that take a view and shorten it.
  std::string_view& rest() { return rest_; }

 private:
  std::string_view rest_;
};

}  // namespace penstock

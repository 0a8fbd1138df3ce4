// SPDX-License-Identifier: Apache-2.0
// Bump memory for what one batch makes: strings, BSON, decimals. reset() keeps the blocks, so the steady state
// allocates nothing. What it hands out is valid until reset(); destructors are not run. Thread: one owner.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <string_view>
#include <type_traits>
#include <vector>

namespace penstock {

class Arena {
 public:
  explicit Arena(size_t block_bytes = 64 * 1024) : block_bytes_(block_bytes) {}
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  Arena(Arena&&) = default;
  Arena& operator=(Arena&&) = default;

  // Memory aligned to 8 bytes; size 0 gives a valid pointer.
  char* allocate(size_t size) {
    size = (size + 7) & ~size_t{7};
    if (size > static_cast<size_t>(end_ - next_)) return allocate_slow(size);
    char* result = next_;
    next_ += size;
    return result;
  }
  std::string_view copy(std::string_view text) {
    char* to = allocate(text.size());
    if (!text.empty()) std::memcpy(to, text.data(), text.size());  // An empty view may point nowhere.
    return {to, text.size()};
  }
  template <typename T>
  T* make(const T& value) {
    static_assert(std::is_trivially_destructible_v<T> && alignof(T) <= 8);
    return new (allocate(sizeof(T))) T(value);
  }
  // Gives back the unused tail of the newest allocation: from `data + used` on. `data` must be the newest one.
  void shrink(char* data, size_t used) {
    char* to = data + ((used + 7) & ~size_t{7});
    if (to <= next_ && data >= begin_) next_ = to;
  }
  // Forgets everything, keeps ordinary blocks, frees outsized ones.
  void reset();
  size_t bytes_reserved() const { return reserved_; }

 private:
  struct Block {
    std::unique_ptr<char[]> data;
    size_t size;
  };
  char* allocate_slow(size_t size);
  void use(const Block& block);

  size_t block_bytes_;
  inline static char kNothing[8];  // Where a fresh arena points: an empty allocation is valid there.
  char* begin_ = nullptr;
  char* next_ = kNothing;
  char* end_ = kNothing;
  size_t current_ = 0;  // index in blocks_ of the block in use
  size_t reserved_ = 0;
  std::vector<Block> blocks_;
  std::vector<Block> outsized_;
};

}  // namespace penstock

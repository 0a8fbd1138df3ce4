// SPDX-License-Identifier: Apache-2.0
#include "base/arena.h"

namespace penstock {

void Arena::use(const Block& block) {
  begin_ = next_ = block.data.get();
  end_ = next_ + block.size;
}

char* Arena::allocate_slow(size_t size) {
  if (size > block_bytes_ / 2) {
    outsized_.push_back({std::make_unique_for_overwrite<char[]>(size), size});
    reserved_ += size;
    return outsized_.back().data.get();
  }
  if (begin_ != nullptr) ++current_;
  if (current_ == blocks_.size()) {
    blocks_.push_back({std::make_unique_for_overwrite<char[]>(block_bytes_), block_bytes_});
    reserved_ += block_bytes_;
  }
  use(blocks_[current_]);
  char* result = next_;
  next_ += size;
  return result;
}

void Arena::reset() {
  for (const Block& block : outsized_)
    reserved_ -= block.size;
  outsized_.clear();
  current_ = 0;
  if (!blocks_.empty()) use(blocks_[0]);
}

}  // namespace penstock
